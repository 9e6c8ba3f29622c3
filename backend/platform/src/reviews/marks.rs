//! Marks and totals, exact. Pure.
//!
//! A mark is 0 … 100 with at most two places, a weight a whole number of per cent, and the weights sum to 100: so the total of a sheet
//! is a whole number of 1/10000 of a point.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::error::FaultCode;
use crate::base::id::CriterionId;
use crate::base::words::PriceFormula;
use crate::base::{Decimal, Result};

/// A mark in 1/100 of a point, 0 … 10000. In JSON it is the decimal, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(i64);

/// A sheet's total, or a sum of such, in 1/10000 of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Total(pub i64);

/// The marks of one sheet.
pub type Marks = BTreeMap<CriterionId, Mark>;

/// What a judge gave for one criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The mark.
    pub score: Mark,
    /// Why, if the judge said so.
    pub reason: Option<String>,
}

/// The marks of one sheet with their reasons, as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SheetMarks(pub BTreeMap<CriterionId, Given>);
crate::db::json_value!(SheetMarks);

impl SheetMarks {
    /// The marks alone.
    pub fn marks(&self) -> Marks {
        self.0.iter().map(|(id, given)| (*id, given.score)).collect()
    }
}

/// A scoring criterion (评分项), as far as scores ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Which.
    pub id: CriterionId,
    /// Its weight in per cent.
    pub weight: u32,
    /// The mean mark below which a bid does not pass, 0 … 100.
    pub minimum: Option<u32>,
    /// What gives its mark in place of the judges. Such a mark stands on no sheet: it follows when a bid falls.
    pub formula: Option<PriceFormula>,
}

impl Mark {
    /// Units in one point.
    pub const POINT: i64 = 100;

    /// Reads a mark: `MarkPlaces` for more than two places, `OutOfRange` outside 0 … 100.
    pub fn read(value: Decimal) -> std::result::Result<Self, FaultCode> {
        let units = value.in_units(2);
        match units {
            Some(units) if (0..=100 * Self::POINT).contains(&units) => Ok(Self(units)),
            Some(_) => Err(FaultCode::OutOfRange),
            None if value < Decimal::whole(0) || value > Decimal::whole(100) => Err(FaultCode::OutOfRange),
            None => Err(FaultCode::MarkPlaces),
        }
    }

    /// In 1/100 of a point.
    pub fn units(self) -> i64 {
        self.0
    }

    /// The mark as a decimal.
    pub fn decimal(self) -> Decimal {
        shortest(self.0, 2, 0)
    }
}

impl Total {
    /// Units in one point.
    pub const POINT: i64 = 10_000;

    /// The exact decimal, with two places at least.
    pub fn decimal(self) -> Decimal {
        shortest(self.0, 4, 2)
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        self.decimal().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        Self::read(Decimal::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// The total of a sheet: Σ weight × mark. Every criterion has to be marked, those that formulas mark among them
/// (`price::complete`), and no other.
pub fn total(criteria: &[Criterion], marks: &Marks) -> Result<Total> {
    check(criteria)?;
    weighted(criteria, marks.len(), |criterion| marks.get(&criterion.id).copied())
}

/// What the judge gave: Σ weight × mark over the criteria that judges mark, all of which have to be marked. For looking at judges:
/// a formula's mark is the same on all their sheets, and nobody's opinion.
pub fn judged_total(criteria: &[Criterion], marks: &Marks) -> Result<Total> {
    check(criteria)?;
    let judged: Vec<Criterion> = criteria.iter().filter(|criterion| criterion.formula.is_none()).copied().collect();
    weighted(&judged, judged.len(), |criterion| marks.get(&criterion.id).copied())
}

/// The criteria that a judge has still to mark, in their order.
pub fn missing<'a>(criteria: &'a [Criterion], marks: &'a Marks) -> impl Iterator<Item = CriterionId> + 'a {
    let judged = criteria.iter().filter(|criterion| criterion.formula.is_none());
    judged.map(|criterion| criterion.id).filter(|id| !marks.contains_key(id))
}

/// Whether a sheet is whole as judges go: every criterion without a formula marked, and no other.
pub fn is_whole(criteria: &[Criterion], marks: &Marks) -> bool {
    let judged = criteria.iter().filter(|criterion| criterion.formula.is_none());
    missing(criteria, marks).next().is_none() && judged.count() == marks.len()
}

/// That a scheme is one: distinct criteria whose weights sum to 100. Publication saw to it, so that anything else is a fault.
pub(super) fn check(criteria: &[Criterion]) -> Result<()> {
    let distinct: BTreeSet<_> = criteria.iter().map(|criterion| criterion.id).collect();
    (|| {
        ensure!(distinct.len() == criteria.len(), "a criterion stands twice");
        let weights: u64 = criteria.iter().map(|criterion| u64::from(criterion.weight)).sum();
        ensure!(weights == 100, "the weights sum to {weights}");
        Ok(())
    })()
    .map_err(Into::into)
}

/// Σ weight × mark, of a sheet with `held` marks: a criterion without one, and a mark without a criterion, is a fault.
pub(super) fn weighted(
    criteria: &[Criterion],
    held: usize,
    mark: impl Fn(&Criterion) -> Option<Mark>,
) -> Result<Total> {
    let sum = criteria.iter().try_fold(0, |sum, criterion| {
        let mark = mark(criterion).with_context(|| format!("a sheet leaves {} unmarked", criterion.id))?;
        Ok::<_, anyhow::Error>(sum + i64::from(criterion.weight) * mark.units())
    })?;
    if held != criteria.len() {
        return Err(anyhow::anyhow!("a sheet marks what is no criterion").into());
    }
    Ok(Total(sum))
}

/// `value` in units of 10^-`places`, without the zeros at the end behind `least` places.
pub(super) fn shortest(mut value: i64, mut places: u32, least: u32) -> Decimal {
    while places > least && value % 10 == 0 {
        value /= 10;
        places -= 1;
    }
    Decimal::scaled(value, places)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::id::Kind;
    use proptest::prelude::*;
    use rust_decimal::Decimal as Exact;
    use uuid::Uuid;

    pub(crate) fn criterion(number: usize, weight: u32, minimum: Option<u32>) -> Criterion {
        Criterion { id: CriterionId::from_uuid(Uuid::from_u128(number as u128 + 1)), weight, minimum, formula: None }
    }

    pub(crate) fn mark(text: &str) -> Mark {
        Mark::read(text.parse().unwrap()).unwrap()
    }

    pub(crate) fn hundredths(units: i64) -> Mark {
        Mark::read(Decimal::scaled(units, 2)).unwrap()
    }

    #[test]
    fn what_is_a_mark() {
        for (text, units) in [("0", 0), ("100", 10_000), ("100.00", 10_000), ("87.5", 8750), ("87.670000", 8767)] {
            assert_eq!(mark(text).units(), units, "{text}");
        }
        for (text, code) in [
            ("-0.01", FaultCode::OutOfRange),
            ("-0.001", FaultCode::OutOfRange),
            ("100.01", FaultCode::OutOfRange),
            ("100.001", FaultCode::OutOfRange),
            ("87.675", FaultCode::MarkPlaces),
            ("0.001", FaultCode::MarkPlaces),
            ("999999999999999999", FaultCode::OutOfRange),
        ] {
            assert_eq!(Mark::read(text.parse().unwrap()), Err(code), "{text}");
        }
    }

    #[test]
    fn a_total_is_exact() {
        let criteria = [criterion(0, 35, None), criterion(1, 20, Some(60)), criterion(2, 45, None)];
        let marks: Marks = criteria.iter().map(|one| one.id).zip([mark("87.67"), mark("60"), mark("99.99")]).collect();
        assert_eq!(total(&criteria, &marks).unwrap().decimal().to_string(), "87.68");
        let marks: Marks = criteria.iter().map(|one| one.id).zip([mark("87.66"), mark("60.01"), mark("0")]).collect();
        assert_eq!(total(&criteria, &marks).unwrap().decimal().to_string(), "42.683");
        let full: Marks = criteria.iter().map(|one| (one.id, mark("100"))).collect();
        assert_eq!(total(&criteria, &full).unwrap(), Total(1_000_000));
        assert_eq!(total(&criteria, &full).unwrap().decimal().to_string(), "100.00");
    }

    #[test]
    fn a_sheet_that_is_not_whole_has_no_total() {
        let criteria = [criterion(0, 60, None), criterion(1, 40, None)];
        let mut marks: Marks = [(criteria[0].id, mark("80"))].into();
        assert!(total(&criteria, &marks).is_err());
        assert_eq!(missing(&criteria, &marks).collect::<Vec<_>>(), [criteria[1].id]);
        marks.insert(criteria[1].id, mark("80"));
        assert!(total(&criteria, &marks).is_ok());
        assert!(total(&criteria[..1], &marks).is_err());
        marks.insert(criterion(9, 0, None).id, mark("80"));
        assert!(total(&criteria, &marks).is_err());
        assert!(total(&[criterion(0, 60, None), criterion(0, 40, None)], &Marks::new()).is_err());
    }

    #[test]
    fn a_sheet_is_whole_without_what_formulas_mark() {
        let formula = Some(PriceFormula::LowestPrice);
        let criteria =
            [criterion(0, 60, None), criterion(1, 30, None), Criterion { formula, ..criterion(2, 10, None) }];
        let mut marks: Marks = [(criteria[0].id, mark("80"))].into();
        assert!(!is_whole(&criteria, &marks) && judged_total(&criteria, &marks).is_err());
        assert_eq!(missing(&criteria, &marks).collect::<Vec<_>>(), [criteria[1].id]);
        marks.insert(criteria[1].id, mark("70"));
        assert!(is_whole(&criteria, &marks));
        assert_eq!(judged_total(&criteria, &marks).unwrap(), Total(690_000));
        assert!(total(&criteria, &marks).is_err());
        marks.insert(criteria[2].id, mark("50"));
        assert!(!is_whole(&criteria, &marks));
        assert_eq!(judged_total(&criteria, &marks).unwrap(), Total(690_000));
        assert_eq!(total(&criteria, &marks).unwrap(), Total(740_000));
    }

    #[test]
    fn marks_come_back_from_json() {
        let marks: Marks = [(criterion(0, 0, None).id, mark("87.5")), (criterion(1, 0, None).id, mark("90"))].into();
        let text = serde_json::to_string(&marks).unwrap();
        assert!(text.contains("\"87.5\"") && text.contains("\"90\""), "{text}");
        assert_eq!(serde_json::from_str::<Marks>(&text).unwrap(), marks);
        assert!(serde_json::from_str::<Mark>("\"100.5\"").is_err());
    }

    proptest! {
        #[test]
        fn a_total_agrees_with_decimals(marks in prop::collection::vec(0i64..=10_000, 3), a in 0u32..=100, b in 0u32..=100) {
            let (a, b) = (a.min(b), a.max(b));
            let weights = [a, b - a, 100 - b];
            let criteria: Vec<_> = weights.iter().enumerate().map(|(n, weight)| criterion(n, *weight, None)).collect();
            let sheet = criteria.iter().map(|one| one.id).zip(marks.iter().map(|units| hundredths(*units))).collect();
            let exact: Exact = weights
                .iter()
                .zip(&marks)
                .map(|(weight, units)| Exact::from(*weight) / Exact::from(100) * Exact::new(*units, 2))
                .sum();
            prop_assert_eq!(total(&criteria, &sheet).unwrap().decimal().inner(), exact);
        }
    }
}
