//! What counts towards the two computed targets, and whether a target is met. Pure: works on plain facts, and says of each thing
//! that was looked at whether it counts and why.
//!
//! * **Open-competition projects** of a year: distinct challenges with at least one project whose agreement was in force at some time
//!   of that year (+08:00) and was not voided, the project not terminated, suspended or failed. Every mechanism counts, a race once; the
//!   routes of a tender or a consultation held elsewhere do not.
//! * **Technologies in the cultivation library**: those admitted and neither graduated nor eliminated as at the earlier of now and the
//!   year's end. Admission counts, publicity before it does not.

use std::collections::HashSet;

use anyhow::Context;

use crate::base::clock::china_year;
use crate::base::id::{ChallengeId, ProjectId, TechnologyId};
use crate::base::words::{Comparator, LegalRoute, ProjectStatus, TechnologyStatus};
use crate::base::{Decimal, Instant, Result};
use crate::words;

words! {
    /// Why a project counts or does not.
    pub enum ProjectReason {
        /// It counts.
        AgreementInForce = "agreement_in_force",
        /// It would, but another project of the same challenge does already.
        ChallengeCounted = "challenge_counted",
        /// The challenge was decided by a tender or a consultation held elsewhere.
        RouteElsewhere = "route_elsewhere",
        /// No agreement has been signed.
        NoAgreement = "no_agreement",
        /// The agreement was declared void.
        AgreementVoided = "agreement_voided",
        /// The agreement comes into force later.
        NotYetInForce = "not_yet_in_force",
        /// The agreement had ended before the year began.
        EndedBefore = "ended_before",
        /// The project is suspended.
        ProjectSuspended = "project_suspended",
        /// The project was terminated.
        ProjectTerminated = "project_terminated",
        /// The project failed its acceptance.
        AcceptanceFailed = "acceptance_failed",
    }
    /// Why a technology counts or does not.
    pub enum TechnologyReason {
        /// It counts.
        InLibrary = "in_library",
        /// It has not been admitted.
        NotAdmitted = "not_admitted",
        /// It was admitted after the year's end.
        AdmittedLater = "admitted_later",
        /// It has graduated.
        Graduated = "graduated",
        /// It was eliminated.
        Eliminated = "eliminated",
        /// It was rejected or withdrawn.
        Refused = "refused",
    }
}

/// A project as far as counting asks.
#[derive(Clone, Copy, Debug)]
pub struct ProjectFacts {
    /// Which.
    pub project: ProjectId,
    /// Of which challenge.
    pub challenge: ChallengeId,
    /// The challenge's route.
    pub route: LegalRoute,
    /// Where the project stands.
    pub status: ProjectStatus,
    /// From when the agreement is in force; none where none was signed.
    pub agreement_effective_at: Option<Instant>,
    /// When the agreement ended; none while it is in force.
    pub ended_at: Option<Instant>,
    /// Whether the agreement was declared void.
    pub voided: bool,
}

/// A technology as far as counting asks.
#[derive(Clone, Copy, Debug)]
pub struct TechnologyFacts {
    /// Which.
    pub technology: TechnologyId,
    /// Where it stands now.
    pub status: TechnologyStatus,
    /// When it was admitted.
    pub admitted_at: Option<Instant>,
    /// When it graduated or was eliminated; none where it did neither, or where that is not known.
    pub left_at: Option<Instant>,
}

/// One thing that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict<T, R> {
    /// Which.
    pub subject: T,
    /// Whether it counts.
    pub counts: bool,
    /// Why, or why not.
    pub reason: R,
}

/// `implementedOpenCompetitionProjects` of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCount {
    /// Distinct challenges: the target's value, and the number of verdicts that count.
    pub challenges: usize,
    /// Projects, the racers of one challenge each by itself.
    pub projects: usize,
    /// Every project given, in the order given.
    pub verdicts: Vec<Verdict<ProjectId, ProjectReason>>,
}

/// `libraryItems` of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryCount {
    /// In the library: the target's value, and the number of verdicts that count.
    pub items: usize,
    /// Ever admitted.
    pub admissions: usize,
    /// Graduated since.
    pub graduated: usize,
    /// Eliminated since.
    pub eliminated: usize,
    /// Every technology given, in the order given.
    pub verdicts: Vec<Verdict<TechnologyId, TechnologyReason>>,
}

/// A year in China: half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Year {
    start: Instant,
    end: Instant,
}

impl Year {
    /// From 1 January 00:00 to the next, +08:00.
    pub fn of(year: i32) -> Result<Self> {
        let (start, end) = china_year(year).context("no such year")?;
        Ok(Self { start, end })
    }

    /// The first instant of the next year.
    pub fn end(self) -> Instant {
        self.end
    }

    /// Whether something of `at` is there to be counted: it lies before the year's end and not ahead of now.
    fn has(self, at: Instant, now: Instant) -> bool {
        at < self.end && at <= now
    }
}

/// Counts the projects of a year. Of several projects of one challenge the first given is the one that counts.
pub fn projects(facts: &[ProjectFacts], year: Year, now: Instant) -> ProjectCount {
    let mut challenges = HashSet::new();
    let mut projects = 0;
    let verdicts = facts.iter().map(|one| {
        let reason = match project(one, year, now) {
            ProjectReason::AgreementInForce => {
                projects += 1;
                let first = challenges.insert(one.challenge);
                if first { ProjectReason::AgreementInForce } else { ProjectReason::ChallengeCounted }
            }
            reason => reason,
        };
        Verdict { subject: one.project, counts: reason == ProjectReason::AgreementInForce, reason }
    });
    let verdicts = verdicts.collect();
    ProjectCount { challenges: challenges.len(), projects, verdicts }
}

/// One project by itself.
fn project(facts: &ProjectFacts, year: Year, now: Instant) -> ProjectReason {
    if facts.route.runs_elsewhere() {
        return ProjectReason::RouteElsewhere;
    }
    let Some(effective_at) = facts.agreement_effective_at else { return ProjectReason::NoAgreement };
    if facts.voided {
        return ProjectReason::AgreementVoided;
    }
    if !year.has(effective_at, now) {
        return ProjectReason::NotYetInForce;
    }
    if facts.ended_at.is_some_and(|ended_at| ended_at <= year.start) {
        return ProjectReason::EndedBefore;
    }
    match facts.status {
        ProjectStatus::InProgress
        | ProjectStatus::AcceptancePending
        | ProjectStatus::Accepted
        | ProjectStatus::Rectifying
        | ProjectStatus::Closed => ProjectReason::AgreementInForce,
        ProjectStatus::ContractPending => ProjectReason::NoAgreement,
        ProjectStatus::AcceptanceFailed => ProjectReason::AcceptanceFailed,
        ProjectStatus::Suspended => ProjectReason::ProjectSuspended,
        ProjectStatus::Terminated => ProjectReason::ProjectTerminated,
    }
}

/// Counts the library as at the earlier of now and the year's end.
pub fn library(facts: &[TechnologyFacts], year: Year, now: Instant) -> LibraryCount {
    let verdicts: Vec<_> = facts
        .iter()
        .map(|one| {
            let reason = technology(one, year, now);
            Verdict { subject: one.technology, counts: reason == TechnologyReason::InLibrary, reason }
        })
        .collect();
    let of = |wanted: TechnologyReason| verdicts.iter().filter(|verdict| verdict.reason == wanted).count();
    let admitted = facts.iter().filter(|one| one.admitted_at.is_some_and(|at| year.has(at, now)));
    LibraryCount {
        items: of(TechnologyReason::InLibrary),
        admissions: admitted.count(),
        graduated: of(TechnologyReason::Graduated),
        eliminated: of(TechnologyReason::Eliminated),
        verdicts,
    }
}

/// One technology by itself: a pure function of its facts, for `countsTowardTarget`.
pub fn technology(facts: &TechnologyFacts, year: Year, now: Instant) -> TechnologyReason {
    let still_there = |gone: TechnologyReason| match facts.left_at {
        Some(left_at) if !year.has(left_at, now) => TechnologyReason::InLibrary,
        Some(_) | None => gone,
    };
    let reason = match facts.status {
        TechnologyStatus::Nominated
        | TechnologyStatus::FormalCheck
        | TechnologyStatus::Identifying
        | TechnologyStatus::Scoring
        | TechnologyStatus::Publicity => return TechnologyReason::NotAdmitted,
        TechnologyStatus::Rejected | TechnologyStatus::Withdrawn => return TechnologyReason::Refused,
        TechnologyStatus::Admitted | TechnologyStatus::Cultivating | TechnologyStatus::Converted => {
            TechnologyReason::InLibrary
        }
        TechnologyStatus::Graduated => still_there(TechnologyReason::Graduated),
        TechnologyStatus::Eliminated => still_there(TechnologyReason::Eliminated),
    };
    match facts.admitted_at {
        None => TechnologyReason::NotAdmitted,
        Some(at) if !year.has(at, now) => TechnologyReason::AdmittedLater,
        Some(_) => reason,
    }
}

/// What 左右 allows on either side.
const ABOUT: i64 = 2;

/// Whether a value meets a target: 不少于/以上/达到 = GTE, 突破/超过 = GT, 左右 = APPROX (two units on either side, themselves included).
pub fn met(comparator: Comparator, actual: Decimal, value: Decimal) -> bool {
    match comparator {
        Comparator::Gte => actual >= value,
        Comparator::Gt => actual > value,
        Comparator::Lte => actual <= value,
        Comparator::Lt => actual < value,
        Comparator::Eq => actual == value,
        // Eighteen digits at most: the difference cannot overflow.
        Comparator::Approx => (actual.inner() - value.inner()).abs() <= ABOUT.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Kind;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn running(challenge: ChallengeId) -> ProjectFacts {
        ProjectFacts {
            project: ProjectId::new(),
            challenge,
            route: LegalRoute::TestbedTrial,
            status: ProjectStatus::InProgress,
            agreement_effective_at: Some(at("2026-04-01T00:00:00Z")),
            ended_at: None,
            voided: false,
        }
    }

    fn reason(facts: ProjectFacts, year: i32, now: &str) -> ProjectReason {
        let count = projects(&[facts], Year::of(year).unwrap(), at(now));
        let [verdict] = count.verdicts[..] else { panic!() };
        let counts = verdict.reason == ProjectReason::AgreementInForce;
        assert_eq!((verdict.counts, verdict.subject), (counts, facts.project));
        assert_eq!((count.challenges, count.projects), (usize::from(counts), usize::from(counts)));
        verdict.reason
    }

    #[test]
    fn a_race_counts_once() {
        let (race, other) = (ChallengeId::new(), ChallengeId::new());
        let facts = [running(race), running(other), running(race), running(race)];
        let count = projects(&facts, Year::of(2026).unwrap(), at("2026-06-01T00:00:00Z"));
        assert_eq!((count.challenges, count.projects), (2, 4));
        assert_eq!(count.verdicts.iter().map(|one| one.counts).collect::<Vec<_>>(), [true, true, false, false]);
        assert_eq!(count.verdicts[3].reason, ProjectReason::ChallengeCounted);
        // The first of a race has failed: the next one stands for it.
        let failed = ProjectFacts { status: ProjectStatus::AcceptanceFailed, ..facts[0] };
        let count = projects(&[failed, facts[2]], Year::of(2026).unwrap(), at("2026-06-01T00:00:00Z"));
        assert_eq!(count.verdicts.iter().map(|one| one.counts).collect::<Vec<_>>(), [false, true]);
        assert_eq!((count.challenges, count.projects), (1, 1));
    }

    #[test]
    fn every_status_and_route_is_decided() {
        let one = running(ChallengeId::new());
        let now = "2026-06-01T00:00:00Z";
        for status in ProjectStatus::ALL {
            let expected = match status.word() {
                "IN_PROGRESS" | "ACCEPTANCE_PENDING" | "ACCEPTED" | "RECTIFYING" | "CLOSED" => {
                    ProjectReason::AgreementInForce
                }
                "CONTRACT_PENDING" => ProjectReason::NoAgreement,
                "ACCEPTANCE_FAILED" => ProjectReason::AcceptanceFailed,
                "SUSPENDED" => ProjectReason::ProjectSuspended,
                _ => ProjectReason::ProjectTerminated,
            };
            assert_eq!(reason(ProjectFacts { status: *status, ..one }, 2026, now), expected, "{status}");
        }
        for route in LegalRoute::ALL {
            let elsewhere = ["COMPETITIVE_CONSULTATION", "TENDER_EXTERNAL"].contains(&route.word());
            let expected = if elsewhere { ProjectReason::RouteElsewhere } else { ProjectReason::AgreementInForce };
            assert_eq!(reason(ProjectFacts { route: *route, ..one }, 2026, now), expected, "{route}");
        }
        assert_eq!(reason(ProjectFacts { voided: true, ..one }, 2026, now), ProjectReason::AgreementVoided);
        let unsigned = ProjectFacts { agreement_effective_at: None, ..one };
        assert_eq!(reason(unsigned, 2026, now), ProjectReason::NoAgreement);
    }

    #[test]
    fn in_force_at_some_time_of_the_year() {
        let from = |effective: &str| ProjectFacts {
            agreement_effective_at: Some(at(effective)),
            ..running(ChallengeId::new())
        };
        let late = "2028-01-01T00:00:00Z";
        // Years begin at midnight in China.
        assert_eq!(reason(from("2026-12-31T15:59:59.999Z"), 2026, late), ProjectReason::AgreementInForce);
        assert_eq!(reason(from("2026-12-31T16:00:00Z"), 2026, late), ProjectReason::NotYetInForce);
        assert_eq!(reason(from("2026-12-31T16:00:00Z"), 2027, late), ProjectReason::AgreementInForce);
        // Signed now for later.
        let later = from("2026-07-01T00:00:00Z");
        assert_eq!(reason(later, 2026, "2026-06-30T23:59:59Z"), ProjectReason::NotYetInForce);
        assert_eq!(reason(later, 2026, "2026-07-01T00:00:00Z"), ProjectReason::AgreementInForce);
        // Still running in the next year; closed before it began; closed within it.
        assert_eq!(reason(later, 2027, late), ProjectReason::AgreementInForce);
        let ended = |ended: &str| ProjectFacts { status: ProjectStatus::Closed, ended_at: Some(at(ended)), ..later };
        assert_eq!(reason(ended("2026-12-31T16:00:00Z"), 2027, late), ProjectReason::EndedBefore);
        assert_eq!(reason(ended("2026-12-31T16:00:00.001Z"), 2027, late), ProjectReason::AgreementInForce);
        assert_eq!(reason(ended("2026-12-31T16:00:00Z"), 2026, late), ProjectReason::AgreementInForce);
    }

    fn item(status: TechnologyStatus, admitted: Option<&str>, left: Option<&str>) -> TechnologyFacts {
        TechnologyFacts {
            technology: TechnologyId::new(),
            status,
            admitted_at: admitted.map(at),
            left_at: left.map(at),
        }
    }

    #[test]
    fn a_technology_counts_from_admission_until_it_leaves() {
        use TechnologyStatus::{
            Admitted, Converted, Cultivating, Eliminated, Graduated, Nominated, Publicity, Rejected,
        };
        let (year, now) = (Year::of(2026).unwrap(), at("2027-06-01T00:00:00Z"));
        let spring = Some("2026-03-01T00:00:00Z");
        for (facts, expected) in [
            (item(Admitted, spring, None), TechnologyReason::InLibrary),
            (item(Cultivating, spring, None), TechnologyReason::InLibrary),
            (item(Converted, spring, None), TechnologyReason::InLibrary),
            (item(Admitted, Some("2026-12-31T15:59:59.999Z"), None), TechnologyReason::InLibrary),
            (item(Admitted, Some("2026-12-31T16:00:00Z"), None), TechnologyReason::AdmittedLater),
            (item(Admitted, Some("2025-05-01T00:00:00Z"), None), TechnologyReason::InLibrary),
            (item(Admitted, None, None), TechnologyReason::NotAdmitted),
            (item(Nominated, None, None), TechnologyReason::NotAdmitted),
            (item(Publicity, None, None), TechnologyReason::NotAdmitted),
            (item(Rejected, None, None), TechnologyReason::Refused),
            (item(Graduated, spring, Some("2026-12-31T15:59:59Z")), TechnologyReason::Graduated),
            (item(Graduated, spring, Some("2027-02-01T00:00:00Z")), TechnologyReason::InLibrary),
            (item(Eliminated, spring, None), TechnologyReason::Eliminated),
            (
                item(Eliminated, Some("2027-01-02T00:00:00Z"), Some("2027-02-01T00:00:00Z")),
                TechnologyReason::AdmittedLater,
            ),
        ] {
            assert_eq!(technology(&facts, year, now), expected, "{facts:?}");
        }
        let facts = [
            item(Admitted, spring, None),
            item(Nominated, None, None),
            item(Graduated, spring, Some("2026-05-01T00:00:00Z")),
            item(Eliminated, spring, Some("2026-06-01T00:00:00Z")),
        ];
        let count = library(&facts, year, now);
        assert_eq!((count.items, count.admissions, count.graduated, count.eliminated), (1, 3, 1, 1));
        assert_eq!(count.verdicts.iter().filter(|one| one.counts).count(), 1);
        // Half a year earlier by the clock all three admitted were still there.
        let then = library(&facts, year, at("2026-04-01T00:00:00Z"));
        assert_eq!((then.items, then.admissions, then.graduated, then.eliminated), (3, 3, 0, 0));
    }

    #[test]
    fn targets_are_met_at_their_bounds() {
        use Comparator::{Approx, Eq, Gt, Gte, Lt, Lte};
        for (comparator, actual, value, expected) in [
            (Gte, "10", "10", true),
            (Gte, "9.999999", "10", false),
            (Gt, "2100", "2100", false),
            (Gt, "2100.000001", "2100", true),
            (Lte, "3.0", "3", true),
            (Lte, "3.1", "3", false),
            (Lt, "3", "3", false),
            (Lt, "2.9", "3", true),
            (Eq, "3.00", "3", true),
            (Eq, "3.01", "3", false),
            (Approx, "93", "95", true),
            (Approx, "97", "95", true),
            (Approx, "92.999999", "95", false),
            (Approx, "97.000001", "95", false),
            (Approx, "-999999999999999999", "999999999999999999", false),
        ] {
            assert_eq!(
                met(comparator, actual.parse().unwrap(), value.parse().unwrap()),
                expected,
                "{actual} {comparator} {value}"
            );
        }
    }
}
