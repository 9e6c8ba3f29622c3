//! From the public log of a challenge to its releases. Pure, and from left to right: what comes later changes nothing that was released.

use super::facts::{Facts, Told};
use super::ocds::{
    Amendment, Award, AwardStatus, Contract, ContractStatus, Document, Milestone, Party, Period, Planning,
    RelatedProcess, Release, Tag, Tender, TenderStatus, ocid,
};
use super::tender;
use crate::app::OpenData;
use crate::base::id::ChallengeId;

/// What the log is read for. The words are matched as text: the log of a later version may say more.
pub(super) const KINDS: [&str; 18] = [
    "challenge.published",
    "challenge.amended",
    "challenge.access_offered",
    "challenge.suspended",
    "challenge.resumed",
    "challenge.opened",
    "challenge.failed",
    "challenge.cancelled",
    "challenge.terminated",
    "challenge.external_result_recorded",
    "challenge.awarded",
    "notice.published",
    "notice.voided",
    "objection.resolved",
    "objection.withdrawn",
    "challenge.award_kept",
    "award.revoked",
    "project.agreement_signed",
];

/// One release for each event that says what the standard can say, in the order of the log.
pub fn releases(site: &OpenData, challenge: ChallengeId, log: impl IntoIterator<Item = Told>) -> Vec<Release> {
    let mut process = Process::new(site, challenge);
    log.into_iter().filter_map(|told| process.step(&told)).collect()
}

/// A challenge, as far as the log has come.
struct Process<'a> {
    site: &'a OpenData,
    ocid: String,
    department: Option<Party>,
    planning: Planning,
    tender: Tender,
    /// The release that said last what the tender is.
    latest: Option<String>,
    awards: Vec<Proposed>,
    contracts: Vec<Contract>,
}

/// Moves the end of a period, where one is told.
fn move_end(period: &mut Option<Period>, end: Option<super::ocds::Date>) {
    if let Some(end) = end {
        let start_date = period.as_ref().and_then(|period| period.start_date);
        *period = Some(Period { start_date, end_date: Some(end) });
    }
}

/// An award, and whose it is.
struct Proposed {
    bid: String,
    notice: String,
    award: Award,
    suppliers: Vec<Party>,
}

/// What one event says.
#[derive(Default)]
struct Said {
    tags: Vec<Tag>,
    planning: Option<Planning>,
    tender: Option<Tender>,
    parties: Vec<Party>,
    awards: Vec<Award>,
    contracts: Vec<Contract>,
    related: Vec<RelatedProcess>,
}

impl<'a> Process<'a> {
    fn new(site: &'a OpenData, challenge: ChallengeId) -> Self {
        Self {
            site,
            ocid: ocid(&site.prefix, challenge),
            department: None,
            planning: Planning::default(),
            tender: Tender::default(),
            latest: None,
            awards: Vec::new(),
            contracts: Vec::new(),
        }
    }

    fn step(&mut self, told: &Told) -> Option<Release> {
        // Before it is published a challenge says nothing to everybody.
        if self.latest.is_none() && told.kind != "challenge.published" {
            return None;
        }
        let facts = told.facts();
        let said = match told.kind.as_str() {
            "challenge.published" => self.published(told),
            "challenge.amended" => self.amended(told),
            "challenge.access_offered" => self.milestone(Milestone {
                id: facts.text("offer")?,
                title: facts.text("description"),
                kind: Some("engagement"),
                description: facts.text("whereabouts"),
                due_date: facts.date("takesPlaceAt"),
                status: Some("scheduled"),
                ..Milestone::default()
            }),
            "challenge.suspended" => self.happened(told, "中止 Suspended"),
            "challenge.resumed" => {
                move_end(&mut self.tender.tender_period, facts.date("newDeadline"));
                move_end(&mut self.tender.enquiry_period, facts.date("questionsCloseAt"));
                let (tender, enquiry) = (self.tender.tender_period.clone(), self.tender.enquiry_period.clone());
                let mut said = self.happened(told, "恢复 Resumed");
                if let Some(named) = said.tender.as_mut().filter(|_| facts.date("newDeadline").is_some()) {
                    (named.tender_period, named.enquiry_period) = (tender, enquiry);
                }
                said
            }
            // Others have won already, and go on.
            "challenge.award_kept" => {
                self.tender.status = Some(TenderStatus::Complete);
                Said { tags: vec![Tag::TenderUpdate], tender: Some(self.named()), ..Said::default() }
            }
            "challenge.opened" => {
                self.tender.number_of_tenderers = facts.number("count");
                let number_of_tenderers = self.tender.number_of_tenderers?;
                let tender = Tender { number_of_tenderers: Some(number_of_tenderers), ..self.named() };
                Said { tags: vec![Tag::TenderUpdate], tender: Some(tender), ..Said::default() }
            }
            "challenge.failed" => self.ended(TenderStatus::Unsuccessful, Tag::TenderUpdate),
            "challenge.cancelled" | "challenge.terminated" => {
                self.ended(TenderStatus::Cancelled, Tag::TenderCancellation)
            }
            "challenge.external_result_recorded" => self.decided_outside(told),
            "notice.published" => self.noticed(told)?,
            "notice.voided" => self.voided(&told.subject)?,
            // Of objections everybody is told no more than what becomes of the notice.
            "objection.resolved" | "objection.withdrawn" if facts.is_true("void") => self.voided(&told.subject)?,
            "challenge.awarded" => self.awarded(told),
            "award.revoked" => self.revoked(facts)?,
            "project.agreement_signed" => self.agreed(told)?,
            _ => return None,
        };
        Some(self.release(told, said))
    }

    fn release(&mut self, told: &Told, said: Said) -> Release {
        let mut parties: Vec<Party> = self.department.iter().cloned().collect();
        said.parties.into_iter().for_each(|party| add(&mut parties, party));
        Release {
            ocid: self.ocid.clone(),
            id: told.id.clone(),
            date: told.date(),
            tag: said.tags,
            initiation_type: "tender",
            language: "zh",
            parties,
            buyer: self.department.as_ref().map(Party::reference),
            planning: said.planning,
            tender: said.tender,
            awards: said.awards,
            contracts: said.contracts,
            related_processes: said.related,
        }
    }

    /// The tender, and nothing said of it.
    fn named(&self) -> Tender {
        Tender { id: self.tender.id.clone(), status: self.tender.status, ..Tender::default() }
    }

    fn published(&mut self, told: &Told) -> Said {
        let facts = told.facts();
        let content = facts.of("content").unwrap_or(facts);
        self.department = facts.text("department").map(|id| {
            Party::new(id, facts.text("departmentName"), facts.text("departmentUscc"), &["buyer", "procuringEntity"])
        });
        self.planning = tender::planning(content);
        self.planning.milestones.extend(facts.text("demand").map(|id| Milestone {
            id,
            title: Some("列入场景需求清单 Listed as a demand".to_owned()),
            kind: Some("preProcurement"),
            status: Some("met"),
            ..Milestone::default()
        }));
        let period = |from, to: &str| facts.date(to).map(|end| Period { start_date: Some(from), end_date: Some(end) });
        self.tender = Tender {
            id: facts.text("code").unwrap_or_else(|| told.subject.clone()),
            title: facts.text("title"),
            status: Some(TenderStatus::Active),
            procuring_entity: self.department.as_ref().map(Party::reference),
            tender_period: period(told.date(), "submissionDeadline"),
            enquiry_period: period(told.date(), "questionsCloseAt"),
            ..Tender::default()
        };
        tender::take(&mut self.tender, content);
        let terms = facts.of("terms");
        tender::method(&mut self.tender, content, terms.map_or("", |terms| terms.word("eligibilityRegion")));
        for indicator in tender::indicators(content) {
            tender::set_milestone(&mut self.tender, indicator);
        }
        let outside = terms.and_then(|terms| terms.link("externalUrl"));
        self.tender.documents.extend(outside.map(|url| Document {
            id: "external".to_owned(),
            document_type: "tenderNotice",
            title: None,
            url,
            date_published: None,
        }));
        self.latest = Some(told.id.clone());
        let planned = tender::said(&self.planning);
        Said {
            tags: planned.then_some(Tag::Planning).into_iter().chain([Tag::Tender]).collect(),
            planning: planned.then(|| self.planning.clone()),
            tender: Some(self.tender.clone()),
            related: self.rerun_of(facts).into_iter().collect(),
            ..Said::default()
        }
    }

    /// The process that found no winner, of which this is another attempt.
    fn rerun_of(&self, facts: Facts<'_>) -> Option<RelatedProcess> {
        let failed: ChallengeId = facts.word("rerunOf").parse().ok()?;
        Some(RelatedProcess {
            id: "1".to_owned(),
            relationship: vec!["unsuccessfulProcess"],
            scheme: "ocid",
            identifier: ocid(&self.site.prefix, failed),
        })
    }

    fn amended(&mut self, told: &Told) -> Said {
        let facts = told.facts();
        let mut planned = false;
        if let Some(content) = facts.of("content") {
            tender::take(&mut self.tender, content);
            let anew = tender::planning(content);
            planned = tender::said(&anew);
            self.planning.rationale = anew.rationale.or(self.planning.rationale.take());
            self.planning.budget = anew.budget.or(self.planning.budget.take());
            if content.has("indicators") {
                self.replace_indicators(tender::indicators(content));
            }
        }
        move_end(&mut self.tender.tender_period, facts.date("newDeadline"));
        move_end(&mut self.tender.enquiry_period, facts.date("questionsCloseAt"));
        self.tender.amendments.push(Amendment {
            id: facts.text("amendment").unwrap_or_else(|| told.id.clone()),
            date: told.date(),
            rationale: facts.text("summary"),
            amends_release: self.latest.replace(told.id.clone()),
            release: told.id.clone(),
        });
        Said {
            tags: [Tag::TenderAmendment].into_iter().chain(planned.then_some(Tag::PlanningUpdate)).collect(),
            planning: planned.then(|| self.planning.clone()),
            tender: Some(self.tender.clone()),
            ..Said::default()
        }
    }

    /// Whoever puts releases together by id keeps what is not said any more: it is said that others took its place.
    fn replace_indicators(&mut self, indicators: Vec<Milestone>) {
        for old in self.tender.milestones.iter_mut().filter(|one| one.kind == Some("assessment")) {
            if indicators.iter().all(|one| one.id != old.id) {
                old.description = Some("已由修订取代 Replaced by an amendment".to_owned());
                old.status = None;
            }
        }
        for indicator in indicators {
            tender::set_milestone(&mut self.tender, indicator);
        }
    }

    fn milestone(&mut self, milestone: Milestone) -> Said {
        let tender = Tender { milestones: vec![milestone.clone()], ..self.named() };
        tender::set_milestone(&mut self.tender, milestone);
        Said { tags: vec![Tag::TenderUpdate], tender: Some(tender), ..Said::default() }
    }

    /// The standard has no word for a process that stands still.
    fn happened(&mut self, told: &Told, title: &str) -> Said {
        self.milestone(Milestone {
            id: told.id.clone(),
            title: Some(title.to_owned()),
            description: told.facts().text("reason"),
            date_met: Some(told.date()),
            status: Some("met"),
            ..Milestone::default()
        })
    }

    /// It ends without a winner, or without the one it had.
    fn ended(&mut self, status: TenderStatus, tag: Tag) -> Said {
        self.tender.status = Some(status);
        let mut said = Said { tags: vec![tag], tender: Some(self.named()), ..Said::default() };
        self.cancel(&mut said, |_| true);
        said
    }

    /// Awards that are so no more, and what was agreed on for them.
    fn cancel(&mut self, said: &mut Said, which: impl Fn(&Proposed) -> bool) {
        for proposed in self.awards.iter_mut().filter(|proposed| which(proposed)) {
            if proposed.award.status == AwardStatus::Cancelled {
                continue;
            }
            proposed.award.status = AwardStatus::Cancelled;
            said.awards.push(proposed.award.clone());
            said.parties.extend(proposed.suppliers.iter().cloned());
            for contract in self.contracts.iter_mut().filter(|contract| contract.award == proposed.award.id) {
                contract.status = ContractStatus::Terminated;
                said.contracts.push(contract.clone());
            }
        }
        said.tags.extend((!said.awards.is_empty()).then_some(Tag::AwardCancellation));
        said.tags.extend((!said.contracts.is_empty()).then_some(Tag::ContractTermination));
    }

    fn decided_outside(&mut self, told: &Told) -> Said {
        let facts = told.facts();
        let won = facts.is_true("won");
        self.tender.status = Some(if won { TenderStatus::Complete } else { TenderStatus::Unsuccessful });
        let documents: Vec<Document> = facts
            .link("url")
            .map(|url| Document {
                id: told.id.clone(),
                document_type: "awardNotice",
                title: facts.text("result"),
                url,
                date_published: Some(told.date()),
            })
            .into_iter()
            .collect();
        Said { tags: vec![Tag::TenderUpdate], tender: Some(Tender { documents, ..self.named() }), ..Said::default() }
    }

    fn noticed(&mut self, told: &Told) -> Option<Said> {
        let facts = told.facts();
        let mut said = Said { tags: vec![Tag::Award], ..Said::default() };
        for winner in facts.list("winners") {
            let Some(bid) = winner.text("bid") else { continue };
            let notice = told.subject.clone();
            let id = format!("{notice}-{bid}");
            if self.awards.iter().any(|known| known.award.id == id) {
                continue;
            }
            let mut suppliers = Vec::new();
            let members = winner.list("members").filter_map(|member| supplier(member, "organization"));
            supplier(winner, "bidder").into_iter().chain(members).for_each(|party| add(&mut suppliers, party));
            let award = Award {
                id,
                title: self.tender.title.clone(),
                status: AwardStatus::Pending,
                date: None,
                suppliers: suppliers.iter().map(Party::reference).collect(),
                documents: vec![Document {
                    id: notice.clone(),
                    document_type: "awardNotice",
                    title: Some("拟立项公示".to_owned()),
                    url: format!("{}/notices/{notice}", self.site.address),
                    date_published: Some(told.date()),
                }],
            };
            said.awards.push(award.clone());
            said.parties.extend(suppliers.iter().cloned());
            self.awards.push(Proposed { bid, notice, award, suppliers });
        }
        (!said.awards.is_empty()).then_some(said)
    }

    fn voided(&mut self, notice: &str) -> Option<Said> {
        let mut said = Said::default();
        self.cancel(&mut said, |proposed| proposed.notice == notice);
        (!said.awards.is_empty()).then_some(said)
    }

    fn awarded(&mut self, told: &Told) -> Said {
        self.tender.status = Some(TenderStatus::Complete);
        let mut said =
            Said { tags: vec![Tag::AwardUpdate, Tag::TenderUpdate], tender: Some(self.named()), ..Said::default() };
        for bid in told.facts().list("winners").filter_map(|winner| winner.text("bid")) {
            let Some(proposed) = self.of_bid(&bid) else { continue };
            proposed.award.status = AwardStatus::Active;
            proposed.award.date = Some(told.date());
            said.awards.push(proposed.award.clone());
            said.parties.extend(proposed.suppliers.iter().cloned());
        }
        said
    }

    /// The award of a bid: by the latest notice that names it.
    fn of_bid(&mut self, bid: &str) -> Option<&mut Proposed> {
        self.awards
            .iter_mut()
            .rev()
            .find(|proposed| proposed.bid == bid && proposed.award.status != AwardStatus::Cancelled)
    }

    /// An award is taken back: others may be proposed, or the challenge has failed.
    fn revoked(&mut self, facts: Facts<'_>) -> Option<Said> {
        let bid = facts.text("bid")?;
        let mut said = Said::default();
        self.cancel(&mut said, |proposed| proposed.bid == bid);
        let status = match facts.word("status") {
            "FAILED" => Some(TenderStatus::Unsuccessful),
            "NEGOTIATING" | "PUBLICITY" => Some(TenderStatus::Active),
            _ => self.tender.status,
        };
        if status != self.tender.status {
            self.tender.status = status;
            said.tags.push(Tag::TenderUpdate);
            said.tender = Some(self.named());
        }
        (!said.tags.is_empty()).then_some(said)
    }

    fn agreed(&mut self, told: &Told) -> Option<Said> {
        let facts = told.facts();
        let lead = facts.text("lead");
        let bid = facts.text("bid");
        // Older agreements name their lead alone.
        let proposed = self.awards.iter().rev().find(|proposed| {
            let is_leads = || proposed.suppliers.first().is_some_and(|first| Some(&first.id) == lead.as_ref());
            proposed.award.status != AwardStatus::Cancelled
                && bid.as_ref().map_or_else(is_leads, |bid| *bid == proposed.bid)
        })?;
        let start = facts.date("effectiveAt");
        let end = facts.date("endsAt");
        let contract = Contract {
            id: told.subject.clone(),
            award: proposed.award.id.clone(),
            title: self.tender.title.clone(),
            status: ContractStatus::Active,
            period: (start.is_some() || end.is_some()).then_some(Period { start_date: start, end_date: end }),
            value: facts.money("amount"),
            date_signed: told.date(),
            milestones: tender::indicators(facts),
        };
        let parties = proposed.suppliers.clone();
        self.contracts.push(contract.clone());
        Some(Said { tags: vec![Tag::Contract], contracts: vec![contract], parties, ..Said::default() })
    }
}

/// Adds an organization, once.
fn add(parties: &mut Vec<Party>, party: Party) {
    if parties.iter().all(|known| known.id != party.id) {
        parties.push(party);
    }
}

/// A winner, or a member of one: from the notice on everybody may know that it has handed in.
fn supplier(facts: Facts<'_>, id: &str) -> Option<Party> {
    Some(Party::new(facts.text(id)?, facts.text("name"), facts.text("uscc"), &["tenderer", "supplier"]))
}
