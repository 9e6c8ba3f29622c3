//! What the rules say of every act in every state (docs/decisions 2, 9 and 17; 招标投标法 and its 实施条例), and of everybody whose act it is
//! not. Written by hand: nothing here is asked of the platform.
//!
//! `.` NOT_NOW, `l` DEADLINE_PASSED, `h` NOT_FOUND, `f` FORBIDDEN, `i` INVALID_INPUT, `s` UNAUTHENTICATED; `=` it is done and the challenge
//! stays where it is; a capital: it is done and leads there (**O**pen, in **R**eview, **N**egotiating, under **P**ublicity, **S**uspended,
//! **A**warded, **E**xecuting, **F**ailed, **C**ancelled, **T**erminated).

use super::acts::{ACTS, Act};

/// What is to come of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Refused with this code.
    No(&'static str),
    /// Done; where that leads, if elsewhere.
    Yes(Option<&'static str>),
}

/// One state.
pub struct Row {
    pub name: &'static str,
    /// As everybody is told it.
    pub status: &'static str,
    cells: &'static str,
}

const fn state(name: &'static str, status: &'static str, cells: &'static str) -> Row {
    Row { name, status, cells }
}

/// From the draft to the last sheet. Groups: talk, notice, void | object, take back, dismiss, uphold, to rescore, to disqualify |
/// complain, accept, decide against, for, to rescore, withdraw | award, revoke, pledge, sign, register | suspend, resume | cancel, fail,
/// terminate | mark, reopen, close, sign the review, disqualify | rerun.
#[rustfmt::skip]
pub const BEFORE_THE_RANKING: &[Row] = &[
    state("drafted",                         "DRAFT",     "h.. hhhhhh hhhhhh .hhhh .. ... hh.hh ."),
    state("submitted",                       "SUBMITTED", "h.. hhhhhh hhhhhh .hhhh .. ... hh.hh ."),
    state("returned",                        "RETURNED",  "h.. hhhhhh hhhhhh .hhhh .. ... hh.hh ."),
    state("rejected",                        "REJECTED",  "h.. hhhhhh hhhhhh .hhhh .. ... hh.hh ."),
    state("withdrawn",                       "CANCELLED", "h.. hhhhhh hhhhhh .hhhh .. ... hh.hh ."),
    state("approved",                        "APPROVED",  "h.. hhhhhh hhhhhh .hhhh .. ... hh.hh ."),
    // Sealed bids are nobody's to talk to, to mark or to find unfit: there are none.
    state("published",                       "PUBLISHED", "h.. hhhhhh hhhhhh .hhhh S. C.. hh.fh ."),
    state("stands still while open",         "SUSPENDED", "h.. hhhhhh hhhhhh .hhhh .O C.. hh.fh ."),
    state("stands still past its deadline",  "SUSPENDED", "h.. hhhhhh hhhhhh .hhhh .O C.. hh.fh ."),
    state("closed",                          "CLOSED",    "h.. hhhhhh hhhhhh .hhhh S. CF. hh.fh ."),
    state("called off",                      "CANCELLED", "h.. hhhhhh hhhhhh .hhhh .. ... hh.fh ."),
    state("run elsewhere",                   "COMPLETED", "h.. hhhhhh hhhhhh .hhhh .. ... hh.fh ."),
    state("the panel is at work",            "REVIEWING", "... hhhhhh hhhhhh .hhhh S. CF. ==..= ."),
    state("every sheet is in",               "REVIEWING", "... hhhhhh hhhhhh .hhhh S. CF. .=N.= ."),
    state("stands still in review",          "SUSPENDED", "... hhhhhh hhhhhh .hhhh .R C.. ..... ."),
];

/// From the ranking to the end of the notice, in the same groups.
#[rustfmt::skip]
pub const UNDER_THE_NOTICE: &[Row] = &[
    state("ranked",                          "NEGOTIATING", "=P. hhhhhh hhhhhh .hhhh S. CF. ...== ."),
    // What a supervisor has ordered a supervisor lifts.
    state("a supervisor has it stand still", "SUSPENDED",   "... hhhhhh hhhhhh .hhhh .f C.. ..... ."),
    state("failed",                          "FAILED",      "... hhhhhh hhhhhh .hhhh .. ... ..... ="),
    state("notice",                          "PUBLICITY",   "... Shhhhh hhhhhh .hhhh S. C.. ..... ."),
    state("notice over",                     "PUBLICITY",   "... lhhhhh hhhhhh Ahhhh S. C.. ..... ."),
    state("winner unfit",                    "PUBLICITY",   "..N Shhhhh hhhhhh .hhhh S. C.. ..... ."),
    state("winner unfit, notice over",       "PUBLICITY",   "..N lhhhhh hhhhhh .hhhh S. C.. ..... ."),
    // The notice's time runs on under an order: what is said against it is heard, and nothing goes on by it.
    state("stands still under the notice",   "SUSPENDED",   "... =hhhhh hhhhhh .hhhh .P C.. ..... ."),
    state("objected to",                     "SUSPENDED",   "... =PPNRN .hhhhh .hhhh =. C.. ..... ."),
    state("objection overdue",               "SUSPENDED",   "... lPPNRN =hhhhh .hhhh =. C.. ..... ."),
    state("objected to and stands still",    "SUSPENDED",   "... ====== .hhhhh .hhhh .= C.. ..... ."),
    state("objection taken back",            "PUBLICITY",   "... S..... .hhhhh .hhhh S. C.. ..... ."),
    state("objection dismissed",             "PUBLICITY",   "... S..... =hhhhh .hhhh S. C.. ..... ."),
    state("objection upheld",                "NEGOTIATING", "=P. ...... .hhhhh .hhhh S. CF. ...== ."),
    state("to be scored again",              "REVIEWING",   "... ...... .hhhhh .hhhh S. CF. =...= ."),
    // The only supervisor there is does not hear a complaint about the own ruling.
    state("the supervisor has ruled",        "PUBLICITY",   "... S..... .ffff= .hhhh S. C.. ..... ."),
    state("too late to complain",            "PUBLICITY",   "... l..... lhhhhh Ahhhh S. C.. ..... ."),
    state("complaint",                       "PUBLICITY",   "... l..... .=...= .hhhh S. C.. ..... ."),
    state("complaint withdrawn",             "PUBLICITY",   "... l..... ...... Ahhhh S. C.. ..... ."),
    // Who has complained is answered even then.
    state("cancelled, complaint open",       "CANCELLED",   "... l..... .=...= .hhhh .. ... ..... ."),
    state("complaint accepted",              "PUBLICITY",   "... l..... ..=NR= .hhhh S. C.. ..... ."),
    state("complaint accepted, stands still","SUSPENDED",   "... l..... ..==== .hhhh .P C.. ..... ."),
    state("complaint decided against",       "PUBLICITY",   "... l..... ...... Ahhhh S. C.. ..... ."),
    state("complaint decided for",           "NEGOTIATING", "=P. ...... ...... .hhhh S. CF. ...== ."),
];

/// From the award to the end, in the same groups. There is time to complain about the objection that was dismissed.
#[rustfmt::skip]
pub const BEHIND_THE_AWARD: &[Row] = &[
    state("awarded",                         "AWARDED",     "... l..... =hhhhh .==.. S. ..= ..... ."),
    state("stands still behind the award",   "SUSPENDED",   "... l..... =hhhhh ..... .A ..= ..... ."),
    // Upheld it takes two organizers to take the award back: no review is held again behind it.
    state("complaint behind the award",      "AWARDED",     "... l..... ..==i= .==.. S. ..= ..... ."),
    state("pledged",                         "AWARDED",     "... l..... =hhhhh .=.E. S. ..= ..... ."),
    // Two words of one person are one.
    state("both said by the same",           "AWARDED",     "... l..... =hhhhh .=.E. S. ..= ..... ."),
    state("both said by another",            "AWARDED",     "... l..... =hhhhh .N.E. S. ..T ..... ."),
    state("the winner has fallen",           "NEGOTIATING", "=P. l..... =hhhhh ..... S. .F. ...== ."),
    state("the next is proposed",            "PUBLICITY",   "... S..... =hhhhh ..... S. ... ..... ."),
    state("executing",                       "EXECUTING",   "... l..... =hhhhh ....= S. ..= ..... ."),
    state("registered",                      "EXECUTING",   "... l..... =hhhhh ..... S. ..= ..... ."),
    // The register's number is noted whenever it comes: it moves nothing.
    state("stands still while executed",     "SUSPENDED",   "... l..... =hhhhh ....= .E ..= ..... ."),
    state("termination said by another",     "EXECUTING",   "... l..... =hhhhh ....= S. ..T ..... ."),
    state("terminated",                      "TERMINATED",  "... l..... .hhhhh ....= .. ... ..... ."),
];

/// Where the door offers what it may refuse when it is done: what stands against a winner by the law is looked up only then.
pub const ASKED_WHEN_DONE: [(&str, &str); 12] = [
    ("notice", "void"),
    ("notice over", "void"),
    ("objection taken back", "void"),
    ("objection dismissed", "void"),
    ("the supervisor has ruled", "void"),
    ("too late to complain", "void"),
    ("complaint", "void"),
    ("complaint withdrawn", "void"),
    ("complaint accepted", "void"),
    ("complaint decided against", "void"),
    ("the next is proposed", "void"),
    ("winner unfit, notice over", "award"),
];

/// The columns of [`WRONG_PEOPLE`]. `organizer` has taken part in all, `organizer3` in nothing; `urban` owns the challenge; the bid that is
/// talked about is aurora's, the one that is found unfit beacon's, whose objection it is.
pub const PEOPLE: [&str; 13] = [
    "organizer",
    "organizer3",
    "supervisor",
    "urban",
    "social",
    "aurora",
    "beacon",
    "cedar",
    "delta",
    "judge",
    "another judge",
    "sysadmin",
    "nobody",
];

/// Who may do what is let there; all others are told no, and how.
#[rustfmt::skip]
pub const WRONG_PEOPLE: &[(&str, &str, &str)] = &[
    // state, act                                        staff urban social bidders judges sysadmin nobody
    ("ranked",                        "talk",            "==f  f h  fhhh  hh h s"),
    ("ranked",                        "notice",          "==f  f f  ffff  ff f s"),
    ("winner unfit",                  "void",            "==f  f f  ffff  ff f s"),
    ("notice",                        "object",          "fff  f f  ===f  ff f s"),
    ("objected to",                   "take back",       "fff  h h  h=hh  hh h s"),
    // Four eyes: whoever has taken part does not rule.
    ("objected to",                   "dismiss",         "f==  h h  hfhh  hh h s"),
    ("objected to",                   "uphold: rescore", "f==  h h  hfhh  hh h s"),
    ("objection dismissed",           "complain",        "fff  h h  h=hh  hh h s"),
    ("objection overdue",             "complain",        "fff  h h  h=hh  hh h s"),
    ("complaint",                     "accept",          "ff=  h h  hfhh  hh h s"),
    ("complaint accepted",            "decide for",      "ff=  h h  hfhh  hh h s"),
    ("complaint accepted",            "withdraw",        "fff  h h  h=hh  hh h s"),
    ("notice over",                   "award",           "==f  f f  ffff  ff f s"),
    ("awarded",                       "revoke",          "==f  f f  ffff  ff f s"),
    ("both said by another",          "revoke",          "==f  f f  ffff  ff f s"),
    ("awarded",                       "pledge",          "fff  f f  =fff  ff f s"),
    ("pledged",                       "sign",            "==f  f f  ffff  ff f s"),
    ("executing",                     "register",        "==f  f f  ffff  ff f s"),
    ("ranked",                        "suspend",         "===  f f  ffff  ff f s"),
    ("stands still in review",        "resume",          "===  f f  ffff  ff f s"),
    ("a supervisor has it stand still", "resume",        "ff=  f f  ffff  ff f s"),
    ("ranked",                        "cancel",          "==f  f f  ffff  ff f s"),
    ("ranked",                        "fail",            "==f  f f  ffff  ff f s"),
    ("executing",                     "terminate",       "==f  f f  ffff  ff f s"),
    ("termination said by another",   "terminate",       "==f  f f  ffff  ff f s"),
    ("the panel is at work",          "mark",            "fff  f h  fhhh  =h h s"),
    ("the panel is at work",          "reopen",          "==f  f h  fhhh  hh h s"),
    ("every sheet is in",             "close",           "==f  f f  ffff  ff f s"),
    ("ranked",                        "sign the review", "fff  f f  ffff  =f f s"),
    ("ranked",                        "disqualify",      "==f  f h  hfhh  hh h s"),
    ("failed",                        "rerun",           "fff  = f  ffff  ff f s"),
];

/// Every state.
pub fn states() -> impl Iterator<Item = &'static Row> {
    [BEFORE_THE_RANKING, UNDER_THE_NOTICE, BEHIND_THE_AWARD].into_iter().flatten()
}

/// The state of this name.
pub fn row(name: &str) -> &'static Row {
    states().find(|row| row.name == name).unwrap_or_else(|| panic!("{name} has no row"))
}

impl Row {
    /// What is to come of this act.
    pub fn answer(&self, act: Act) -> Answer {
        let all = cells(self.cells);
        assert_eq!(all.len(), ACTS.len(), "{}", self.name);
        all[ACTS.iter().position(|column| column.name == act.name).unwrap()]
    }
}

/// What these letters say.
pub fn cells(letters: &str) -> Vec<Answer> {
    let answer = |letter| match letter {
        '.' => Answer::No("NOT_NOW"),
        'l' => Answer::No("DEADLINE_PASSED"),
        'h' => Answer::No("NOT_FOUND"),
        'f' => Answer::No("FORBIDDEN"),
        'i' => Answer::No("INVALID_INPUT"),
        's' => Answer::No("UNAUTHENTICATED"),
        '=' => Answer::Yes(None),
        'O' => Answer::Yes(Some("PUBLISHED")),
        'R' => Answer::Yes(Some("REVIEWING")),
        'N' => Answer::Yes(Some("NEGOTIATING")),
        'P' => Answer::Yes(Some("PUBLICITY")),
        'S' => Answer::Yes(Some("SUSPENDED")),
        'A' => Answer::Yes(Some("AWARDED")),
        'E' => Answer::Yes(Some("EXECUTING")),
        'F' => Answer::Yes(Some("FAILED")),
        'C' => Answer::Yes(Some("CANCELLED")),
        'T' => Answer::Yes(Some("TERMINATED")),
        other => panic!("{other} says nothing"),
    };
    letters.chars().filter(|letter| !letter.is_whitespace()).map(answer).collect()
}
