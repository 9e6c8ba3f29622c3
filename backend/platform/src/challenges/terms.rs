//! The terms of a challenge: what it asks of bidders and how it is decided, besides what stands in its texts and lists. Pure. They
//! are chosen in the draft and frozen at publication: what was not published cannot be used (招标投标法实施条例 49).

use serde::{Deserialize, Serialize};
use url::Url;

use super::content::Budget;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::words::{
    EligibilityRegion, IpOwnership, LegalRoute, Mechanism, QualificationKind, RankingBasis, TieRule,
};
use crate::base::{Faults, Fen};

/// The terms as they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terms {
    /// The bidder, unless the notice says otherwise (财库〔2024〕13号).
    pub ip_ownership: IpOwnership,
    pub eligibility_region: EligibilityRegion,
    /// The number of the fair-competition review that a limit to the zone rests on.
    pub fair_competition_review_no: Option<String>,
    /// The number of the approval that an innovation partnership needs.
    pub route_approval_no: Option<String>,
    /// Where the official system runs what the platform only tells of.
    pub external_url: Option<String>,
    /// Each has to be valid at the deadline.
    pub required_qualifications: Vec<QualificationKind>,
    /// Judges are not told who bids until the review is closed.
    pub blind: bool,
    /// The rules that separate equal scores, in their order.
    pub tie_order: Vec<TieRule>,
    /// Whether the panel talks once every sheet is in, and agrees on a sheet for each bid.
    pub consensus_round: bool,
    /// Which ranking decides; the raw one unless it is said (domain rules 2.8).
    pub decided_by: RankingBasis,
    /// What the formal check has to look at, item by item; empty: what the organizer finds fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<String>,
    /// Whether those who did not win are named beside their scores after the award, or stay under their labels.
    #[serde(skip_serializing_if = "is_true")]
    pub others_named: bool,
    /// The stages of a race (赛马制), in their order; empty: one, over all of its time and money.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub race_stages: Vec<RaceStage>,
}
crate::db::json_value!(Terms);

fn is_true(value: &bool) -> bool {
    *value
}

/// One stage of a race.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RaceStage {
    pub name: String,
    pub months: i32,
    /// What all racers of the stage get together, in 分.
    pub pool: Fen,
    /// So many of them go on at most.
    pub keep_most: i32,
}

/// A stage of a race as it comes in.
#[derive(Clone, Debug, Serialize)]
pub struct NewRaceStage {
    pub name: String,
    pub months: i32,
    pub pool: String,
    pub keep_most: i32,
}

impl From<RaceStage> for NewRaceStage {
    fn from(stage: RaceStage) -> Self {
        Self { name: stage.name, months: stage.months, pool: stage.pool.0.to_string(), keep_most: stage.keep_most }
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            ip_ownership: IpOwnership::BidderOwns,
            eligibility_region: EligibilityRegion::Any,
            fair_competition_review_no: None,
            route_approval_no: None,
            external_url: None,
            required_qualifications: Vec::new(),
            blind: false,
            tie_order: TieRule::ALL.to_vec(),
            consensus_round: false,
            decided_by: RankingBasis::Raw,
            checklist: Vec::new(),
            others_named: true,
            race_stages: Vec::new(),
        }
    }
}

/// What is given of the terms; only what is given changes, and an empty text takes a number or a link away.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewTerms {
    pub ip_ownership: Option<IpOwnership>,
    pub eligibility_region: Option<EligibilityRegion>,
    pub fair_competition_review_no: Option<String>,
    pub route_approval_no: Option<String>,
    pub external_url: Option<String>,
    pub required_qualifications: Option<Vec<QualificationKind>>,
    pub blind: Option<bool>,
    pub tie_order: Option<Vec<TieRule>>,
    pub consensus_round: Option<bool>,
    pub decided_by: Option<RankingBasis>,
    pub checklist: Option<Vec<String>>,
    pub others_named: Option<bool>,
    pub race_stages: Option<Vec<NewRaceStage>>,
}

/// So many stages a race has at most.
const MOST_STAGES: usize = 12;
/// So many items a checklist has at most.
const MOST_ITEMS: usize = 30;
/// A link is no longer than this, in bytes.
const LONGEST_LINK: usize = 500;

/// Reads a link into an official system.
pub(crate) fn link(path: &str, text: &str, faults: &mut Faults) -> String {
    let text = text.trim();
    let fit = text.len() <= LONGEST_LINK && Url::parse(text).is_ok_and(|url| url.scheme() == "https");
    faults.check(fit, path, FaultCode::NotALink);
    text.to_owned()
}

impl From<Terms> for NewTerms {
    fn from(terms: Terms) -> Self {
        Self {
            ip_ownership: Some(terms.ip_ownership),
            eligibility_region: Some(terms.eligibility_region),
            fair_competition_review_no: terms.fair_competition_review_no,
            route_approval_no: terms.route_approval_no,
            external_url: terms.external_url,
            required_qualifications: Some(terms.required_qualifications),
            blind: Some(terms.blind),
            tie_order: Some(terms.tie_order),
            consensus_round: Some(terms.consensus_round),
            decided_by: Some(terms.decided_by),
            checklist: Some(terms.checklist),
            others_named: Some(terms.others_named),
            race_stages: Some(terms.race_stages.into_iter().map(NewRaceStage::from).collect()),
        }
    }
}

impl NewTerms {
    /// Checks the form of what is given.
    pub(super) fn check(&self, under: &str, faults: &mut Faults) -> Self {
        let at = |name: &str| format!("{under}{name}");
        if let Some(kinds) = &self.required_qualifications {
            distinct(kinds, &at("requiredQualifications"), faults);
        }
        if let Some(rules) = &self.tie_order {
            distinct(rules, &at("tieOrder"), faults);
            // Whatever stands before it, the draw leaves nothing undecided.
            let drawn = rules.last() == Some(&TieRule::RecordedDraw);
            faults.check(drawn, at("tieOrder"), FaultCode::DrawLast);
        }
        let checklist = self.checklist.as_deref().map(|items| {
            if items.len() > MOST_ITEMS {
                faults.add_with(at("checklist"), FaultCode::TooLong, MOST_ITEMS);
            }
            let item = |(place, item): (usize, &String)| {
                faults.text(&format!("{}.{place}", at("checklist")), item, Length::NAME)
            };
            let items: Vec<String> = items.iter().take(MOST_ITEMS).enumerate().map(item).collect();
            distinct(&items, &at("checklist"), faults);
            items
        });
        if let Some(stages) = &self.race_stages {
            if stages.len() > MOST_STAGES {
                faults.add_with(at("raceStages"), FaultCode::TooMany, MOST_STAGES);
            }
            stages.iter().take(MOST_STAGES).enumerate().for_each(|(place, stage)| {
                let _ = stage.read(&format!("{}.{place}", at("raceStages")), faults);
            });
        }
        let mut number = |name: &str, text: &Option<String>| faults.optional(&at(name), text.as_deref(), Length::SHORT);
        let fair_competition_review_no = number("fairCompetitionReviewNo", &self.fair_competition_review_no);
        let route_approval_no = number("routeApprovalNo", &self.route_approval_no);
        let external_url = self.external_url.as_deref().map(str::trim).map(|text| match text {
            "" => String::new(),
            text => link(&at("externalUrl"), text, faults),
        });
        Self { fair_competition_review_no, route_approval_no, external_url, checklist, ..self.clone() }
    }

    /// Names what cannot be amended once it has been published; whose the results are may be, as material.
    pub(super) fn check_amendable(&self, material: bool, under: &str, faults: &mut Faults) {
        let fixed = [
            ("eligibilityRegion", self.eligibility_region.is_some()),
            ("fairCompetitionReviewNo", self.fair_competition_review_no.is_some()),
            ("routeApprovalNo", self.route_approval_no.is_some()),
            ("requiredQualifications", self.required_qualifications.is_some()),
            ("blind", self.blind.is_some()),
            ("tieOrder", self.tie_order.is_some()),
            ("consensusRound", self.consensus_round.is_some()),
            ("decidedBy", self.decided_by.is_some()),
            ("checklist", self.checklist.is_some()),
            ("othersNamed", self.others_named.is_some()),
            ("raceStages", self.race_stages.is_some()),
        ];
        for (name, given) in fixed {
            faults.check(!given, format!("{under}{name}"), FaultCode::NotAmendable);
        }
        let ownership = self.ip_ownership.is_some();
        faults.check(material || !ownership, format!("{under}ipOwnership"), FaultCode::MaterialNeeded);
    }

    /// The terms with what is given in place.
    pub(super) fn put_into(self, terms: Terms) -> Terms {
        fn text(given: Option<String>, known: Option<String>) -> Option<String> {
            given.or(known).filter(|text| !text.is_empty())
        }
        Terms {
            ip_ownership: self.ip_ownership.unwrap_or(terms.ip_ownership),
            eligibility_region: self.eligibility_region.unwrap_or(terms.eligibility_region),
            fair_competition_review_no: text(self.fair_competition_review_no, terms.fair_competition_review_no),
            route_approval_no: text(self.route_approval_no, terms.route_approval_no),
            external_url: text(self.external_url, terms.external_url),
            required_qualifications: self.required_qualifications.unwrap_or(terms.required_qualifications),
            blind: self.blind.unwrap_or(terms.blind),
            tie_order: self.tie_order.unwrap_or(terms.tie_order),
            consensus_round: self.consensus_round.unwrap_or(terms.consensus_round),
            decided_by: self.decided_by.unwrap_or(terms.decided_by),
            checklist: self.checklist.unwrap_or(terms.checklist),
            others_named: self.others_named.unwrap_or(terms.others_named),
            race_stages: self.race_stages.map_or(terms.race_stages, |stages| {
                // Its form has been checked.
                let mut unheard = Faults::new();
                stages.iter().filter_map(|stage| stage.read("", &mut unheard)).collect()
            }),
        }
    }
}

impl Terms {
    /// Names what a legal route asks for and what it forbids (domain rules 2.13): a limit to the zone is lawful for trials and grants
    /// alone and rests on a fair-competition review; an innovation partnership rests on an approval; of what an official system runs,
    /// the platform tells where.
    pub(super) fn check(&self, route: Option<LegalRoute>, under: &str, faults: &mut Faults) {
        let at = |name: &str| format!("{under}{name}");
        let talked = self.consensus_round || self.decided_by != RankingBasis::Consensus;
        faults.check(talked, at("decidedBy"), FaultCode::NoConsensusRound);
        let Some(route) = route else { return };
        if self.eligibility_region == EligibilityRegion::ZoneOnly {
            let lawful = matches!(route, LegalRoute::TestbedTrial | LegalRoute::RndGrant);
            faults.check(lawful, at("eligibilityRegion"), FaultCode::ZoneOnlyUnlawful);
            let reviewed = self.fair_competition_review_no.is_some();
            faults.check(reviewed, at("fairCompetitionReviewNo"), FaultCode::Required);
        }
        if route == LegalRoute::InnovationPartnership {
            faults.check(self.route_approval_no.is_some(), at("routeApprovalNo"), FaultCode::Required);
        }
        if route.runs_elsewhere() {
            faults.check(self.external_url.is_some(), at("externalUrl"), FaultCode::Required);
        }
    }
}

impl NewRaceStage {
    fn read(&self, path: &str, faults: &mut Faults) -> Option<RaceStage> {
        let at = |name: &str| format!("{path}.{name}");
        Some(RaceStage {
            name: faults.text(&at("name"), &self.name, Length::NAME),
            months: faults.number(&at("months"), self.months, 1, 120),
            keep_most: faults.number(&at("keepMost"), self.keep_most, 1, 99),
            pool: faults.money(&at("pool"), &self.pool)?,
        })
    }
}

impl Terms {
    /// Names what does not add up in the stages of a race (财库〔2024〕13号: what is paid over all stages stays within the total): pools
    /// within the budget, months within the duration, and no stage with more racers than the one before.
    pub(super) fn check_race(
        &self,
        mechanism: Option<Mechanism>,
        budget: Option<Budget>,
        months: Option<i32>,
        under: &str,
        faults: &mut Faults,
    ) {
        let path = format!("{under}raceStages");
        if self.race_stages.is_empty() {
            return;
        }
        if mechanism != Some(Mechanism::HorseRace) {
            faults.check(mechanism.is_none(), path, FaultCode::OnlyForRaces);
            return;
        }
        let pools: i128 = self.race_stages.iter().map(|stage| i128::from(stage.pool.0)).sum();
        let within = budget.is_none_or(|budget| pools <= i128::from(budget.total.0));
        faults.check(within, path.clone(), FaultCode::PoolsAboveBudget);
        let long: i64 = self.race_stages.iter().map(|stage| i64::from(stage.months)).sum();
        faults.check(months.is_none_or(|months| long <= months.into()), path.clone(), FaultCode::StagesTooLong);
        let pairs = self.race_stages.iter().zip(self.race_stages.iter().skip(1)).enumerate();
        for (place, (before, stage)) in pairs {
            let fewer = stage.keep_most <= before.keep_most;
            faults.check(fewer, format!("{path}.{}.keepMost", place + 1), FaultCode::KeepMostRises);
        }
    }

    /// The stages of a race as they are run.
    pub fn stages(&self, budget: Budget, months: i32, winners: u32) -> Vec<RaceStage> {
        if !self.race_stages.is_empty() {
            return self.race_stages.clone();
        }
        let keep_most = i32::try_from(winners).unwrap_or(i32::MAX);
        vec![RaceStage { name: "全程".to_owned(), months, pool: budget.total, keep_most }]
    }
}

fn distinct<T: PartialEq>(given: &[T], path: &str, faults: &mut Faults) {
    for (place, one) in given.iter().enumerate() {
        let before = given.iter().take(place);
        if before.into_iter().any(|known| known == one) {
            faults.add(format!("{path}.{place}"), FaultCode::Duplicate);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_never_been_chosen_is_the_default() {
        let terms: Terms = serde_json::from_str("{}").unwrap();
        assert_eq!(terms, Terms::default());
    }

    proptest! {
        /// What the law asks of each route and of a limit to the zone, written out once more.
        #[test]
        fn each_route_asks_for_what_the_law_does(
            route in 0..LegalRoute::ALL.len(), zone in any::<bool>(), reviewed in any::<bool>(), approved in any::<bool>(),
            linked in any::<bool>(),
        ) {
            let route = LegalRoute::ALL[route];
            let number = |given: bool| given.then(|| "豫公竞〔2026〕1号".to_owned());
            let terms = Terms {
                eligibility_region: if zone { EligibilityRegion::ZoneOnly } else { EligibilityRegion::Any },
                fair_competition_review_no: number(reviewed),
                route_approval_no: number(approved),
                external_url: linked.then(|| "https://example.org/1".to_owned()),
                ..Terms::default()
            };
            let mut faults = Faults::new();
            terms.check(Some(route), "", &mut faults);
            let limited = !zone || (["TESTBED_TRIAL", "RND_GRANT"].contains(&route.word()) && reviewed);
            let partnership = route.word() != "INNOVATION_PARTNERSHIP" || approved;
            let elsewhere = !["COMPETITIVE_CONSULTATION", "TENDER_EXTERNAL"].contains(&route.word()) || linked;
            prop_assert_eq!(faults.is_empty(), limited && partnership && elsewhere);
        }

        /// Given twice is given once, and nothing given changes nothing.
        #[test]
        fn putting_in_is_idempotent(blind in any::<Option<bool>>(), number in any::<Option<String>>()) {
            let given = NewTerms { blind, route_approval_no: number, ..NewTerms::default() };
            let once = given.clone().put_into(Terms::default());
            prop_assert_eq!(given.put_into(once.clone()), once.clone());
            prop_assert_eq!(NewTerms::default().put_into(once.clone()), once);
        }
    }
}
