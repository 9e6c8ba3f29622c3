//! Who may do what, when, on one page: every mutation and protected field, for every kind of person, in every state of a
//! challenge. Printed from the policy functions themselves and committed as `schema/access.txt`: a change of policy shows in
//! review as a change of that page.

mod declared;
mod rows;

use std::fmt::Write;

use crate::access::reviews::{Round, Seat};
use crate::access::{Actor, Member, Viewer};
use crate::base::id::{ChallengeId, Kind, OrganizationId, UserId};
use crate::base::words::{
    BidStatus, ChallengeStatus, DemandStatus, JudgeKind, LegalRoute, MemberRight, OrganizationKind, Role, TokenScope,
    Verification,
};
use crate::base::{Error, Instant, Result};
use crate::challenges;

pub use declared::declared;

/// A part of the page: the rows of what belongs together.
struct Section {
    name: &'static str,
    columns: Columns,
    rows: Vec<Row>,
}

/// Whose states the columns of a section are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Columns {
    Challenge,
    Demand,
}

/// One question: what is asked, by whom in each state, and what the answer is.
struct Row {
    /// `Mutation.field` or `Type.field`; in brackets of which case, where it matters.
    fields: &'static [&'static str],
    ask: Ask,
}

/// Asks the policy.
type Ask = Box<dyn Fn(&Stage, &Person) -> Told>;

/// What the policy says.
enum Told {
    Whole,
    Part,
    Nothing,
    Refused(Error),
}

/// What policy functions answer with.
trait Answer {
    fn told(self) -> Told;
}

impl<T> Answer for Result<T> {
    fn told(self) -> Told {
        self.map_or_else(Told::Refused, |_| Told::Whole)
    }
}

impl Answer for bool {
    fn told(self) -> Told {
        if self { Told::Whole } else { Told::Nothing }
    }
}

impl Answer for Told {
    fn told(self) -> Told {
        self
    }
}

/// A kind of person, as seen from one challenge.
struct Person {
    name: &'static str,
    viewer: Viewer,
    /// Has a bid there that will be opened.
    bids_there: bool,
    /// The place on the panel, from the draw on.
    seat: Seat,
}

/// A challenge in one state, with a bid in the state that goes with it, and what else is the case then.
struct Stage {
    name: String,
    challenge: challenges::model::Model,
    bid: crate::bids::model::Model,
    /// Another bidder's bid, which does not win.
    other: crate::bids::model::Model,
    now: Instant,
    /// The panel has been drawn.
    drawn: bool,
    /// The first notice is out.
    noticed: bool,
    round: Round,
    /// A demand of the same department by the same author.
    demand: crate::demands::model::Model,
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
    let person = |name, user: u128, roles: &[Role], member, bids_there, seat| Person {
        name,
        viewer: Viewer::Person(
            Actor::new(
                id(user),
                None,
                roles.to_vec(),
                member,
                roles.contains(&Role::Judge).then_some(JudgeKind::Technical),
            )
            .with_right(roles.contains(&Role::Bidder).then_some(MemberRight::Owner)),
        ),
        bids_there,
        seat,
    };
    // A colleague of the bid's own bidder; a program on its behalf.
    let colleague = |name, user: u128, right, token: Option<TokenScope>| {
        let actor = Actor::new(id(user), None, vec![Role::Bidder], bidder, None).with_right(Some(right));
        let actor = match token {
            None => actor,
            Some(scope) => actor.by_token(id(5), scope),
        };
        Person { name, viewer: Viewer::Person(actor), bids_there: true, seat: Seat::None }
    };
    let none = Seat::None;
    let other_department = member(id(11), OrganizationKind::Department, Verification::Verified);
    vec![
        Person { name: "anybody, suspended people too", viewer: Viewer::Anybody, bids_there: false, seat: none },
        person("demander, the author", 100, &[Role::Demander], department, false, none),
        person("demander of the department", 102, &[Role::Demander], department, false, none),
        person("demander of another department", 103, &[Role::Demander], other_department, false, none),
        person("organizer", 104, &[Role::Organizer], None, false, none),
        person("organizer who approved", 101, &[Role::Organizer], None, false, none),
        person("organizer of the department", 105, &[Role::Demander, Role::Organizer], department, false, none),
        person(
            "organizer of another department",
            117,
            &[Role::Demander, Role::Organizer],
            other_department,
            false,
            none,
        ),
        Person {
            name: "organizer yet to enrol a second factor",
            viewer: Viewer::Person(Actor::new(id(119), None, vec![Role::Organizer], None, None).enrolling()),
            bids_there: false,
            seat: none,
        },
        person("bidder, the bid's own", 106, &[Role::Bidder], bidder, true, none),
        colleague("bidder, the bid's own, an editor", 120, MemberRight::Editor, None),
        colleague("bidder, the bid's own, a reader", 121, MemberRight::Reader, None),
        colleague("bidder, the bid's own, a token that submits", 106, MemberRight::Owner, Some(TokenScope::Submit)),
        colleague("bidder, the bid's own, a token that drafts", 106, MemberRight::Owner, Some(TokenScope::Draft)),
        colleague("bidder, the bid's own, a token that reads", 106, MemberRight::Owner, Some(TokenScope::Read)),
        person("bidder, a rival", 107, &[Role::Bidder], enterprise(21, Verification::Verified), true, none),
        person("bidder without a bid", 108, &[Role::Bidder], enterprise(22, Verification::Verified), false, none),
        person("bidder not verified", 109, &[Role::Bidder], enterprise(23, Verification::Pending), false, none),
        person("judge, drawn", 110, &[Role::Judge], enterprise(30, Verification::Verified), false, Seat::Drawn(id(4))),
        person(JUDGE, 111, &[Role::Judge], enterprise(31, Verification::Verified), false, Seat::Declared(id(4))),
        person(
            "judge, stepped aside",
            118,
            &[Role::Judge],
            enterprise(33, Verification::Verified),
            false,
            Seat::SteppedAside,
        ),
        person("judge, not drawn", 112, &[Role::Judge], enterprise(32, Verification::Verified), false, none),
        person("supervisor", 113, &[Role::Supervisor], None, false, none),
        person("system administrator", 114, &[Role::SystemAdmin], None, false, none),
        person("security administrator", 115, &[Role::SecurityAdmin], None, false, none),
        person("audit administrator", 116, &[Role::AuditAdmin], None, false, none),
    ]
}

/// The judge whose sheet the sample has.
const JUDGE: &str = "judge, declared";

/// `over`: the notice has run out.
fn stage(cast: &Cast, status: ChallengeStatus, over: bool) -> Stage {
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
        approved_rules: Some(1),
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
        external_result: None,
        external_result_url: None,
        published_at: (!unpublished).then_some(published),
        questions_close_at: (!unpublished).then_some(at("2026-04-05T00:00:00Z")),
        submission_deadline: (!unpublished).then_some(deadline),
        opened_at: opened.then_some(at("2026-04-11T00:00:00Z")),
        bid_count: opened.then_some(2),
        awarded_at: awarded.then_some(at("2026-06-01T00:00:00Z")),
        listed_deadline: deadline,
        listed_at: drafted,
        version: 1,
        open_questions: 0,
        material_amendments: 0,
        replacing_amendment: 0,
        terms: Default::default(),
        demand_id: None,
        rerun_of: None,
        ordered_at: None,
        ordered_by: None,
        ordered_as: None,
        order_reason: None,
    };
    let (bid_status, other_status) = match status {
        Draft | Submitted | Arguing | Returned | Rejected | Approved => (BidStatus::Draft, BidStatus::Draft),
        Published | Closed | Failed | Cancelled => (BidStatus::Submitted, BidStatus::Submitted),
        Reviewing => (BidStatus::Opened, BidStatus::Opened),
        Negotiating => (BidStatus::Shortlisted, BidStatus::NotShortlisted),
        Publicity | Suspended => (BidStatus::ProposedWinner, BidStatus::NotShortlisted),
        Awarded | Executing | Completed | Terminated => (BidStatus::Won, BidStatus::Lost),
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
        amendments_seen: 0,
        amendments_answered: 0,
        draft_key: None,
    };
    let other = crate::bids::model::Model {
        id: id(13),
        bidder_id: id(21),
        author_id: id(107),
        status: other_status,
        ..bid.clone()
    };
    let noticed = opened && !is(&[Reviewing, Negotiating]);
    Stage {
        name: if over && status == Publicity { format!("{status}, the notice over") } else { status.to_string() },
        challenge,
        bid,
        other,
        now: if status == Published { at("2026-03-20T00:00:00Z") } else { at("2026-07-01T00:00:00Z") },
        drawn: opened,
        noticed,
        round: Round { talks: false, closed: opened && status != Reviewing, notice_over: noticed && over },
        demand: demand(cast, DemandStatus::Listed, drafted),
    }
}

/// A demand in one state. What was withdrawn is so from the list, and what was returned or decided has been argued.
fn demand(cast: &Cast, status: DemandStatus, at: Instant) -> crate::demands::model::Model {
    use DemandStatus::*;
    let is = |states: &[DemandStatus]| states.contains(&status);
    let listed = is(&[Listed, TakenUp, Withdrawn]);
    crate::demands::model::Model {
        id: id(40),
        title: "样例".to_owned(),
        domain: None,
        scale: None,
        site: String::new(),
        pain_points: String::new(),
        content: String::new(),
        goals: Default::default(),
        open_resources: Default::default(),
        technical_requirements: String::new(),
        cooperation: None,
        budget_from: None,
        budget_to: None,
        money_low: None,
        money_high: None,
        money_node: None,
        schedule: String::new(),
        contact: String::new(),
        status,
        round: i32::from(status != Draft),
        decided_round: i32::from(!is(&[Draft, Submitted, Arguing])),
        reason: None,
        department_id: cast.department,
        author_id: cast.author,
        created_at: at,
        submitted_at: (status != Draft).then_some(at),
        listed_at: listed.then_some(at),
        ordered_at: at,
        batch_id: listed.then(|| id(41)),
        merged_into: None,
        version: 1,
    }
}

/// Every state in turn; of the notice both while it runs and when it is over.
fn stages(cast: &Cast) -> Vec<Stage> {
    let mut stages = Vec::new();
    for status in ChallengeStatus::ALL {
        match status {
            ChallengeStatus::Publicity => stages.extend([stage(cast, *status, false), stage(cast, *status, true)]),
            ChallengeStatus::Suspended => stages.push(stage(cast, *status, false)),
            _ => stages.push(stage(cast, *status, true)),
        }
    }
    stages
}

/// Every state of a demand in turn; what is a challenge's stays as it is.
fn demand_stages(cast: &Cast) -> Vec<Stage> {
    let stage = |status: &DemandStatus| {
        let stage = stage(cast, ChallengeStatus::Published, false);
        Stage { name: status.to_string(), demand: demand(cast, *status, stage.challenge.created_at), ..stage }
    };
    DemandStatus::ALL.iter().map(stage).collect()
}

fn stages_of(cast: &Cast, columns: Columns) -> Vec<Stage> {
    match columns {
        Columns::Challenge => stages(cast),
        Columns::Demand => demand_stages(cast),
    }
}

const LEGEND: &str = "\
Who may do what and see what, when. Printed by `jiebang schema --write` from the policy functions that the doors ask; do not edit.

Columns: the state of the challenge. The bids of the sample go with it: SUBMITTED until the opening, OPENED in review; then one is
SHORTLISTED, PROPOSED_WINNER, WON, the other is not. FAILED and CANCELLED are so before the opening. Fields that have the same
answers share a block, and so do people; what is the same in every state is told once.

  Y  accepted, as far as policy goes (the input may still be at fault); of a field: answered
  p  answered in part: the own only, what is known of, or a mask     .  answered with nothing: null, or an empty list
  s  UNAUTHENTICATED     h  NOT_FOUND: not to be known of     f  FORBIDDEN     n  NOT_NOW     l  DEADLINE_PASSED

";

const DEMANDS: &str = "\
Columns here: the state of the demand, which is of the same department and by the same author. WITHDRAWN is so from the list. The
judge drawn was asked for an opinion, the judge declared has given one, the bid's own bidder has registered an interest.

";

/// As many columns as a line has.
const WIDTH: usize = 128;

/// The name of a column.
fn column(place: usize) -> char {
    u32::try_from(place + 1).ok().and_then(|number| char::from_digit(number, 36)).unwrap_or('?')
}

/// The whole page.
pub fn page() -> String {
    let cast = Cast::new();
    let (people, stages) = (people(&cast), stages(&cast));
    let mut page = String::from(LEGEND);
    for (place, stage) in stages.iter().enumerate() {
        let _ = writeln!(page, "  {}  {}", column(place), stage.name);
    }
    let columns: Vec<_> = (0..stages.len()).map(|place| column(place).to_string()).collect();
    for section in rows::all() {
        let _ = writeln!(page, "\n\n== {} ==\n", section.name);
        let own = demand_stages(&cast);
        let (stages, columns) = match section.columns {
            Columns::Challenge => (&stages, &columns[..]),
            Columns::Demand => {
                page.push_str(DEMANDS);
                for (place, stage) in own.iter().enumerate() {
                    let _ = writeln!(page, "  {}  {}", column(place), stage.name);
                }
                page.push('\n');
                (&own, columns.get(..own.len()).unwrap_or_default())
            }
        };
        let _ = writeln!(page, "  {}", columns.join(" "));
        for (fields, answers) in blocks(&section.rows, &people, stages) {
            let _ = write!(page, "\n{}", wrapped(&fields, "", ", "));
            for (cells, names) in lines(&people, &answers) {
                let cells = format!("  {cells:<width$}  ", width = 2 * stages.len() - 1);
                let _ = write!(page, "{}", wrapped(&names, &cells, "; "));
            }
        }
    }
    page.push_str(&declared::page());
    page
}

/// Rows of one section that say the same of everybody, together.
fn blocks(rows: &[Row], people: &[Person], stages: &[Stage]) -> Vec<(Vec<&'static str>, Vec<String>)> {
    let mut blocks: Vec<(Vec<&'static str>, Vec<String>)> = Vec::new();
    for row in rows {
        let cells = |person: &Person| -> String {
            let letters: Vec<_> = stages.iter().map(|stage| letter((row.ask)(stage, person))).collect();
            match letters.as_slice() {
                [first, rest @ ..] if rest.iter().all(|letter| letter == first) => format!("always {first}"),
                _ => letters.join(" "),
            }
        };
        let answers: Vec<String> = people.iter().map(cells).collect();
        match blocks.iter_mut().find(|(_, others)| *others == answers) {
            Some((fields, _)) => fields.extend(row.fields),
            None => blocks.push((row.fields.to_vec(), answers)),
        }
    }
    blocks
}

/// People who are answered alike, together; the most, if they are many, come last as everybody else.
fn lines<'a>(people: &[Person], answers: &'a [String]) -> Vec<(&'a str, Vec<&'static str>)> {
    let mut lines: Vec<(&str, Vec<&'static str>)> = Vec::new();
    for (person, cells) in people.iter().zip(answers) {
        match lines.iter_mut().find(|(others, _)| others == cells) {
            Some((_, names)) => names.push(person.name),
            None => lines.push((cells, vec![person.name])),
        }
    }
    let most = lines.iter().map(|(_, names)| names.len()).max().unwrap_or(0);
    if let Some(place) = lines.iter().position(|(_, names)| names.len() == most && most > 5) {
        let (cells, _) = lines.remove(place);
        lines.push((cells, vec![if lines.is_empty() { "everybody" } else { "everybody else" }]));
    }
    lines
}

/// Names on as many lines as they need, indented under the first.
fn wrapped(names: &[&str], head: &str, between: &str) -> String {
    let mut text = head.to_owned();
    let mut used = head.chars().count();
    for (place, name) in names.iter().enumerate() {
        let last = place + 1 == names.len();
        let name = format!("{name}{}", if last { "" } else { between });
        let length = name.chars().count();
        if used + length > WIDTH && place > 0 {
            let indent = if head.starts_with(' ') { head.chars().count() } else { 4 };
            text.truncate(text.trim_end().len());
            let _ = write!(text, "\n{:indent$}", "");
            used = indent;
        }
        text.push_str(&name);
        used += length;
    }
    text.push('\n');
    text
}

/// What the page says of a field, for a person, in a state: one of its letters, if it has such a cell.
pub fn answer(field: &str, person: &str, state: &str) -> Option<&'static str> {
    let cast = Cast::new();
    let people = people(&cast);
    let person = people.iter().find(|one| one.name == person)?;
    for section in rows::all() {
        let Some(row) = section.rows.iter().find(|row| row.fields.contains(&field)) else { continue };
        let stages = stages_of(&cast, section.columns);
        let stage = stages.iter().find(|one| one.name == state)?;
        return Some(letter((row.ask)(stage, person)));
    }
    None
}

/// The fields that the page has rows for, as it names them.
pub fn fields() -> Vec<&'static str> {
    rows::all().into_iter().flat_map(|section| section.rows).flat_map(|row| row.fields).copied().collect()
}

fn letter(told: Told) -> &'static str {
    match told {
        Told::Whole => "Y",
        Told::Part => "p",
        Told::Nothing => ".",
        Told::Refused(Error::SignIn(_)) => "s",
        Told::Refused(Error::Hidden) => "h",
        Told::Refused(Error::NotYours(_)) => "f",
        Told::Refused(Error::NotNow(_)) => "n",
        Told::Refused(Error::TooLate(_)) => "l",
        Told::Refused(_) => "?",
    }
}
