//! Rule sets: the numbers that challenges are run by, in versions that everybody may read and an organizer makes.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::base::Error;
use jiebang_platform::rules::revise::{self, ReviseRuleSet};
use jiebang_platform::rules::{self, RulesView};

use super::context::asking;
use super::error::Answer;
use super::page::{self, Connection, Total};
use super::scalars::{DateTime, Decimal, Fen};

/// A version of the rules. A challenge freezes its own copy, `Challenge.ruleSet`, at publication.
#[derive(SimpleObject)]
pub struct RuleSetVersion {
    #[graphql(owned)]
    pub id: ID,
    /// The highest is in force.
    version: i32,
    since: DateTime,
    min_open_days: i32,
    /// With a recorded reason to hurry.
    urgent_min_open_days: i32,
    /// Before the deadline.
    questions_close_days: i32,
    /// In which a question is to be answered.
    answer_days: i32,
    /// Before the deadline; a material amendment that comes later moves it.
    clarification_lead_days: i32,
    publicity_working_days: i32,
    panel_size: i32,
    /// For large awards and for races.
    panel_size_large: i32,
    min_valid_bids: i32,
    /// On the route INNOVATION_PARTNERSHIP.
    min_valid_bids_partnership: i32,
    /// From so many sheets on the highest and the lowest total are dropped.
    trim_from: i32,
    race_min_winners: i32,
    race_max_winners: i32,
    /// From the award to the agreement.
    agreement_days: i32,
    /// In the field; who has fewer needs the organizer's reason to be confirmed.
    expert_years: i32,
    /// After which an expert has to be confirmed again.
    expert_confirmed_days: i32,
    /// That an expert sits in at most, to be drawn for another.
    expert_open_reviews: i32,
    /// How many draws in a year more than the least drawn an expert may have behind it, to be drawn again.
    expert_spread: i32,
    /// For which employment, shares, joint work and disputes stand between an expert and a party.
    conflict_years: i32,
    /// That a bidder has at least to correct its bid's form.
    correction_days: i32,
    /// Sheets with marks that a bid has at least: judges may abstain.
    min_sheets: i32,
    /// Points from the panel's median beyond which a total asks for its judge's reason.
    deviation_points: i32,
    /// Sheets that every judge has written, at least, for their totals to be normalised.
    normalise_from: i32,
    /// Working days in which an objection is ruled on.
    objection_days: i32,
    /// Calendar days in which a complaint can be made.
    complaint_days: i32,
    /// Working days in which a complaint is accepted or not.
    complaint_accept_days: i32,
    /// Working days in which an accepted complaint is decided.
    complaint_decide_days: i32,
    /// That one principal investigator leads at a time, at most.
    pi_active_projects: i32,
    /// The budget from which on an award is large.
    panel_size_large_from: Fen,
    pass_mark: Decimal,
}

impl From<RulesView> for RuleSetVersion {
    fn from(view: RulesView) -> Self {
        let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        let numbers = view.numbers;
        Self {
            id: view.id.to_string().into(),
            version: view.version,
            since: view.since.into(),
            min_open_days: number(numbers.min_open_days),
            urgent_min_open_days: number(numbers.urgent_min_open_days),
            questions_close_days: number(numbers.questions_close_days),
            answer_days: number(numbers.answer_days),
            clarification_lead_days: number(numbers.clarification_lead_days),
            publicity_working_days: number(numbers.publicity_working_days),
            panel_size: number(numbers.panel_size),
            panel_size_large: number(numbers.panel_size_large),
            min_valid_bids: number(numbers.min_valid_bids),
            min_valid_bids_partnership: number(numbers.min_valid_bids_partnership),
            trim_from: number(numbers.trim_from),
            race_min_winners: number(numbers.race_min_winners),
            race_max_winners: number(numbers.race_max_winners),
            agreement_days: number(numbers.agreement_days),
            expert_years: number(numbers.expert_years),
            expert_confirmed_days: number(numbers.expert_confirmed_days),
            expert_open_reviews: number(numbers.expert_open_reviews),
            expert_spread: number(numbers.expert_spread),
            conflict_years: number(numbers.conflict_years),
            correction_days: number(numbers.correction_days),
            min_sheets: number(numbers.min_sheets),
            deviation_points: number(numbers.deviation_points),
            normalise_from: number(numbers.normalise_from),
            objection_days: number(numbers.objection_days),
            complaint_days: number(numbers.complaint_days),
            complaint_accept_days: number(numbers.complaint_accept_days),
            complaint_decide_days: number(numbers.complaint_decide_days),
            pi_active_projects: number(numbers.pi_active_projects),
            panel_size_large_from: numbers.panel_size_large_from.into(),
            pass_mark: numbers.pass_mark.into(),
        }
    }
}

#[derive(Default)]
pub struct RuleQuery;

#[Object]
impl RuleQuery {
    /// The versions of the rules, the one in force first.
    async fn rule_sets(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<RuleSetVersion>> {
        let asking = asking(ctx);
        asking.viewer()?;
        let app = asking.app().clone();
        let request = page::request(first, after.as_deref())?;
        let found = rules::versions(app.db.read(), &request).await?;
        let total = Total::new(move || {
            let app = app.clone();
            async move { rules::version_count(app.db.read()).await }
        });
        Ok(page::connection(found, total, RuleSetVersion::from))
    }
}

/// Only the numbers given change.
#[derive(InputObject)]
struct ReviseRuleSetInput {
    /// The version in force as the organizer has seen it; another one is CONFLICT.
    expected_version: i32,
    /// For all to read.
    reason: String,
    min_open_days: Option<i32>,
    urgent_min_open_days: Option<i32>,
    questions_close_days: Option<i32>,
    answer_days: Option<i32>,
    clarification_lead_days: Option<i32>,
    publicity_working_days: Option<i32>,
    panel_size: Option<i32>,
    panel_size_large: Option<i32>,
    min_valid_bids: Option<i32>,
    min_valid_bids_partnership: Option<i32>,
    trim_from: Option<i32>,
    race_min_winners: Option<i32>,
    race_max_winners: Option<i32>,
    agreement_days: Option<i32>,
    expert_years: Option<i32>,
    expert_confirmed_days: Option<i32>,
    expert_open_reviews: Option<i32>,
    expert_spread: Option<i32>,
    conflict_years: Option<i32>,
    correction_days: Option<i32>,
    min_sheets: Option<i32>,
    deviation_points: Option<i32>,
    normalise_from: Option<i32>,
    objection_days: Option<i32>,
    complaint_days: Option<i32>,
    complaint_accept_days: Option<i32>,
    complaint_decide_days: Option<i32>,
    pi_active_projects: Option<i32>,
    panel_size_large_from: Option<Fen>,
    pass_mark: Option<Decimal>,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct ReviseRuleSetPayload {
    rule_set: RuleSetVersion,
}

#[derive(Default)]
pub struct RuleMutation;

#[Object]
impl RuleMutation {
    /// ORGANIZER makes the next version of the rules; what has been published goes on by its own copy.
    async fn revise_rule_set(&self, ctx: &Context<'_>, input: ReviseRuleSetInput) -> Answer<ReviseRuleSetPayload> {
        let asking = asking(ctx);
        let new = ReviseRuleSet {
            expected_version: input.expected_version,
            reason: input.reason,
            min_open_days: input.min_open_days,
            urgent_min_open_days: input.urgent_min_open_days,
            questions_close_days: input.questions_close_days,
            answer_days: input.answer_days,
            clarification_lead_days: input.clarification_lead_days,
            publicity_working_days: input.publicity_working_days,
            panel_size: input.panel_size,
            panel_size_large: input.panel_size_large,
            min_valid_bids: input.min_valid_bids,
            min_valid_bids_partnership: input.min_valid_bids_partnership,
            trim_from: input.trim_from,
            race_min_winners: input.race_min_winners,
            race_max_winners: input.race_max_winners,
            agreement_days: input.agreement_days,
            expert_years: input.expert_years,
            expert_confirmed_days: input.expert_confirmed_days,
            expert_open_reviews: input.expert_open_reviews,
            expert_spread: input.expert_spread,
            conflict_years: input.conflict_years,
            correction_days: input.correction_days,
            min_sheets: input.min_sheets,
            deviation_points: input.deviation_points,
            normalise_from: input.normalise_from,
            objection_days: input.objection_days,
            complaint_days: input.complaint_days,
            complaint_accept_days: input.complaint_accept_days,
            complaint_decide_days: input.complaint_decide_days,
            pi_active_projects: input.pi_active_projects,
            panel_size_large_from: input.panel_size_large_from.map(|money| money.0),
            pass_mark: input.pass_mark.map(|mark| mark.0),
            idempotency_key: input.idempotency_key,
        };
        let done = revise::revise(asking.app(), &asking.viewer()?, new).await?;
        let made = rules::version_by_id(asking.app().db.read(), done.rule_set).await?;
        Ok(ReviseRuleSetPayload { rule_set: made.ok_or(Error::Hidden)?.into() })
    }
}
