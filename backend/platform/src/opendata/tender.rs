//! What a challenge says, in the words of the standard.

use super::facts::Facts;
use super::ocds::{Budget, Milestone, Planning, Tender};
use crate::base::words::{Comparator, EligibilityRegion, LegalRoute, Mechanism};

/// What is planned: why, and with whose money. None where the log does not say.
pub(super) fn planning(content: Facts<'_>) -> Planning {
    let budget = content.of("budget").and_then(|budget| {
        let share = |name, words| budget.money(name).map(|share| format!("{words} {} 元", share.amount));
        let shares = [("fiscal", "财政"), ("demander", "发榜方"), ("bidder", "揭榜方自筹")];
        let shares: Vec<String> = shares.into_iter().filter_map(|(name, words)| share(name, words)).collect();
        let description = Some(shares.join("；")).filter(|text| !text.is_empty());
        Some(Budget { amount: budget.money("total")?, description })
    });
    Planning { rationale: content.text("background"), budget, milestones: Vec::new() }
}

/// Takes over what is said anew.
pub(super) fn take(tender: &mut Tender, content: Facts<'_>) {
    let problem = content.text("problemStatement");
    if problem.is_some() {
        tender.description = problem;
    }
    if let Some(total) = content.of("budget").and_then(|budget| budget.money("total")) {
        tender.value = Some(total);
    }
    if let Some(eligibility) = content.text("eligibility") {
        tender.eligibility_criteria = Some(eligibility);
    }
    let criteria: Vec<String> = content.list("criteria").map(criterion).collect();
    if !criteria.is_empty() {
        tender.award_criteria = Some("ratedCriteria");
        tender.award_criteria_details = Some(criteria.join("\n"));
    }
    if let Some(months) = content.number("durationMonths") {
        set_milestone(
            tender,
            Milestone {
                id: "duration".to_owned(),
                title: Some(format!("完成时限 {months} 个月")),
                kind: Some("delivery"),
                status: Some("scheduled"),
                ..Milestone::default()
            },
        );
    }
}

/// How bids are taken. The standard's own words stand only where they are true: where the platform itself takes bids, and every
/// enterprise may hand one in.
pub(super) fn method(tender: &mut Tender, content: Facts<'_>, region: &str) {
    let route: Option<LegalRoute> = content.word("legalRoute").parse().ok();
    let mechanism: Option<Mechanism> = content.word("mechanism").parse().ok();
    let takes_bids = route.is_some_and(|route| match route {
        LegalRoute::TestbedTrial | LegalRoute::RndGrant | LegalRoute::InnovationPartnership => true,
        LegalRoute::CompetitiveConsultation | LegalRoute::TenderExternal => false,
    });
    tender.procurement_method = (takes_bids && region == EligibilityRegion::Any.word()).then_some("open");
    if takes_bids {
        tender.submission_method = vec!["electronicSubmission"];
    }
    let led = content.is_true("piLed") && mechanism != Some(Mechanism::PiSystem);
    let words = [mechanism.map(mechanism_words), led.then_some("PI制"), route.map(route_words)];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    tender.procurement_method_details = Some(words.join(" · ")).filter(|text| !text.is_empty());
}

fn mechanism_words(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::OpenCompetition => "揭榜挂帅",
        Mechanism::HorseRace => "赛马制",
        Mechanism::PiSystem => "PI制",
    }
}

fn route_words(route: LegalRoute) -> &'static str {
    match route {
        LegalRoute::TestbedTrial => "实验场试用",
        LegalRoute::RndGrant => "科技计划项目立项",
        LegalRoute::InnovationPartnership => "合作创新采购",
        LegalRoute::CompetitiveConsultation => "竞争性磋商（平台外办理）",
        LegalRoute::TenderExternal => "招标（平台外办理）",
    }
}

fn criterion(criterion: Facts<'_>) -> String {
    let weight = criterion.number("weight").map_or_else(String::new, |weight| format!(" {weight}%"));
    let minimum = criterion.number("minimum").map_or_else(String::new, |least| format!("，不低于 {least} 分"));
    format!("{}{weight}{minimum}", criterion.word("name"))
}

/// The indicators, each under its own id: those of an agreement stand under the same, and can be compared.
pub(super) fn indicators(content: Facts<'_>) -> Vec<Milestone> {
    let mut all: Vec<Milestone> = Vec::new();
    for indicator in content.list("indicators").filter_map(indicator) {
        if all.iter().all(|known| known.id != indicator.id) {
            all.push(indicator);
        }
    }
    all
}

fn indicator(indicator: Facts<'_>) -> Option<Milestone> {
    let sign = match indicator.word("comparator").parse().ok() {
        Some(Comparator::Gte) => "≥ ",
        Some(Comparator::Gt) => "> ",
        Some(Comparator::Lte) => "≤ ",
        Some(Comparator::Lt) => "< ",
        Some(Comparator::Eq) => "= ",
        Some(Comparator::Approx) => "≈ ",
        None => "",
    };
    let tolerance = indicator.text("tolerance").map_or_else(String::new, |tolerance| format!(" ± {tolerance}"));
    // What was agreed on, where it is another than what was asked for.
    let value = indicator.text("value").filter(|value| value != indicator.word("target"));
    let value = value.map_or_else(String::new, |value| format!("；约定 {value} {}", indicator.word("unit")));
    let method = indicator.text("testMethod").map_or_else(String::new, |method| format!("；{method}"));
    let description =
        format!("{sign}{}{tolerance} {}{value}{method}", indicator.word("target"), indicator.word("unit"));
    Some(Milestone {
        id: indicator.text("indicator")?,
        title: indicator.text("name"),
        kind: Some("assessment"),
        description: Some(description),
        status: Some("scheduled"),
        ..Milestone::default()
    })
}

/// Puts a milestone in its place, or behind the others.
pub(super) fn set_milestone(tender: &mut Tender, milestone: Milestone) {
    match tender.milestones.iter_mut().find(|one| one.id == milestone.id) {
        Some(place) => *place = milestone,
        None => tender.milestones.push(milestone),
    }
}

/// The worth of what is known: nothing is said where nothing is.
pub(super) fn said(planning: &Planning) -> bool {
    *planning != Planning::default()
}
