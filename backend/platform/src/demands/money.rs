//! Where what a demand costs stands among all amounts, so that those that meet a range are found without a look at the others: a
//! relational interval tree (Kriegel, Pötke and Seidl, "Managing Intervals Efficiently in Object-Relational Databases", VLDB 2000).
//! Its nodes are the amounts themselves; an interval belongs to the highest one that is in it. Pure.

use crate::base::Fen;

/// From the one amount to the other, both included, by their places in the tree: no amount at all is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) low: i64,
    pub(super) high: i64,
}

/// As many levels as amounts have bits, and one for what has no upper end.
const LEVELS: u32 = 54;

impl Span {
    /// Either end may be open; nothing where both are, or where the wrong way round.
    pub(super) fn of((from, to): (Option<Fen>, Option<Fen>)) -> Option<Self> {
        from.or(to)?;
        let low = from.map_or(1, |fen| fen.0 + 1);
        let high = to.map_or((1 << LEVELS) - 1, |fen| fen.0 + 1);
        (low <= high).then_some(Self { low, high })
    }

    /// The node to which it belongs: of all in it the one that the most twos divide.
    pub(super) fn node(self) -> i64 {
        let level = ((self.low - 1) ^ self.high).ilog2();
        (self.high >> level) << level
    }

    /// The nodes before it of which some interval reaches into it, if it ends late enough.
    pub(super) fn before(self) -> impl Iterator<Item = i64> {
        path(self.low).filter(move |node| *node < self.low)
    }

    /// The nodes behind it of which some interval reaches into it, if it begins early enough.
    pub(super) fn behind(self) -> impl Iterator<Item = i64> {
        path(self.high).filter(move |node| *node > self.high)
    }
}

/// From a place up to the root.
fn path(place: i64) -> impl Iterator<Item = i64> {
    (place.trailing_zeros()..LEVELS).map(move |level| ((place >> level) | 1) << level)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn end() -> impl Strategy<Value = Option<Fen>> {
        prop_oneof![
            1 => Just(None),
            4 => (0..40_i64).prop_map(|fen| Some(Fen(fen))),
            4 => (0..53_u32, -2..=2_i64).prop_map(|(bit, off)| Some(Fen(((1_i64 << bit) + off).max(0)))),
            2 => (0..=Fen::MAX.0).prop_map(|fen| Some(Fen(fen))),
            1 => (0..3_i64).prop_map(|off| Some(Fen(Fen::MAX.0 - off))),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Against the definition: two ranges meet where neither ends before the other begins.
        #[test]
        fn those_that_meet_are_found_and_no_others(own in (end(), end()), asked in (end(), end())) {
            let reversed = |(from, to): (Option<Fen>, Option<Fen>)| from.zip(to).is_some_and(|(from, to)| from > to);
            let open = |ends: (Option<Fen>, Option<Fen>)| ends.0.or(ends.1).is_none();
            let (Some(span), Some(range)) = (Span::of(own), Span::of(asked)) else {
                prop_assert!([own, asked].into_iter().any(|ends| reversed(ends) || open(ends)));
                return Ok(());
            };
            let before = |to: Option<Fen>, from: Option<Fen>| to.zip(from).is_some_and(|(to, from)| to < from);
            let meets = !before(own.1, asked.0) && !before(asked.1, own.0);
            let node = span.node();
            prop_assert!((span.low..=span.high).contains(&node));
            let found = [
                (range.low..=range.high).contains(&node),
                range.before().any(|before| before == node) && span.high >= range.low,
                range.behind().any(|behind| behind == node) && span.low <= range.high,
            ];
            prop_assert_eq!(found.into_iter().filter(|found| *found).count(), usize::from(meets));
        }
    }
}
