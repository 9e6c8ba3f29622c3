//! Who may do what, when, on one page: every mutation and protected field, for every kind of person, in every state of a
//! challenge. Printed from the policy functions themselves and committed as `schema/access.txt`: a change of policy shows in
//! review as a change of that page.

mod rows;

use std::fmt::Write;

use crate::access::bids::Ties;
use crate::access::{Actor, Member, Viewer};
use crate::base::id::{ChallengeId, Kind, OrganizationId, UserId};
use crate::base::words::{BidStatus, ChallengeStatus, JudgeKind, LegalRoute, OrganizationKind, Role, Verification};
use crate::base::{Error, Instant, Result};
use crate::challenges;

/// One line of the page: what is asked, by whom it is asked in each state, and what the answer is.
pub struct Row {
    /// `Mutation.field` or `Type.field`.
    pub field: &'static str,
    ask: Ask,
}

/// Asks the policy.
type Ask = Box<dyn Fn(&Stage, &Person) -> Result<()>>;

impl Row {
    fn new(field: &'static str, ask: impl Fn(&Stage, &Person) -> Result<()> + 'static) -> Self {
        Self { field, ask: Box::new(ask) }
    }
}

/// A kind of person, as seen from one challenge.
struct Person {
    name: &'static str,
    viewer: Viewer,
    ties: Ties,
    /// Drawn for the panel.
    drawn: bool,
}

/// A challenge in one state, with a bid in the state that goes with it.
struct Stage {
    status: ChallengeStatus,
    challenge: challenges::model::Model,
    bid: crate::bids::model::Model,
    now: Instant,
}

/// The ids of the sample's cast.
struct Cast {
    challenge: ChallengeId,
    department: OrganizationId,
    bidder: OrganizationId,
    author: UserId,
    approver: UserId,
}

fn id<K: Kind>(number: u128) -> K {
    K::from_uuid(uuid::Uuid::from_u128(number))
}

impl Cast {
    fn new() -> Self {
        Self { challenge: id(1), department: id(10), bidder: id(20), author: id(100), approver: id(101) }
    }
}

fn people(cast: &Cast) -> Vec<Person> {
    let member = |organization, kind, verification| Some(Member { organization, kind, verification });
    let department = member(cast.department, OrganizationKind::Department, Verification::Verified);
    let enterprise = |number, verification| member(id(number), OrganizationKind::Enterprise, verification);
    let bidder = member(cast.bidder, OrganizationKind::Enterprise, Verification::Verified);
    let person = |name, user: u128, roles: &[Role], member, ties, drawn| Person {
        name,
        viewer: Viewer::Person(Actor::new(
            id(user),
            None,
            roles.to_vec(),
            member,
            roles.contains(&Role::Judge).then_some(JudgeKind::Technical),
        )),
        ties,
        drawn,
    };
    let none = Ties::default();
    let bids = Ties { bids_there: true, ..none };
    let judges = Ties { judges_there: true, ..none };
    let other_department = member(id(11), OrganizationKind::Department, Verification::Verified);
    vec![
        Person { name: "anybody, suspended people too", viewer: Viewer::Anybody, ties: none, drawn: false },
        person("demander, the author", 100, &[Role::Demander], department, none, false),
        person("demander of the department", 102, &[Role::Demander], department, none, false),
        person("demander of another department", 103, &[Role::Demander], other_department, none, false),
        person("organizer", 104, &[Role::Organizer], None, none, false),
        person("organizer who approved", 101, &[Role::Organizer], None, none, false),
        person("organizer of the department", 105, &[Role::Demander, Role::Organizer], department, none, false),
        person("bidder, the bid's own", 106, &[Role::Bidder], bidder, bids, false),
        person("bidder, a rival", 107, &[Role::Bidder], enterprise(21, Verification::Verified), bids, false),
        person("bidder without a bid", 108, &[Role::Bidder], enterprise(22, Verification::Verified), none, false),
        person("bidder not verified", 109, &[Role::Bidder], enterprise(23, Verification::Pending), none, false),
        person("judge, drawn", 110, &[Role::Judge], enterprise(30, Verification::Verified), none, true),
        person("judge, declared", 111, &[Role::Judge], enterprise(31, Verification::Verified), judges, true),
        person("judge, not drawn", 112, &[Role::Judge], enterprise(32, Verification::Verified), none, false),
        person("supervisor", 113, &[Role::Supervisor], None, none, false),
        person("system administrator", 114, &[Role::SystemAdmin], None, none, false),
        person("security administrator", 115, &[Role::SecurityAdmin], None, none, false),
        person("audit administrator", 116, &[Role::AuditAdmin], None, none, false),
    ]
}

fn stage(cast: &Cast, status: ChallengeStatus) -> Stage {
    let at = |text: &str| text.parse::<Instant>().unwrap_or_default();
    let (drafted, published, deadline) =
        (at("2026-03-01T00:00:00Z"), at("2026-03-10T00:00:00Z"), at("2026-04-10T00:00:00Z"));
    let is = |states: &[ChallengeStatus]| states.contains(&status);
    use ChallengeStatus::*;
    let unpublished = is(&[Draft, Submitted, Arguing, Returned, Rejected, Approved]);
    let opened = is(&[Reviewing, Negotiating, Publicity, Awarded, Executing, Completed, Suspended, Terminated]);
    let awarded = is(&[Awarded, Executing, Completed, Terminated]);
    let challenge = challenges::model::Model {
        id: cast.challenge,
        code: (!unpublished).then(|| "JB-2026-0001".to_owned()),
        title: "样例".to_owned(),
        domain: None,
        scale: None,
        mechanism: None,
        pi_led: false,
        legal_route: Some(LegalRoute::TestbedTrial),
        status,
        suspended_from: None,
        department_id: cast.department,
        author_id: cast.author,
        approver_id: Some(cast.approver),
        background: String::new(),
        problem_statement: String::new(),
        site_conditions: String::new(),
        ip_terms: String::new(),
        eligibility: String::new(),
        acceptance_method: String::new(),
        contact: String::new(),
        duration_months: None,
        budget_total: None,
        budget_fiscal: None,
        budget_demander: None,
        budget_bidder: None,
        consortium_allowed: false,
        consortium_max_members: 0,
        created_at: drafted,
        return_reason: None,
        urgent_reason: None,
        cancel_reason: None,
        published_at: (!unpublished).then_some(published),
        questions_close_at: (!unpublished).then_some(at("2026-04-05T00:00:00Z")),
        submission_deadline: (!unpublished).then_some(deadline),
        opened_at: opened.then_some(at("2026-04-11T00:00:00Z")),
        bid_count: opened.then_some(2),
        awarded_at: awarded.then_some(at("2026-06-01T00:00:00Z")),
        listed_deadline: deadline,
        listed_at: drafted,
        version: 1,
    };
    let bid_status = match status {
        Draft | Submitted | Arguing | Returned | Rejected | Approved => BidStatus::Draft,
        Published | Closed | Failed | Cancelled => BidStatus::Submitted,
        Reviewing => BidStatus::Opened,
        Negotiating => BidStatus::Shortlisted,
        Publicity | Suspended => BidStatus::ProposedWinner,
        Awarded | Executing | Completed | Terminated => BidStatus::Won,
    };
    let bid = crate::bids::model::Model {
        id: id(2),
        challenge_id: cast.challenge,
        bidder_id: cast.bidder,
        author_id: id(106),
        status: bid_status,
        version: 1,
        label: None,
        created_at: published,
        submitted_at: Some(published),
        in_force: Some(1),
        withdrawn_at: None,
        withdraw_reason: None,
        broken: None,
        requested_funding: None,
    };
    let now = if status == Published { at("2026-03-20T00:00:00Z") } else { at("2026-07-01T00:00:00Z") };
    Stage { status, challenge, bid, now }
}

const LEGEND: &str = "\
Who may do what, when. Printed by `jiebang schema --write` from the policy functions; do not edit.

Columns: the state of the challenge. The bid of the sample goes with it: SUBMITTED until the opening, OPENED in review, then
SHORTLISTED, PROPOSED_WINNER, WON. Where a verb does not depend on a challenge every column says the same.

  Y  accepted, as far as policy goes (the input may still be at fault)
  s  UNAUTHENTICATED     h  NOT_FOUND: not to be known of     f  FORBIDDEN
  n  NOT_NOW             l  DEADLINE_PASSED                   .  answered with nothing (a protected field)

";

/// The whole page.
pub fn page() -> String {
    let cast = Cast::new();
    let people = people(&cast);
    let stages: Vec<Stage> = ChallengeStatus::ALL.iter().map(|status| stage(&cast, *status)).collect();
    let width = people.iter().map(|person| person.name.chars().count()).max().unwrap_or(0);
    let mut page = String::from(LEGEND);
    for (place, stage) in stages.iter().enumerate() {
        let _ = writeln!(page, "  {:>2} {}", place + 1, stage.status);
    }
    for row in rows::all() {
        let _ = writeln!(page, "\n{}", row.field);
        let lines = people.iter().map(|person| {
            let cells: Vec<_> = stages.iter().map(|stage| letter(row.field, (row.ask)(stage, person))).collect();
            (person.name, cells.join(" "))
        });
        for (name, cells) in lines {
            let _ = writeln!(page, "  {name:<width$}  {cells}");
        }
    }
    page
}

/// The fields that the page speaks of.
pub fn fields() -> Vec<&'static str> {
    rows::all().iter().map(|row| row.field).collect()
}

fn letter(field: &str, answer: Result<()>) -> &'static str {
    let protected = !field.starts_with("Mutation.") && !field.starts_with("Query.");
    match answer {
        Ok(()) => "Y",
        Err(_) if protected => ".",
        Err(Error::SignIn(_)) => "s",
        Err(Error::Hidden) => "h",
        Err(Error::NotYours(_)) => "f",
        Err(Error::NotNow(_)) => "n",
        Err(Error::TooLate(_)) => "l",
        Err(_) => "?",
    }
}
