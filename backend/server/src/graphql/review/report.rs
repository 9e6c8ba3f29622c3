//! The review report (评审报告): what it is made of stands on the challenge, its panel and its bids; here is whether it is complete.

use async_graphql::SimpleObject;
use jiebang_platform::challenges::read::ChallengeView;

use super::{PanelOf, number};
use crate::graphql::context::Asking;
use crate::graphql::error::Answer;
use crate::graphql::review::trust::StatisticsOf;
use crate::graphql::scalars::DateTime;

/// How complete the report of a closed review is, and where it is printed.
#[derive(SimpleObject)]
pub struct ReviewReport {
    /// The whole of it in both languages, at this server and with `authorization: Bearer …`: panel, criteria, sheets, ranking, dissent,
    /// signatures.
    page: String,
    closed_at: DateTime,
    /// Judges who sit.
    seats: i32,
    /// Of these, who has signed; who does not, and does not say why, is taken to agree (招标投标法实施条例 53).
    signed: i32,
    /// Bids on which a total lies far from the panel's median.
    deviations: i32,
    /// Of these, where somebody has still to say why.
    unexplained: i32,
}

impl ReviewReport {
    /// For organizers and supervisors, once the review is closed.
    pub(super) async fn of(asking: &Asking, challenge: &ChallengeView) -> Answer<Option<Self>> {
        let loaders = asking.loaders();
        let Some(panel) = loaders.load_one(PanelOf(challenge.id)).await? else { return Ok(None) };
        let Some(closed_at) = panel.closed_at.filter(|_| panel.runs_it) else { return Ok(None) };
        let sitting = panel.judges.iter().filter(|judge| judge.sits);
        let statistics = loaders.load_one(StatisticsOf(challenge.id)).await?;
        let apart = statistics.map(|found| found.disagreements).unwrap_or_default();
        Ok(Some(Self {
            page: format!("/challenges/{}/review-report", challenge.id),
            closed_at: closed_at.into(),
            seats: number(sitting.clone().count() as u64),
            signed: number(sitting.filter(|judge| judge.signed.is_some()).count() as u64),
            deviations: number(apart.len() as u64),
            unexplained: number(apart.iter().filter(|bid| !bid.explained).count() as u64),
        }))
    }
}
