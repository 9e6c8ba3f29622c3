//! The numbers themselves. Pure. Where each comes from is said beside it in `seeds/rules/default.toml`.

use serde::{Deserialize, Serialize};

use crate::base::error::FaultCode;
use crate::base::words::{LegalRoute, Mechanism};
use crate::base::{Decimal, Faults, Fen};
use crate::db::json_value;

/// A rule set: every number that law and practice leave open or that may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// Days from publication to the deadline, at least (招标投标法 24).
    pub min_open_days: u32,
    /// The same with a recorded reason to hurry.
    pub urgent_min_open_days: u32,
    /// Days before the deadline at which questions close.
    pub questions_close_days: u32,
    /// Days in which a question is to be answered (招标投标法实施条例 22). Rule sets before version 2 did not say.
    #[serde(default = "answer_days")]
    pub answer_days: u32,
    /// Days before the deadline from which on a material change extends it (招标投标法 23, 实施条例 21).
    pub clarification_lead_days: u32,
    /// Working days of a public notice (公示).
    pub publicity_working_days: u32,
    /// Judges on a panel: odd, at least 5 (招标投标法 37).
    pub panel_size: u32,
    /// Judges on the panel of a large award or a race.
    pub panel_size_large: u32,
    /// The budget from which on an award is large.
    pub panel_size_large_from: Fen,
    /// Bids that have to pass the formal check for a review to be held.
    pub min_valid_bids: u32,
    /// The same on the route of an innovation partnership (招标投标法 28, 实施条例 44).
    pub min_valid_bids_partnership: u32,
    /// Sheets from which on one highest and one lowest total are dropped.
    pub trim_from: u32,
    /// The final score that passes, on the 100-point scale.
    pub pass_mark: Decimal,
    /// Winners of a race, at least.
    pub race_min_winners: u32,
    /// Winners of a race, at most (财库〔2024〕13号).
    pub race_max_winners: u32,
    /// Calendar days from the award to the agreement (招标投标法 46, 实施条例 57).
    pub agreement_days: u32,
    /// Years in the field that make an expert (招标投标法 37). Rule sets before version 3 did not say; nor any of what follows.
    #[serde(default = "expert_years")]
    pub expert_years: u32,
    /// Days after which an expert has to be confirmed again.
    #[serde(default = "expert_confirmed_days")]
    pub expert_confirmed_days: u32,
    /// Open reviews that an expert sits in, at most, to be drawn for another.
    #[serde(default = "expert_open_reviews")]
    pub expert_open_reviews: u32,
    /// How many draws in a year more than the least drawn an expert may have behind it, to be drawn again.
    #[serde(default = "expert_spread")]
    pub expert_spread: u32,
    /// Years for which employment, shares, joint work and disputes stand between an expert and a party (招标投标法实施条例 46).
    #[serde(default = "conflict_years")]
    pub conflict_years: u32,
    /// Days that a bidder has at least to correct its bid's form.
    #[serde(default = "correction_days")]
    pub correction_days: u32,
    /// Sheets with marks that a bid has at least: judges may abstain. Rule sets before version 4 did not say; nor what follows.
    #[serde(default = "min_sheets")]
    pub min_sheets: u32,
    /// Points from the panel's median beyond which a total asks for its judge's reason (财政部令第87号, 畸高畸低).
    #[serde(default = "deviation_points")]
    pub deviation_points: u32,
    /// Sheets that every judge has written, at least, for their totals to be normalised.
    #[serde(default = "normalise_from")]
    pub normalise_from: u32,
    /// Working days in which an objection is ruled on (招标投标法实施条例 54 has three days). Rule sets before version 5 did not say; nor what
    /// follows.
    #[serde(default = "objection_days")]
    pub objection_days: u32,
    /// Calendar days in which a complaint can be made (招标投标法实施条例 60).
    #[serde(default = "complaint_days")]
    pub complaint_days: u32,
    /// Working days in which a complaint is accepted or not (招标投标法实施条例 61).
    #[serde(default = "complaint_accept_days")]
    pub complaint_accept_days: u32,
    /// Working days in which an accepted complaint is decided (招标投标法实施条例 61).
    #[serde(default = "complaint_decide_days")]
    pub complaint_decide_days: u32,
    /// Projects under way that one principal investigator leads, at most.
    #[serde(default = "pi_active_projects")]
    pub pi_active_projects: u32,
    /// Characters of the longest text accepted in one field.
    pub max_text_chars: u32,
}
json_value!(Numbers);

/// The numbers that one challenge is run by, as frozen at its publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// Days from publication to the deadline, at least.
    pub min_open_days: u32,
    /// The same with a recorded reason to hurry.
    pub urgent_min_open_days: u32,
    /// Days before the deadline at which questions close.
    pub questions_close_days: u32,
    /// Days in which a question is to be answered.
    #[serde(default = "answer_days")]
    pub answer_days: u32,
    /// Days before the deadline from which on a material change extends it.
    pub clarification_lead_days: u32,
    /// Working days of a public notice.
    pub publicity_working_days: u32,
    /// Judges on the panel, odd.
    pub panel_size: u32,
    /// Bids that have to pass the formal check for a review to be held.
    pub min_valid_bids: u32,
    /// Sheets from which on one highest and one lowest total are dropped.
    pub trim_from: u32,
    /// The final score that passes, on the 100-point scale.
    pub pass_mark: Decimal,
    /// Winners of a race, at least.
    pub race_min_winners: u32,
    /// Winners of a race, at most.
    pub race_max_winners: u32,
    /// Calendar days from the award to the agreement.
    pub agreement_days: u32,
    /// Open reviews that an expert sits in, at most, to be drawn for this one.
    #[serde(default = "expert_open_reviews")]
    pub expert_open_reviews: u32,
    /// Years for which employment, shares, joint work and disputes stand between an expert and a party.
    #[serde(default = "conflict_years")]
    pub conflict_years: u32,
    /// Days that a bidder has at least to correct its bid's form.
    #[serde(default = "correction_days")]
    pub correction_days: u32,
    /// Sheets with marks that a bid has at least.
    #[serde(default = "min_sheets")]
    pub min_sheets: u32,
    /// Points from the panel's median beyond which a total asks for its judge's reason.
    #[serde(default = "deviation_points")]
    pub deviation_points: u32,
    /// Sheets that every judge has written, at least, for their totals to be normalised.
    #[serde(default = "normalise_from")]
    pub normalise_from: u32,
    /// Working days in which an objection is ruled on (招标投标法实施条例 54 has three days).
    #[serde(default = "objection_days")]
    pub objection_days: u32,
    /// Calendar days in which a complaint can be made (招标投标法实施条例 60).
    #[serde(default = "complaint_days")]
    pub complaint_days: u32,
    /// Working days in which a complaint is accepted or not (招标投标法实施条例 61).
    #[serde(default = "complaint_accept_days")]
    pub complaint_accept_days: u32,
    /// Working days in which an accepted complaint is decided (招标投标法实施条例 61).
    #[serde(default = "complaint_decide_days")]
    pub complaint_decide_days: u32,
    /// Projects under way that one principal investigator leads, at most.
    #[serde(default = "pi_active_projects")]
    pub pi_active_projects: u32,
}
json_value!(Resolved);

fn answer_days() -> u32 {
    3
}

fn expert_years() -> u32 {
    8
}

fn expert_confirmed_days() -> u32 {
    365
}

fn expert_open_reviews() -> u32 {
    3
}

fn expert_spread() -> u32 {
    2
}

fn conflict_years() -> u32 {
    3
}

fn correction_days() -> u32 {
    3
}

fn min_sheets() -> u32 {
    3
}

fn deviation_points() -> u32 {
    20
}

fn normalise_from() -> u32 {
    5
}

fn objection_days() -> u32 {
    5
}

fn complaint_days() -> u32 {
    10
}

fn complaint_accept_days() -> u32 {
    3
}

fn complaint_decide_days() -> u32 {
    30
}

fn pi_active_projects() -> u32 {
    2
}

/// The numbers for a challenge of this budget, mechanism and route.
pub fn resolve(numbers: &Numbers, budget_total: Fen, mechanism: Mechanism, route: LegalRoute) -> Resolved {
    let large = budget_total >= numbers.panel_size_large_from
        || match mechanism {
            Mechanism::HorseRace => true,
            Mechanism::OpenCompetition | Mechanism::PiSystem => false,
        };
    // 财库〔2024〕13号: at most three suppliers do the research and development of a partnership side by side.
    let side_by_side = match route {
        LegalRoute::InnovationPartnership => 3,
        LegalRoute::TestbedTrial
        | LegalRoute::RndGrant
        | LegalRoute::CompetitiveConsultation
        | LegalRoute::TenderExternal => u32::MAX,
    };
    Resolved {
        min_open_days: numbers.min_open_days,
        urgent_min_open_days: numbers.urgent_min_open_days,
        questions_close_days: numbers.questions_close_days,
        answer_days: numbers.answer_days,
        clarification_lead_days: numbers.clarification_lead_days,
        publicity_working_days: numbers.publicity_working_days,
        panel_size: if large { numbers.panel_size_large } else { numbers.panel_size },
        min_valid_bids: match route {
            LegalRoute::InnovationPartnership => numbers.min_valid_bids_partnership,
            LegalRoute::TestbedTrial
            | LegalRoute::RndGrant
            | LegalRoute::CompetitiveConsultation
            | LegalRoute::TenderExternal => numbers.min_valid_bids,
        },
        trim_from: numbers.trim_from,
        pass_mark: numbers.pass_mark,
        race_min_winners: numbers.race_min_winners.min(side_by_side),
        race_max_winners: numbers.race_max_winners.min(side_by_side),
        agreement_days: numbers.agreement_days,
        expert_open_reviews: numbers.expert_open_reviews,
        conflict_years: numbers.conflict_years,
        correction_days: numbers.correction_days,
        min_sheets: numbers.min_sheets,
        deviation_points: numbers.deviation_points,
        normalise_from: numbers.normalise_from,
        objection_days: numbers.objection_days,
        complaint_days: numbers.complaint_days,
        complaint_accept_days: numbers.complaint_accept_days,
        complaint_decide_days: numbers.complaint_decide_days,
        pi_active_projects: numbers.pi_active_projects,
    }
}

impl Numbers {
    /// Notes what the law or plain sense does not allow. `at` gives the path of a number from its name here.
    pub(super) fn check(&self, at: fn(&str) -> String, faults: &mut Faults) {
        let mut within = |path: &str, value: u32, least: u32, most: u32| {
            if !(least..=most).contains(&value) {
                faults.add_with(at(path), FaultCode::OutOfRange, format!("{least} … {most}"));
            }
        };
        within("min_open_days", self.min_open_days, 1, 365);
        within("urgent_min_open_days", self.urgent_min_open_days, 1, self.min_open_days);
        // Even the shortest window leaves a day to ask.
        within("questions_close_days", self.questions_close_days, 0, self.urgent_min_open_days.saturating_sub(1));
        within("answer_days", self.answer_days, 1, 60);
        within("clarification_lead_days", self.clarification_lead_days, 0, 365);
        // 招标投标法实施条例 54: never below three days.
        within("publicity_working_days", self.publicity_working_days, 3, 60);
        within("panel_size", self.panel_size, 5, 99);
        within("panel_size_large", self.panel_size_large, self.panel_size, 99);
        within("min_valid_bids", self.min_valid_bids, 1, 99);
        within("min_valid_bids_partnership", self.min_valid_bids_partnership, self.min_valid_bids, 99);
        // Two are dropped: something has to be left.
        within("trim_from", self.trim_from, 3, 99);
        within("race_min_winners", self.race_min_winners, 2, 99);
        within("race_max_winners", self.race_max_winners, self.race_min_winners, 99);
        within("agreement_days", self.agreement_days, 1, 365);
        within("expert_years", self.expert_years, 0, 50);
        within("expert_confirmed_days", self.expert_confirmed_days, 30, 1_096);
        within("expert_open_reviews", self.expert_open_reviews, 1, 99);
        within("expert_spread", self.expert_spread, 1, 99);
        within("conflict_years", self.conflict_years, 1, 50);
        within("correction_days", self.correction_days, 1, 30);
        // More than the smallest panel has would leave bids that cannot be ranked.
        within("min_sheets", self.min_sheets, 1, self.panel_size);
        within("deviation_points", self.deviation_points, 1, 100);
        // Of fewer than three totals a spread says nothing.
        within("normalise_from", self.normalise_from, 3, 99);
        within("objection_days", self.objection_days, 1, 60);
        within("complaint_days", self.complaint_days, 1, 60);
        within("complaint_accept_days", self.complaint_accept_days, 1, 30);
        within("complaint_decide_days", self.complaint_decide_days, 1, 90);
        within("pi_active_projects", self.pi_active_projects, 1, 99);
        within("max_text_chars", self.max_text_chars, 1_000, 1_000_000);
        for (path, size) in [("panel_size", self.panel_size), ("panel_size_large", self.panel_size_large)] {
            if size.is_multiple_of(2) {
                faults.add_with(at(path), FaultCode::OutOfRange, "2k + 1");
            }
        }
        faults.check(
            (0..=Fen::MAX.0).contains(&self.panel_size_large_from.0),
            at("panel_size_large_from"),
            FaultCode::NotMoney,
        );
        match self.pass_mark.in_units(2) {
            Some(0..=10_000) => {}
            Some(_) => faults.add_with(at("pass_mark"), FaultCode::OutOfRange, "0 … 100"),
            None => faults.add(at("pass_mark"), FaultCode::MarkPlaces),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::rules::load::RuleFile;

    pub(crate) fn default() -> Numbers {
        RuleFile::read(include_str!("../../../../seeds/rules/default.toml")).unwrap().numbers
    }

    #[test]
    fn the_panel_grows_with_the_award_and_for_a_race() {
        let numbers = default();
        let size = |fen, mechanism| resolve(&numbers, Fen(fen), mechanism, LegalRoute::TestbedTrial).panel_size;
        assert_eq!(size(499_999_999, Mechanism::OpenCompetition), 5);
        assert_eq!(size(500_000_000, Mechanism::OpenCompetition), 7);
        assert_eq!(size(499_999_999, Mechanism::PiSystem), 5);
        assert_eq!(size(500_000_000, Mechanism::PiSystem), 7);
        assert_eq!(size(1, Mechanism::HorseRace), 7);
    }

    #[test]
    fn a_partnership_wants_three_bids() {
        let numbers = default();
        for route in LegalRoute::ALL {
            let least = resolve(&numbers, Fen(1), Mechanism::OpenCompetition, *route).min_valid_bids;
            assert_eq!(least, if *route == LegalRoute::InnovationPartnership { 3 } else { 1 }, "{route}");
        }
    }

    #[test]
    fn a_partnership_has_three_suppliers_whatever_a_race_may_have() {
        let numbers = Numbers { race_min_winners: 4, race_max_winners: 5, ..default() };
        for route in LegalRoute::ALL {
            let resolved = resolve(&numbers, Fen(1), Mechanism::HorseRace, *route);
            let expected = if *route == LegalRoute::InnovationPartnership { (3, 3) } else { (4, 5) };
            assert_eq!((resolved.race_min_winners, resolved.race_max_winners), expected, "{route}");
        }
    }

    #[test]
    fn the_rest_is_as_the_default_has_it() {
        let resolved = resolve(&default(), Fen(1), Mechanism::OpenCompetition, LegalRoute::RndGrant);
        let expected = Resolved {
            min_open_days: 20,
            urgent_min_open_days: 7,
            questions_close_days: 5,
            answer_days: 3,
            clarification_lead_days: 15,
            publicity_working_days: 5,
            panel_size: 5,
            min_valid_bids: 1,
            trim_from: 5,
            pass_mark: Decimal::whole(70),
            race_min_winners: 2,
            race_max_winners: 3,
            agreement_days: 30,
            expert_open_reviews: 3,
            conflict_years: 3,
            correction_days: 3,
            min_sheets: 3,
            deviation_points: 20,
            normalise_from: 5,
            objection_days: 5,
            complaint_days: 10,
            complaint_accept_days: 3,
            complaint_decide_days: 30,
            pi_active_projects: 2,
        };
        assert_eq!(resolved, expected);
    }
}
