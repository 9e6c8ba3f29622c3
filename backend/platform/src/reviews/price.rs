//! Marks that a formula gives. Pure: from the funding that the bids ask for, and nothing else.

use anyhow::{Context, ensure};

use super::marks::{Criterion, Mark, Marks};
use crate::base::words::PriceFormula;
use crate::base::{Decimal, Fen, Result};

/// What a formula looks at.
#[derive(Clone, Copy, Debug)]
pub struct Prices {
    /// What the bid asks for.
    pub own: Option<Fen>,
    /// The least that any bid asks for that still counts.
    pub lowest: Option<Fen>,
}

/// The mark of a bid, half up to two places. That a bid which was checked names no price, or one below the lowest, is a fault of the
/// platform.
pub fn mark(formula: PriceFormula, prices: Prices) -> Result<Mark> {
    let units = (|| {
        let own = prices.own.context("a bid without a price")?.0;
        let lowest = prices.lowest.context("no lowest price")?.0;
        ensure!(0 < lowest && lowest <= own, "{lowest} is not the lowest price beside {own}");
        let (own, lowest) = (i128::from(own), i128::from(lowest));
        let full = i128::from(100 * Mark::POINT);
        let units = match formula {
            // 财政部令第87号 55: the lowest price is the benchmark, and its bid's mark is full.
            PriceFormula::LowestPrice => (2 * full * lowest + own) / (2 * own),
        };
        Ok::<_, anyhow::Error>(i64::try_from(units)?)
    })()?;
    Mark::read(Decimal::scaled(units, 2)).map_err(|code| anyhow::anyhow!("{units} units are no mark: {code}").into())
}

/// The marks that formulas give a bid; none where every criterion is judged.
pub fn computed(criteria: &[Criterion], prices: Prices) -> Result<Marks> {
    let by_formula = criteria.iter().filter_map(|criterion| Some((criterion.id, criterion.formula?)));
    by_formula.map(|(id, formula)| Ok((id, mark(formula, prices)?))).collect()
}

/// What a judge gave, with the marks that formulas give. A mark that the sheet holds for a computed criterion counts for nothing:
/// sheets used to keep them, and the lowest price may have fallen since.
pub fn complete(criteria: &[Criterion], judged: &Marks, prices: Prices) -> Result<Marks> {
    let mut marks = judged.clone();
    marks.extend(computed(criteria, prices)?);
    Ok(marks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::{Decimal as Exact, RoundingStrategy};

    use super::super::marks::tests::{criterion, hundredths};
    use super::*;

    fn lowest_price(own: i64, lowest: i64) -> Mark {
        mark(PriceFormula::LowestPrice, Prices { own: Some(Fen(own)), lowest: Some(Fen(lowest)) }).unwrap()
    }

    #[test]
    fn the_lowest_price_has_the_full_mark_and_twice_as_much_the_half() {
        for (own, lowest, units) in
            [(1, 1, 10_000), (200, 100, 5000), (300, 100, 3333), (300, 200, 6667), (Fen::MAX.0, 1, 0)]
        {
            assert_eq!(lowest_price(own, lowest).units(), units, "{lowest} / {own}");
        }
    }

    #[test]
    fn what_cannot_be_is_a_fault() {
        for (own, lowest) in
            [(None, Some(1)), (Some(1), None), (Some(1), Some(2)), (Some(1), Some(0)), (Some(0), Some(0))]
        {
            let prices = Prices { own: own.map(Fen), lowest: lowest.map(Fen) };
            assert!(mark(PriceFormula::LowestPrice, prices).is_err(), "{prices:?}");
        }
    }

    #[test]
    fn a_formula_marks_over_what_an_old_sheet_holds() {
        let formula = Some(PriceFormula::LowestPrice);
        let criteria = [criterion(0, 90, None), Criterion { formula, ..criterion(1, 10, None) }];
        let prices = |lowest| Prices { own: Some(Fen(200)), lowest: Some(Fen(lowest)) };
        let mut judged: Marks = [(criteria[0].id, hundredths(8000))].into();
        let whole: Marks = [(criteria[0].id, hundredths(8000)), (criteria[1].id, hundredths(5000))].into();
        assert_eq!(complete(&criteria, &judged, prices(100)).unwrap(), whole);
        judged.insert(criteria[1].id, hundredths(10_000));
        assert_eq!(complete(&criteria, &judged, prices(100)).unwrap(), whole);
        assert_eq!(complete(&criteria[..1], &judged, Prices { own: None, lowest: None }).unwrap(), judged);
        assert!(complete(&criteria, &judged, Prices { own: None, lowest: Some(Fen(1)) }).is_err());
    }

    proptest! {
        /// Against decimals of another make; and who asks for less is never marked lower.
        #[test]
        fn it_is_the_share_half_up(lowest in 1..=1_000_000_000_000i64, more in 0..=1_000_000_000_000i64, further in 0..=1_000_000i64) {
            let mark = lowest_price(lowest + more, lowest);
            let share = Exact::from(lowest) * Exact::from(100) / Exact::from(lowest + more);
            let exact = share.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
            prop_assert_eq!(mark.decimal().inner(), exact.normalize());
            prop_assert!(lowest_price(lowest + more + further, lowest) <= mark);
        }
    }
}
