//! How far a panel can be trusted, as its statistics tell it.

use async_graphql::{Context, Object, SimpleObject};
use jiebang_platform::base::id::ChallengeId;
use jiebang_platform::reviews::statistics::Untold;
use jiebang_platform::reviews::trust::read::{self, DisagreementView, JudgeTold, StatisticsView};
use rust_i18n::t;

use super::number;
use crate::graphql::account::User;
use crate::graphql::bid::Bid;
use crate::graphql::challenge::ScoringCriterion;
use crate::graphql::context::{Asking, asking};
use crate::graphql::error::Answer;
use crate::graphql::loaders::batches;
use crate::graphql::scalars::Decimal;

/// How the judges of a panel agree with one another. It moves no score. Where a figure would mean nothing it is null, and `note` says why.
#[derive(SimpleObject)]
pub struct PanelStatistics {
    /// For interval data over what the judges gave, without the marks of formulas: 1 is full agreement, 0 is chance.
    krippendorff_alpha: Option<f64>,
    /// How reliable the mean of these judges is, as of judges drawn from a larger pool (two-way random, average measures); null where a
    /// sheet is missing.
    #[graphql(name = "icc2k")]
    icc2k: Option<f64>,
    /// How many totals were looked at.
    ratings: i32,
    /// Why something is not told.
    note: Option<String>,
    judges: Vec<JudgeSeverity>,
    /// Criterion by criterion, of those that judges mark.
    criteria: Vec<CriterionAgreement>,
    /// The bids with a total farther from the panel's median than `ruleSet.deviationPoints`.
    disagreements: Vec<Disagreement>,
    /// Why there is no normalised ranking; null: there is one.
    unnormalised: Option<String>,
}

impl PanelStatistics {
    pub(super) async fn of(asking: &Asking, challenge: ChallengeId) -> Answer<Option<Self>> {
        let Some(found) = asking.loaders().load_one(StatisticsOf(challenge)).await? else { return Ok(None) };
        let mut known = asking.loaders().load_many(found.judges.iter().filter_map(|told| told.judge)).await?;
        let judges: Vec<JudgeSeverity> = found
            .judges
            .into_iter()
            .map(|told| JudgeSeverity { user: told.judge.and_then(|judge| known.remove(&judge)).map(User), told })
            .collect();
        let words = |why: &str| t!(format!("statistics.{why}"), locale = asking.came.locale.tag()).into_owned();
        let notes: Vec<String> = [("α", found.alpha.err()), ("ICC(2,k)", found.icc2k.err())]
            .into_iter()
            .filter_map(|(name, why): (&str, Option<Untold>)| Some(format!("{name}: {}", words(why?.word()))))
            .collect();
        let criterion = |(criterion, alpha): (_, Result<f64, Untold>)| CriterionAgreement {
            criterion: ScoringCriterion::from(criterion),
            krippendorff_alpha: alpha.ok(),
        };
        Ok(Some(Self {
            krippendorff_alpha: found.alpha.ok(),
            icc2k: found.icc2k.ok(),
            ratings: number(found.ratings),
            note: (!notes.is_empty()).then(|| notes.join(" ")),
            judges,
            criteria: found.criteria.into_iter().map(criterion).collect(),
            disagreements: found.disagreements.into_iter().map(Disagreement).collect(),
            unnormalised: found.unnormalised.map(|why| words(&format!("unnormalised_{why}"))),
        }))
    }
}

/// How the judges agree on one criterion.
#[derive(SimpleObject)]
struct CriterionAgreement {
    criterion: ScoringCriterion,
    /// Null where it would mean nothing.
    krippendorff_alpha: Option<f64>,
}

/// How lenient (above 0) or strict a judge is, and what hangs on it.
struct JudgeSeverity {
    /// For those who are told whose sheet is whose.
    user: Option<User>,
    told: JudgeTold,
}

#[Object]
impl JudgeSeverity {
    /// For organizers and supervisors.
    async fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// How far the judge's totals lie above the panel's mean of the same bid, on average, in points.
    async fn mean_deviation(&self) -> f64 {
        self.told.mean_deviation
    }

    /// The standard deviation of the judge's totals, in points; null of fewer than two.
    async fn spread(&self) -> Option<f64> {
        self.told.spread
    }

    /// What the ranking of raw scores would be without this judge; null where a bid would be left without a sheet.
    async fn without(&self) -> Option<RankingWithout> {
        self.told.without.as_ref().map(|without| RankingWithout {
            first_stays: without.first_stays,
            most_places: without.most_places,
            same_pass: without.same_pass,
        })
    }
}

/// The ranking of raw scores, with one judge left out.
#[derive(SimpleObject)]
struct RankingWithout {
    /// Whether the first stays the first.
    first_stays: bool,
    /// How many places the bid moves that moves farthest.
    most_places: u32,
    /// Whether the same bids pass.
    same_pass: bool,
}

/// A bid on which the judges are far apart.
struct Disagreement(DisagreementView);

#[Object]
impl Disagreement {
    async fn bid(&self, ctx: &Context<'_>) -> Answer<Bid> {
        Bid::named(asking(ctx), self.0.bid).await
    }

    /// From the lowest total to the highest, in points.
    async fn range(&self) -> Decimal {
        self.0.range.into()
    }

    /// Whether everybody whose total lies far from the median has said why.
    async fn explained(&self) -> bool {
        self.0.explained
    }
}

batches! {
    pub StatisticsOf(ChallengeId) -> StatisticsView =
        |batch, ids| read::statistics(batch.app.db.read(), &batch.viewer, &ids).await,
}
