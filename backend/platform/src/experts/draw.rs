//! The draw of a panel, algorithm `jiebang-draw-1`. Pure, so that anybody can run it again.
//!
//! * A **candidate** is a line `pseudonym|KIND|organization pseudonym`; pseudonyms are 32 lower-case hex digits, equal
//!   organizations have equal pseudonyms. The lines are sorted by their bytes; `candidatesHash` is the SHA-256 (lower-case hex)
//!   of the lines joined by LF, without a last LF. It is published with the challenge.
//! * The **seed** is 32 random bytes, drawn at publication; its SHA-256 is published with the challenge, it itself with the notice.
//! * The **entropy** is the commitments of the bids in force at the deadline, in lower-case hex, sorted by their bytes and joined by
//!   LF. Nobody knew them when the seed was fixed, and the seed's holder cannot choose them afterwards.
//! * A candidate's **key** is SHA-256(seed bytes ‖ entropy text in UTF-8 ‖ pseudonym in ASCII). Candidates stand in the ascending
//!   order of their keys.
//! * **The walk**: from the front, a candidate is seated when the seated and those still to come can then make a panel that meets
//!   every rule, and is passed over otherwise. Those passed over are the reserves, in the same order; so are all that come after
//!   the last seat.
//!
//! The rules of a panel of n: n is odd and at least 5; at least ⌈2n/3⌉ technical or economic experts (招标投标法 37); at least one
//! expert of the user's side; of one organization at most one.
//!
//! Whether a panel can still be made is decided exactly. Each organization still free can fill one of the open seats; of the open
//! seats a have to go to technical or economic experts and b (0 or 1) to one of the user's side. By Hall's theorem that can be done
//! just when a + b seats are open, a organizations offer the former, b the latter, a + b either, and enough organizations are left
//! for all open seats.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::base::words::JudgeKind;
use crate::base::{Error, Reason};
use crate::words;

/// The algorithm's name, as published with every draw.
pub const ALGORITHM: &str = "jiebang-draw-1";

/// The smallest panel (招标投标法 37).
pub const LEAST: usize = 5;

/// What the rules look at in an expert.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Candidate {
    /// SHA-256(salt ‖ user id), cut to 128 bits, in hex.
    pub pseudonym: String,
    /// What the expert judges by.
    pub kind: JudgeKind,
    /// The same of the expert's organization.
    pub organization: String,
}

/// Text that is no candidate's line.
#[derive(Debug, thiserror::Error)]
#[error("not a candidate's line")]
pub struct NotALine;

/// A panel and those who stand ready for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The panel, in the order in which its members were drawn.
    pub members: Vec<Candidate>,
    /// All others that could be drawn, in order.
    pub reserves: Vec<Candidate>,
}

words! {
    /// A rule of a panel.
    pub enum PanelRule {
        /// An odd number of judges, at least 5.
        Size = "SIZE",
        /// Technical and economic experts, at least two thirds.
        TwoThirds = "TWO_THIRDS",
        /// An expert of the user's side.
        UserSide = "USER_SIDE",
        /// At most one expert of an organization.
        OnePerOrganization = "ONE_PER_ORGANIZATION",
    }
}

/// Why no panel can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// The rule that cannot be met.
    pub rule: PanelRule,
    /// How many experts (of distinct organizations) are missing for it; for a size that is no size of a panel, how many judges.
    pub by: usize,
}

/// What is missing for a panel of `n` to be made of these; none where one can be made.
pub fn shortage_of(candidates: &[Candidate], n: usize) -> Option<Shortage> {
    shortage(&[], candidates, n)
}

/// Draws a panel of `n`. `excluded` pseudonyms are as if they had never been there. The order of the arguments' elements does not
/// matter.
pub fn draw(
    seed: &[u8; 32],
    entropy: &[String],
    candidates: &[Candidate],
    excluded: &BTreeSet<String>,
    n: usize,
) -> Result<Draw, Shortage> {
    let (members, reserves) = walk(&[], &order(seed, entropy, candidates, excluded), n)?;
    Ok(Draw { members, reserves })
}

/// Who takes the open seats of a panel of `n` on which `staying` remain: the walk over `reserves` (in order) goes on, as if they were
/// all that had been there. `excluded` pseudonyms are left out. `Shortage` names the rule that cannot be met.
pub fn replacement(
    staying: &[Candidate],
    reserves: &[Candidate],
    excluded: &BTreeSet<String>,
    n: usize,
) -> Result<Vec<Candidate>, Shortage> {
    let taken: BTreeSet<&str> = staying.iter().map(|member| member.pseudonym.as_str()).collect();
    let allowed =
        |reserve: &&Candidate| !excluded.contains(&reserve.pseudonym) && !taken.contains(reserve.pseudonym.as_str());
    let ready: Vec<Candidate> = reserves.iter().filter(allowed).cloned().collect();
    let (members, _) = walk(staying, &ready, n)?;
    Ok(members.get(staying.len()..).unwrap_or_default().to_vec())
}

/// Seats from the front of `order` whoever leaves a panel possible; gives the panel and those passed over.
fn walk(seated: &[Candidate], order: &[Candidate], n: usize) -> Result<(Vec<Candidate>, Vec<Candidate>), Shortage> {
    let mut members = seated.to_vec();
    if let Some(shortage) = shortage(&members, order, n) {
        return Err(shortage);
    }
    let mut passed_over = Vec::new();
    for (place, candidate) in order.iter().enumerate() {
        let rest = order.get(place + 1..).unwrap_or_default();
        if members.len() < n && members.iter().all(|member| member.organization != candidate.organization) {
            members.push(candidate.clone());
            if shortage(&members, rest, n).is_none() {
                continue;
            }
            members.pop();
        }
        passed_over.push(candidate.clone());
    }
    Ok((members, passed_over))
}

/// Candidates in the order of their keys, those excluded left out.
pub fn order(
    seed: &[u8; 32],
    entropy: &[String],
    candidates: &[Candidate],
    excluded: &BTreeSet<String>,
) -> Vec<Candidate> {
    let entropy = entropy_text(entropy);
    let allowed = candidates.iter().filter(|candidate| !excluded.contains(&candidate.pseudonym));
    // A map, so that a candidate given twice is one.
    let keyed: BTreeMap<([u8; 32], &Candidate), ()> = allowed
        .map(|candidate| {
            let key = Sha256::new()
                .chain_update(seed)
                .chain_update(entropy.as_bytes())
                .chain_update(candidate.pseudonym.as_bytes())
                .finalize();
            ((key.into(), candidate), ())
        })
        .collect();
    keyed.into_keys().map(|(_, candidate)| candidate.clone()).collect()
}

/// The hash of the candidates, fixed at publication.
pub fn candidates_hash(candidates: &[Candidate]) -> String {
    let lines: BTreeSet<String> = candidates.iter().map(Candidate::to_string).collect();
    let lines: Vec<String> = lines.into_iter().collect();
    hex::encode(Sha256::digest(lines.join("\n")))
}

/// The commitments as they enter the keys.
fn entropy_text(commitments: &[String]) -> String {
    let mut sorted: Vec<String> = commitments.iter().map(|commitment| commitment.to_ascii_lowercase()).collect();
    sorted.sort_unstable();
    sorted.join("\n")
}

/// Technical and economic experts that a panel of `n` has at least.
fn two_thirds(n: usize) -> usize {
    (2 * n).div_ceil(3)
}

fn is_expert(kind: JudgeKind) -> bool {
    match kind {
        JudgeKind::Technical | JudgeKind::Economic => true,
        JudgeKind::Legal | JudgeKind::User => false,
    }
}

fn is_user(kind: JudgeKind) -> bool {
    match kind {
        JudgeKind::User => true,
        JudgeKind::Technical | JudgeKind::Economic | JudgeKind::Legal => false,
    }
}

/// What is missing for `members`, who are of distinct organizations, to be made a panel of `n` out of `pool`; none where it can be done.
fn shortage(members: &[Candidate], pool: &[Candidate], n: usize) -> Option<Shortage> {
    let short = |rule, needed: usize, there: usize| (there < needed).then(|| Shortage { rule, by: needed - there });
    if n < LEAST || n.is_multiple_of(2) {
        return Some(Shortage { rule: PanelRule::Size, by: LEAST.saturating_sub(n).max(1) });
    }
    // A panel that is too large already is nobody's to complete.
    let Some(open) = n.checked_sub(members.len()) else {
        return Some(Shortage { rule: PanelRule::Size, by: members.len() - n });
    };
    let experts = two_thirds(n).saturating_sub(members.iter().filter(|member| is_expert(member.kind)).count());
    let users = usize::from(!members.iter().any(|member| is_user(member.kind)));
    let taken: BTreeSet<&str> = members.iter().map(|member| member.organization.as_str()).collect();
    let free: Vec<&Candidate> =
        pool.iter().filter(|candidate| !taken.contains(candidate.organization.as_str())).collect();
    let organizations = |wanted: &dyn Fn(JudgeKind) -> bool| {
        let of_kind = free.iter().filter(|candidate| wanted(candidate.kind));
        of_kind.map(|candidate| candidate.organization.as_str()).collect::<BTreeSet<_>>().len()
    };
    short(PanelRule::Size, open, pool.len())
        .or_else(|| short(PanelRule::UserSide, users, organizations(&is_user)))
        .or_else(|| short(PanelRule::TwoThirds, experts, organizations(&is_expert)))
        .or_else(|| {
            let either = organizations(&|kind| is_expert(kind) || (users > 0 && is_user(kind)));
            short(PanelRule::OnePerOrganization, experts + users, either)
        })
        .or_else(|| short(PanelRule::OnePerOrganization, open, organizations(&|_| true)))
        // What the seated have left open does not hold what is still owed.
        .or_else(|| short(PanelRule::TwoThirds, experts + users, open))
}

/// The refusal that names the rule that cannot be met, and by how many.
impl From<Shortage> for Error {
    fn from(shortage: Shortage) -> Self {
        let reason = match shortage.rule {
            PanelRule::Size => Reason::TooFewCandidates,
            PanelRule::TwoThirds => Reason::TooFewExperts,
            PanelRule::UserSide => Reason::TooFewUserExperts,
            PanelRule::OnePerOrganization => Reason::TooFewOrganizations,
        };
        Self::Short(reason, shortage.by)
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|{}", self.pseudonym, self.kind, self.organization)
    }
}

impl FromStr for Candidate {
    type Err = NotALine;

    fn from_str(line: &str) -> Result<Self, NotALine> {
        let mut parts = line.split('|');
        let (Some(pseudonym), Some(kind), Some(organization), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotALine);
        };
        let plain = |text: &str| text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !plain(pseudonym) || !plain(organization) {
            return Err(NotALine);
        }
        let kind = kind.parse().map_err(|_| NotALine)?;
        Ok(Self { pseudonym: pseudonym.to_owned(), kind, organization: organization.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(number: usize, kind: JudgeKind, organization: usize) -> Candidate {
        Candidate { pseudonym: format!("{number:032x}"), kind, organization: format!("{organization:032x}") }
    }

    /// By the letter of the rules, sharing nothing with the code.
    fn is_panel(panel: &[Candidate], n: usize) -> bool {
        let of = |kinds: &[&str]| panel.iter().filter(|member| kinds.contains(&member.kind.word())).count();
        let mut organizations: Vec<_> = panel.iter().map(|member| &member.organization).collect();
        organizations.sort();
        organizations.dedup();
        n % 2 == 1
            && n >= 5
            && panel.len() == n
            && 3 * of(&["TECHNICAL", "ECONOMIC"]) >= 2 * n
            && of(&["USER"]) >= 1
            && organizations.len() == n
    }

    /// Whether some subset of `pool` completes `members`: by trying them all.
    fn completable(members: &[Candidate], pool: &[Candidate], n: usize) -> bool {
        (0u32..1 << pool.len()).any(|subset| {
            let chosen = pool.iter().enumerate().filter(|(place, _)| subset >> place & 1 == 1);
            let panel: Vec<_> = members.iter().chain(chosen.map(|(_, candidate)| candidate)).cloned().collect();
            is_panel(&panel, n)
        })
    }

    fn pool(most: usize, organizations: usize) -> impl Strategy<Value = Vec<Candidate>> {
        prop::collection::vec((prop::sample::select(vec![0usize, 0, 0, 1, 1, 2, 3]), 0..organizations), 0..=most)
            .prop_map(|pool| {
                let of = |(number, (kind, organization)): (usize, (usize, usize))| {
                    candidate(number, JudgeKind::ALL[kind], organization)
                };
                pool.into_iter().enumerate().map(of).collect()
            })
    }

    fn names(candidates: &[Candidate]) -> BTreeSet<String> {
        candidates.iter().map(|candidate| candidate.pseudonym.clone()).collect()
    }

    /// Twelve as in the rehearsal: enough for 5 and for 7.
    fn twelve() -> Vec<Candidate> {
        use JudgeKind::{Economic, Legal, Technical, User};
        let kinds = [
            Technical, Technical, Technical, Technical, Technical, Technical, Economic, Economic, Legal, User, User,
            User,
        ];
        kinds.into_iter().enumerate().map(|(number, kind)| candidate(number, kind, 100 + number)).collect()
    }

    #[test]
    fn a_known_record_gives_a_known_panel() {
        let entropy = ["bb".repeat(32), "aa".repeat(32)];
        let hash = candidates_hash(&twelve());
        let draw = draw(&[7; 32], &entropy, &twelve(), &BTreeSet::new(), 5).unwrap();
        let members: Vec<_> = draw.members.iter().map(|member| member.pseudonym[30..].to_owned()).collect();
        // Computed apart, in another language, by the words of this module's head.
        assert_eq!((hash.as_str(), members.join(" ").as_str()), (HASH, MEMBERS));
    }
    const HASH: &str = "794185b64accb9101e39c8d4895533740201a54798d4d643570bab55f50cb31b";
    const MEMBERS: &str = "01 09 05 07 03";

    #[test]
    fn a_line_comes_back() {
        let one = candidate(10, JudgeKind::Legal, 11);
        assert_eq!(one.to_string(), "0000000000000000000000000000000a|LEGAL|0000000000000000000000000000000b");
        assert_eq!(one.to_string().parse::<Candidate>().unwrap(), one);
        for line in [
            "",
            "a|LEGAL|b",
            &one.to_string().to_uppercase(),
            &format!("{one}|"),
            &one.to_string().replace("LEGAL", "X"),
        ] {
            assert!(line.parse::<Candidate>().is_err(), "{line}");
        }
    }

    /// Equal candidates are drawn equally often: over 100,000 draws, of those of one kind and of organizations of their own. The
    /// statistic is held against the 99.99 % quantile of χ² with as many degrees of freedom (from its series); the seeds are fixed, so
    /// that it is the same on every run.
    #[test]
    fn equal_candidates_are_drawn_equally_often() {
        use JudgeKind::{Economic, Legal, Technical, User};
        const DRAWS: u32 = 100_000;
        let kinds = [vec![Technical; 8], vec![Economic; 3], vec![Legal; 2], vec![User; 3]].concat();
        let pool: Vec<_> =
            kinds.iter().enumerate().map(|(number, kind)| candidate(number, *kind, 100 + number)).collect();
        let mut drawn: BTreeMap<(JudgeKind, String), u32> = BTreeMap::new();
        for one in &pool {
            drawn.insert((one.kind, one.pseudonym.clone()), 0);
        }
        for number in 0..DRAWS {
            let seed: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
            for member in draw(&seed, &[], &pool, &BTreeSet::new(), 7).unwrap().members {
                *drawn.get_mut(&(member.kind, member.pseudonym)).unwrap() += 1;
            }
        }
        assert_eq!(drawn.values().sum::<u32>(), 7 * DRAWS);
        for (kind, most) in [(Technical, 29.878), (Economic, 18.421), (Legal, 15.137), (User, 18.421)] {
            let counts: Vec<f64> =
                drawn.iter().filter(|((of, _), _)| *of == kind).map(|(_, count)| f64::from(*count)).collect();
            let mean = counts.iter().sum::<f64>() / f64::from(u32::try_from(counts.len()).unwrap());
            let statistic: f64 = counts.iter().map(|count| (count - mean).powi(2) / mean).sum();
            assert!(mean > 0.0 && statistic < most, "{kind}: {counts:?}, {statistic}");
        }
    }

    #[test]
    fn a_shortage_names_its_rule() {
        let short = |candidates: &[Candidate], n| {
            let shortage = draw(&[0; 32], &[], candidates, &BTreeSet::new(), n).unwrap_err();
            (shortage.rule, shortage.by)
        };
        let twelve = twelve();
        let without = |kinds: &[JudgeKind]| -> Vec<Candidate> {
            twelve.iter().filter(|one| !kinds.contains(&one.kind)).cloned().collect()
        };
        assert_eq!(short(&twelve, 4), (PanelRule::Size, 1));
        assert_eq!(short(&twelve, 3), (PanelRule::Size, 2));
        assert_eq!(short(&twelve, 6), (PanelRule::Size, 1));
        assert_eq!(short(&twelve[..3], 5), (PanelRule::Size, 2));
        assert_eq!(short(&without(&[JudgeKind::User]), 5), (PanelRule::UserSide, 1));
        assert_eq!(short(&without(&[JudgeKind::Technical]), 5), (PanelRule::TwoThirds, 2));
        let crowded: Vec<_> =
            twelve.iter().map(|one| Candidate { organization: "0".repeat(32), ..one.clone() }).collect();
        assert_eq!(short(&crowded, 5), (PanelRule::TwoThirds, 3));
        // Four organizations for the experts, and the only user-side expert is of one of them.
        use JudgeKind::{Legal, Technical, User};
        let tied: Vec<_> = [(Technical, 0), (Technical, 1), (Technical, 2), (Technical, 3), (User, 3), (Legal, 3)]
            .into_iter()
            .enumerate()
            .map(|(number, (kind, organization))| candidate(number, kind, organization))
            .collect();
        assert_eq!(short(&tied, 5), (PanelRule::OnePerOrganization, 1));
    }

    #[test]
    fn a_replacement_keeps_every_rule() {
        use JudgeKind::{Economic, Legal, Technical, User};
        let panel: Vec<_> = [Technical, Technical, Technical, Economic, User]
            .into_iter()
            .enumerate()
            .map(|(number, kind)| candidate(number, kind, number))
            .collect();
        let reserves = [
            candidate(10, Legal, 10),
            candidate(11, Technical, 0),
            candidate(12, Technical, 12),
            candidate(13, User, 13),
        ];
        let next = |leaving: usize, excluded: &[usize]| {
            let excluded = excluded.iter().map(|number| format!("{number:032x}")).collect();
            let staying: Vec<_> = panel.iter().filter(|one| **one != panel[leaving]).cloned().collect();
            replacement(&staying, &reserves, &excluded, 5)
        };
        // Of the same organization as the one who leaves: its place is free.
        assert_eq!(next(0, &[]).unwrap(), reserves[1..2]);
        assert_eq!(next(1, &[]).unwrap(), reserves[2..3]);
        assert_eq!(next(4, &[]).unwrap(), reserves[3..]);
        assert_eq!(next(1, &[12]), Err(Shortage { rule: PanelRule::TwoThirds, by: 1 }));
        assert_eq!(next(4, &[13]), Err(Shortage { rule: PanelRule::UserSide, by: 1 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn feasibility_is_exact(pool in pool(9, 7), seated in 0usize..4, n in prop::sample::select(vec![5usize, 7])) {
            // Any start that keeps to one of an organization, whether or not it can still become a panel.
            let mut members: Vec<Candidate> = Vec::new();
            let mut rest = Vec::new();
            for one in pool {
                if members.len() < seated && members.iter().all(|member| member.organization != one.organization) {
                    members.push(one);
                } else {
                    rest.push(one);
                }
            }
            prop_assert_eq!(shortage(&members, &rest, n).is_none(), completable(&members, &rest, n));
        }

        #[test]
        fn what_is_drawn_is_a_panel(
            pool in pool(10, 9), seed: [u8; 32], out in prop::collection::btree_set(0usize..10, 0..3),
            n in prop::sample::select(vec![5usize, 7]),
        ) {
            let excluded: BTreeSet<String> = out.into_iter().map(|number| format!("{number:032x}")).collect();
            let allowed: Vec<_> = pool.iter().filter(|one| !excluded.contains(&one.pseudonym)).cloned().collect();
            match draw(&seed, &["ab".into()], &pool, &excluded, n) {
                Ok(draw) => {
                    prop_assert!(is_panel(&draw.members, n));
                    prop_assert!(names(&draw.members).is_disjoint(&excluded));
                    let everybody: Vec<_> = draw.members.iter().chain(&draw.reserves).cloned().collect();
                    prop_assert_eq!(everybody.len(), allowed.len());
                    prop_assert_eq!(names(&everybody), names(&allowed));
                    // The walk again, with the oracle in place of the theorem.
                    let (mut members, order) = (Vec::new(), order(&seed, &["ab".into()], &pool, &excluded));
                    for (place, one) in order.iter().enumerate() {
                        members.push(one.clone());
                        if members.len() > n || !completable(&members, &order[place + 1..], n) {
                            members.pop();
                        }
                    }
                    prop_assert_eq!(draw.members, members);
                }
                Err(shortage) => {
                    prop_assert!(!completable(&[], &allowed, n));
                    prop_assert!(shortage.by > 0);
                }
            }
        }

        #[test]
        fn the_order_of_what_is_given_does_not_matter(
            (pool, mixed) in pool(14, 12).prop_flat_map(|pool| (Just(pool.clone()), Just(pool).prop_shuffle())), seed: [u8; 32],
        ) {
            let entropy = ["ab".to_owned(), "0c".to_owned(), "ff".to_owned()];
            let turned = ["FF".to_owned(), "ab".to_owned(), "0c".to_owned()];
            let none = BTreeSet::new();
            prop_assert_eq!(draw(&seed, &entropy, &pool, &none, 5), draw(&seed, &turned, &mixed, &none, 5));
            prop_assert_eq!(candidates_hash(&pool), candidates_hash(&mixed));
        }

        #[test]
        fn every_input_of_the_record_counts(seed: [u8; 32], other: [u8; 32]) {
            prop_assume!(seed != other);
            let none = BTreeSet::new();
            let first = order(&seed, &["ab".into()], &twelve(), &none);
            prop_assert_ne!(&first, &order(&other, &["ab".into()], &twelve(), &none));
            prop_assert_ne!(&first, &order(&seed, &["ac".into()], &twelve(), &none));
        }

        #[test]
        fn two_open_seats_are_filled_where_that_can_be_done(
            pool in pool(11, 10), seed: [u8; 32], leaving in (0usize..5, 0usize..5),
        ) {
            let none = BTreeSet::new();
            let Ok(draw) = draw(&seed, &[], &pool, &none, 5) else { return Ok(()) };
            let places = draw.members.iter().enumerate();
            let staying: Vec<_> =
                places.filter(|(at, _)| ![leaving.0, leaving.1].contains(at)).map(|(_, one)| one.clone()).collect();
            match replacement(&staying, &draw.reserves, &none, 5) {
                Ok(found) => {
                    let panel: Vec<_> = staying.iter().chain(&found).cloned().collect();
                    prop_assert!(is_panel(&panel, 5));
                }
                Err(_) => prop_assert!(!completable(&staying, &draw.reserves, 5)),
            }
        }

        #[test]
        fn a_replacement_is_the_first_that_fits(pool in pool(11, 10), seed: [u8; 32], leaving in 0usize..5) {
            let none = BTreeSet::new();
            let Ok(draw) = draw(&seed, &[], &pool, &none, 5) else { return Ok(()) };
            let gone = draw.members[leaving].pseudonym.clone();
            let with = |one: &Candidate| -> Vec<Candidate> {
                let staying = draw.members.iter().filter(|member| member.pseudonym != gone);
                staying.chain([one]).cloned().collect()
            };
            let expected = draw.reserves.iter().find(|one| is_panel(&with(one), 5));
            let staying: Vec<_> = draw.members.iter().filter(|member| member.pseudonym != gone).cloned().collect();
            match replacement(&staying, &draw.reserves, &none, 5) {
                Ok(found) => prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>()),
                Err(shortage) => {
                    prop_assert_eq!(expected, None);
                    prop_assert!(shortage.by > 0);
                }
            }
        }
    }
}
