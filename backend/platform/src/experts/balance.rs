//! Who may be a candidate again, so that the load on experts stays even. Pure.
//!
//! Of each kind, candidates are those who were drawn in the last year at most `spread` times more than the least drawn of that kind.
//! Where no panel with as many reserves could be made of those, one more draw is let through, and so on, until one can or all are in.
//!
//! Whoever came to the pool later than the first of its kind is taken to have been drawn in the time before as often as the median of those first:
//! newcomers do not make up the list by being new.

use std::collections::BTreeMap;

use super::draw::{self, Candidate};
use crate::base::words::JudgeKind;

/// Days of the year that is looked at.
pub const YEAR: u32 = 365;

/// Those who came within so many days of the first count as first.
const MONTH: u32 = 30;

/// A candidate, and what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Who.
    pub candidate: Candidate,
    /// How often it was drawn in the last year.
    pub drawn: u32,
    /// For how many days it has been in the pool, [`YEAR`] at most.
    pub days: u32,
}

/// The places of those in `all` who may be candidates for a panel of `n`.
pub fn even(all: &[Loaded], spread: u32, n: usize) -> Vec<usize> {
    let drawn: Vec<u32> = counted(all);
    let mut least: BTreeMap<JudgeKind, u32> = BTreeMap::new();
    for (one, drawn) in all.iter().zip(&drawn) {
        let least = least.entry(one.candidate.kind).or_insert(*drawn);
        *least = (*drawn).min(*least);
    }
    let beyond: Vec<u32> = all
        .iter()
        .zip(&drawn)
        .map(|(one, drawn)| drawn - least.get(&one.candidate.kind).copied().unwrap_or(0))
        .collect();
    let most = beyond.iter().copied().max().unwrap_or(0);
    let within = |spread: u32| -> Vec<usize> {
        beyond.iter().enumerate().filter(|(_, beyond)| **beyond <= spread).map(|(place, _)| place).collect()
    };
    (spread..spread.max(most))
        .map(within)
        .find(|kept| is_enough(&candidates(all, kept), n))
        .unwrap_or_else(|| (0..all.len()).collect())
}

/// How often each counts as drawn.
fn counted(all: &[Loaded]) -> Vec<u32> {
    let mut longest: BTreeMap<JudgeKind, u32> = BTreeMap::new();
    for one in all {
        let longest = longest.entry(one.candidate.kind).or_default();
        *longest = one.days.max(*longest);
    }
    let longest = |kind| longest.get(&kind).copied().unwrap_or(0);
    let mut first: BTreeMap<JudgeKind, Vec<u32>> = BTreeMap::new();
    for one in all.iter().filter(|one| one.days + MONTH >= longest(one.candidate.kind)) {
        first.entry(one.candidate.kind).or_default().push(one.drawn);
    }
    first.values_mut().for_each(|drawn| drawn.sort_unstable());
    let median = |kind| first.get(&kind).and_then(|drawn| drawn.get((drawn.len() - 1) / 2)).copied().unwrap_or(0);
    let count = |one: &Loaded| {
        let whole = longest(one.candidate.kind);
        one.drawn + median(one.candidate.kind) * (whole - one.days) / whole.max(1)
    };
    all.iter().map(count).collect()
}

fn candidates(all: &[Loaded], kept: &[usize]) -> Vec<Candidate> {
    kept.iter().filter_map(|place| all.get(*place)).map(|one| one.candidate.clone()).collect()
}

/// Whether these make a panel of `n`, and leave as many others for those who step aside.
pub fn is_enough(candidates: &[Candidate], n: usize) -> bool {
    candidates.len() >= 2 * n && draw::shortage_of(candidates, n).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn pool(kinds: &[JudgeKind]) -> Vec<Loaded> {
        let one = |(number, kind): (usize, &JudgeKind)| Loaded {
            candidate: Candidate {
                pseudonym: format!("{number:032x}"),
                kind: *kind,
                organization: format!("{:032x}", 1_000 + number),
            },
            drawn: 0,
            days: YEAR,
        };
        kinds.iter().enumerate().map(one).collect()
    }

    fn sixty() -> Vec<Loaded> {
        use JudgeKind::{Economic, Legal, Technical, User};
        let of = |kind: JudgeKind, count| std::iter::repeat_n(kind, count);
        pool(&of(Technical, 30).chain(of(Economic, 12)).chain(of(Legal, 6)).chain(of(User, 12)).collect::<Vec<_>>())
    }

    /// How many draws lie between the most and the least drawn of each kind, at most.
    fn gap(all: &[Loaded]) -> u32 {
        let kinds: BTreeSet<JudgeKind> = all.iter().map(|one| one.candidate.kind).collect();
        let gap = |kind| {
            let of = || all.iter().filter(|one| one.candidate.kind == kind).map(|one| one.drawn);
            of().max().unwrap_or(0) - of().min().unwrap_or(0)
        };
        kinds.into_iter().map(gap).max().unwrap_or(0)
    }

    #[test]
    fn over_many_challenges_the_load_stays_even() {
        let mut all = sixty();
        for number in 0u32..600 {
            let kept = even(&all, 2, 5);
            let candidates: Vec<Candidate> = kept.iter().map(|place| all[*place].candidate.clone()).collect();
            let mut seed = [0; 32];
            seed[..4].copy_from_slice(&number.to_be_bytes());
            let drawn = draw::draw(&seed, &[], &candidates, &BTreeSet::new(), 5).unwrap();
            for one in &mut all {
                one.drawn += u32::from(drawn.members.contains(&one.candidate));
            }
            // Nobody is drawn who is more than two ahead, so nobody gets more than three ahead.
            let loads: Vec<_> = all.iter().map(|one| (one.candidate.kind, one.drawn)).collect();
            assert!(gap(&all) <= 3, "after {number} draws: {loads:?}");
        }
        assert_eq!(all.iter().map(|one| one.drawn).sum::<u32>(), 3_000);
        assert!(all.iter().filter(|one| one.candidate.kind == JudgeKind::Technical).all(|one| one.drawn > 0));
    }

    #[test]
    fn newcomers_do_not_make_up_the_list() {
        let kinds = [vec![JudgeKind::Technical; 30], vec![JudgeKind::User; 8]].concat();
        let mut all = pool(&kinds);
        for one in all.iter_mut().take(20) {
            one.drawn = 4;
        }
        for one in all.iter_mut().take(30).skip(20) {
            one.days = 5;
        }
        assert_eq!(even(&all, 2, 5).len(), 38);
        // As if they had been there all the time, and nobody had drawn them: then it is their turn.
        for one in &mut all {
            one.days = YEAR;
        }
        assert_eq!(even(&all, 2, 5), (20..38).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn nobody_is_left_out_who_is_needed(
            given in prop::collection::vec((0usize..4, 0usize..9, 0u32..9), 0..16), spread in 1u32..4,
        ) {
            let all: Vec<Loaded> = given
                .into_iter()
                .enumerate()
                .map(|(number, (kind, organization, drawn))| Loaded {
                    candidate: Candidate {
                        pseudonym: format!("{number:032x}"),
                        kind: JudgeKind::ALL[kind],
                        organization: format!("{organization:032x}"),
                    },
                    drawn,
                    days: YEAR,
                })
                .collect();
            let kept = even(&all, spread, 5);
            let candidates = |places: &[usize]| places.iter().map(|place| all[*place].candidate.clone()).collect::<Vec<_>>();
            let everybody: Vec<usize> = (0..all.len()).collect();
            // A panel can be made of those who are left wherever one can be made of all.
            prop_assert_eq!(
                draw::shortage_of(&candidates(&kept), 5).is_none(),
                draw::shortage_of(&candidates(&everybody), 5).is_none()
            );
            // Whoever is left out was drawn more often than everybody of the same kind who is in.
            for place in everybody.iter().filter(|place| !kept.contains(place)) {
                let out = &all[*place];
                let beside = kept.iter().map(|place| &all[*place]).filter(|one| one.candidate.kind == out.candidate.kind);
                prop_assert!(beside.clone().count() > 0);
                for one in beside {
                    prop_assert!(one.drawn < out.drawn);
                }
            }
        }
    }
}
