//! How the judges of a panel agree with one another: a look back once the round has ended. Pure; it decides nothing, so that
//! floating point may tell it. Sums are exact all the same, and divided once.
//!
//! A table has one row for each judge and one column for each bid, in 1/10000 of a point, with `None` where the judge abstained. It
//! holds what the judges gave (`marks::judged_total`): a formula's mark is the same on all their sheets, and no agreement of theirs.

use super::marks::{self, Total};
use crate::base::Decimal;
use crate::words;

/// One judge's totals, in the same order of bids for every judge of the panel.
pub type Row = Vec<Option<i64>>;

words! {
    /// Why there is no agreement to be told.
    pub enum Untold {
        /// Agreement shows only between bids that more than one judge has marked: there are fewer than two such, or one judge.
        TooFew = "too_few",
        /// Every total is the same, or the bids differ in nothing that could be told apart from chance.
        NoSpread = "no_spread",
        /// A judge has not marked every bid, which this statistic asks for.
        Incomplete = "incomplete",
    }
}

/// What a judge's totals look like beside the panel's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgeShape {
    /// How far they lie above (or below) the mean of all totals of the same bid, on average over the bids that the judge marked, in
    /// points; 0 for a judge who marked none.
    pub mean_deviation: f64,
    /// Their standard deviation as a sample, in points; none below two.
    pub spread: Option<f64>,
}

/// Krippendorff's α for interval data, 1 for full agreement, 0 for chance: 1 − Dₒ/Dₑ, where Dₒ is the mean squared difference
/// between totals of the same bid and Dₑ that between any two totals. A bid with fewer than two totals is left out
/// (K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011, D).
pub fn krippendorff_alpha(rows: &[Row]) -> Result<f64, Untold> {
    let units: Vec<Vec<i64>> = columns(rows).filter(|unit| unit.len() >= 2).collect();
    if units.len() < 2 {
        return Err(Untold::TooFew);
    }
    let all = spread(units.iter().flatten().copied());
    if all == 0 {
        return Err(Untold::NoSpread);
    }
    let n = units.iter().map(Vec::len).sum::<usize>() as f64;
    // Of each unit's coincidences, m − 1 to a value.
    let within: f64 = units.iter().map(|unit| spread(unit.iter().copied()) as f64 / (unit.len() as f64 - 1.0)).sum();
    let (observed, expected) = (within / n, all as f64 / (n - 1.0) / n);
    Ok(1.0 - observed / expected)
}

/// ICC(2,k): how far the panel's means would be found again with other judges drawn alike (two-way random effects, absolute
/// agreement, average of k measures): (BMS − EMS) / (BMS + (JMS − EMS) / n) (P. E. Shrout, J. L. Fleiss, "Intraclass correlations:
/// uses in assessing rater reliability", Psychological Bulletin 86, 1979). It is below 0 where bids differ less than chance; where its
/// divisor is not above 0 it says nothing.
pub fn icc2k(rows: &[Row]) -> Result<f64, Untold> {
    let bids = rows.iter().map(Vec::len).max().unwrap_or(0);
    if rows.len() < 2 || bids < 2 {
        return Err(Untold::TooFew);
    }
    let whole: Option<Vec<Vec<i128>>> = rows
        .iter()
        .map(|row| row.iter().map(|total| total.map(i128::from)).collect::<Option<Vec<_>>>())
        .map(|row| row.filter(|row| row.len() == bids))
        .collect();
    let table = whole.ok_or(Untold::Incomplete)?;
    let (n, k) = (bids as i128, table.len() as i128);
    let of_bid = |bid: usize| table.iter().filter_map(move |row| row.get(bid)).sum::<i128>();
    let square = |value: i128| value * value;
    let correction = square(table.iter().flatten().sum());
    // Sums of squares, each times n·k, so that they are whole.
    let between = n * (0..bids).map(|bid| square(of_bid(bid))).sum::<i128>() - correction;
    let judges = k * table.iter().map(|row| square(row.iter().sum())).sum::<i128>() - correction;
    let all = n * k * table.iter().flatten().map(|value| square(*value)).sum::<i128>() - correction;
    let rest = all - between - judges;
    // Both times n (n − 1) (k − 1).
    let above = n * ((k - 1) * between - rest);
    let below = n * (k - 1) * between + (n - 1) * judges - rest;
    if below <= 0 {
        return Err(Untold::NoSpread);
    }
    Ok(above as f64 / below as f64)
}

/// Each judge beside the panel, in the order of the rows.
pub fn judges(rows: &[Row]) -> Vec<JudgeShape> {
    let point = Total::POINT as f64;
    let means: Vec<Option<f64>> = columns(rows)
        .map(|unit| (!unit.is_empty()).then(|| unit.iter().sum::<i64>() as f64 / unit.len() as f64))
        .collect();
    let shape = |row: &Row| {
        let given = || row.iter().flatten().copied();
        let count = given().count() as f64;
        let deviations = row.iter().zip(&means).filter_map(|(total, mean)| Some((*total)? as f64 - (*mean)?));
        // Over all ordered pairs: 2 n Σ(x − mean)².
        let spread = spread(given()) as f64 / (2.0 * count * (count - 1.0));
        JudgeShape {
            mean_deviation: deviations.sum::<f64>() / count.max(1.0) / point,
            spread: (count >= 2.0).then(|| spread.sqrt() / point),
        }
    };
    rows.iter().map(shape).collect()
}

/// How far each total lies above the median of all, in points, where that is farther than `points` (in 1/10000 of a point). Exact: the
/// median of an even number is the mean of the two in the middle, unrounded; what lies just at the limit is not farther.
pub fn far_from_median(totals: &[Total], points: i64) -> Vec<Option<Decimal>> {
    let mut sorted = totals.to_vec();
    sorted.sort_unstable();
    let at = |place: usize| sorted.get(place).map_or(0, |total| total.0);
    let (lower, upper) = (at(sorted.len().saturating_sub(1) / 2), at(sorted.len() / 2));
    let far = |total: &Total| {
        // Doubled, so that the mean of two is whole; a half of 1/10000 has five places.
        let doubled = 2 * total.0 - lower - upper;
        (doubled.unsigned_abs() > 2 * points.unsigned_abs()).then(|| marks::shortest(5 * doubled, 5, 0))
    };
    totals.iter().map(far).collect()
}

/// How far the highest lies above the lowest; nothing where there are none.
pub fn range(totals: &[Total]) -> Total {
    let (least, most) = (totals.iter().min(), totals.iter().max());
    Total(least.zip(most).map_or(0, |(least, most)| most.0 - least.0))
}

/// What each bid was given, abstentions left out.
fn columns(rows: &[Row]) -> impl Iterator<Item = Vec<i64>> + '_ {
    let bids = rows.iter().map(Vec::len).max().unwrap_or(0);
    (0..bids).map(|bid| rows.iter().filter_map(|row| *row.get(bid)?).collect())
}

/// Σ (a − b)² over all ordered pairs, exactly: 2 (k Σx² − (Σx)²).
fn spread(values: impl Iterator<Item = i64>) -> i128 {
    let (count, sum, squares) = values.fold((0i128, 0i128, 0i128), |(count, sum, squares), value| {
        let value = i128::from(value);
        (count + 1, sum + value, squares + value * value)
    });
    2 * (count * squares - sum * sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    fn table(rows: &[&[i64]]) -> Vec<Row> {
        rows.iter().map(|row| row.iter().copied().map(Some).collect()).collect()
    }

    /// Four observers, twelve units, 41 values; the last unit has one alone. The paper gives 0.849 for interval data.
    #[test]
    fn krippendorff_2011_four_observers_twelve_units() {
        let observers = [
            "1 2 3 3 2 1 4 1 2 . . .",
            "1 2 3 3 2 2 4 1 2 5 . 3",
            ". 3 3 3 2 3 4 2 2 5 1 .",
            "1 2 3 3 2 4 4 1 2 5 1 .",
        ];
        let rows: Vec<Row> =
            observers.iter().map(|row| row.split(' ').map(|value| value.parse().ok()).collect()).collect();
        let alpha = krippendorff_alpha(&rows).unwrap();
        assert_eq!(format!("{alpha:.3}"), "0.849");
        // Computed apart in fractions, from the matrix of coincidences.
        assert!(close(alpha, 951.0 / 1120.0), "{alpha}");
        assert_eq!(icc2k(&rows), Err(Untold::Incomplete));
    }

    /// Six targets, four judges. The paper gives 0.62 for ICC(2,4).
    #[test]
    fn shrout_and_fleiss_1979_six_targets_four_judges() {
        let rows = table(&[&[9, 6, 8, 7, 10, 6], &[2, 1, 4, 1, 5, 2], &[5, 3, 6, 2, 6, 4], &[8, 2, 8, 6, 9, 7]]);
        let icc = icc2k(&rows).unwrap();
        assert_eq!(format!("{icc:.2}"), "0.62");
        // Computed apart in fractions, from the mean squares 11.24, 32.49 and 1.02, which are the paper's.
        assert!(close(icc, 736.0 / 1187.0), "{icc}");
    }

    #[test]
    fn known_panels() {
        assert!(close(krippendorff_alpha(&table(&[&[80, 90], &[80, 90]])).unwrap(), 1.0));
        // Two judges who turn the order round: by hand −0.5.
        assert!(close(krippendorff_alpha(&table(&[&[80, 90], &[90, 80]])).unwrap(), -0.5));
        assert!(close(icc2k(&table(&[&[80, 90], &[80, 90]])).unwrap(), 1.0));
        // Judges who differ, bids that do not.
        assert!(close(icc2k(&table(&[&[80, 80], &[90, 90]])).unwrap(), 0.0));
    }

    #[test]
    fn where_there_is_nothing_to_be_told() {
        let same = table(&[&[80, 80], &[80, 80]]);
        assert_eq!((krippendorff_alpha(&same), icc2k(&same)), (Err(Untold::NoSpread), Err(Untold::NoSpread)));
        // The bids' means are the same, and so are the judges': only noise is left, and no divisor.
        assert_eq!(icc2k(&table(&[&[80, 90], &[90, 80]])), Err(Untold::NoSpread));
        for few in [table(&[&[80], &[90]]), table(&[&[80, 90]]), table(&[]), table(&[&[], &[]])] {
            assert_eq!((krippendorff_alpha(&few), icc2k(&few)), (Err(Untold::TooFew), Err(Untold::TooFew)), "{few:?}");
        }
        // Three bids, of which two judges share one alone.
        let apart = [vec![Some(80), Some(90), None], vec![None, Some(90), Some(70)]];
        assert_eq!((krippendorff_alpha(&apart), icc2k(&apart)), (Err(Untold::TooFew), Err(Untold::Incomplete)));
    }

    #[test]
    fn the_shape_of_each_judge() {
        let rows = table(&[&[800_000, 900_000], &[820_000, 900_000], &[840_000, 960_000]]);
        let shapes = judges(&rows);
        for (shape, (deviation, spread)) in
            shapes.iter().zip([(-2.0, 50f64.sqrt()), (-1.0, 32f64.sqrt()), (3.0, 72f64.sqrt())])
        {
            assert!(close(shape.mean_deviation, deviation) && close(shape.spread.unwrap(), spread), "{shape:?}");
        }
        // Who abstained is compared where that judge did not.
        let shapes = judges(&[vec![Some(800_000), None], vec![Some(820_000), Some(10_000)], vec![None, None]]);
        assert!(close(shapes[0].mean_deviation, -1.0) && shapes[0].spread.is_none(), "{shapes:?}");
        assert!(close(shapes[1].mean_deviation, 0.5), "{shapes:?}");
        assert_eq!(shapes[2], JudgeShape { mean_deviation: 0.0, spread: None });
        assert!(judges(&[]).is_empty());
    }

    #[test]
    fn farther_from_the_median_than_allowed() {
        let by =
            |totals: &[i64], points| far_from_median(&totals.iter().copied().map(Total).collect::<Vec<_>>(), points);
        let far = |totals: &[i64], points| by(totals, points).iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(far(&[600_000, 800_000, 1_000_000], 200_000), [false; 3]);
        assert_eq!(far(&[599_999, 800_000, 1_000_001], 200_000), [true, false, true]);
        // The median is 800000.5: what lies 200000.5 from it is farther, 199999.5 is not.
        assert_eq!(far(&[600_000, 800_000, 800_001, 1_000_000], 200_000), [true, false, false, false]);
        assert_eq!(far(&[10, 20], 4), [true, true]);
        assert_eq!(far(&[10, 20], 5), [false, false]);
        assert_eq!(far(&[7], 0), [false]);
        assert!(far(&[], 0).is_empty());
        let shown =
            |totals: &[i64]| by(totals, 0).into_iter().map(|by| by.map(|by| by.to_string())).collect::<Vec<_>>();
        assert_eq!(
            shown(&[550_000, 800_001, 800_000, 1_000_000]),
            ["-25.00005", "0.00005", "-0.00005", "19.99995"].map(|by| Some(by.to_owned()))
        );
        assert_eq!(shown(&[600_000, 800_000, 1_000_000]), [Some("-20".to_owned()), None, Some("20".to_owned())]);
    }

    #[test]
    fn the_range_of_totals() {
        assert_eq!(range(&[Total(700_000), Total(950_000), Total(800_000)]), Total(250_000));
        assert_eq!((range(&[Total(5)]), range(&[])), (Total(0), Total(0)));
    }

    fn any_table() -> impl Strategy<Value = Vec<Row>> {
        prop::collection::vec(prop::collection::vec(prop::option::weighted(0.8, 0i64..=100), 4), 1..6)
    }

    proptest! {
        /// By the definition, pair by pair.
        #[test]
        fn alpha_is_as_defined(rows in any_table()) {
            let units: Vec<Vec<f64>> = (0..4)
                .map(|bid| rows.iter().filter_map(|judge| judge[bid]).map(|value| value as f64).collect::<Vec<_>>())
                .filter(|unit| unit.len() > 1)
                .collect();
            let all: Vec<f64> = units.concat();
            let n = all.len() as f64;
            let pairs = |values: &[f64]| {
                values.iter().map(|a| values.iter().map(|b| (a - b).powi(2)).sum::<f64>()).sum::<f64>()
            };
            let observed: f64 = units.iter().map(|unit| pairs(unit) / (unit.len() as f64 - 1.0)).sum::<f64>() / n;
            let expected = pairs(&all) / n / (n - 1.0);
            match krippendorff_alpha(&rows) {
                Ok(alpha) => prop_assert!((alpha - (1.0 - observed / expected)).abs() < 1e-9),
                Err(Untold::NoSpread) => prop_assert!(expected == 0.0),
                Err(why) => prop_assert!(why == Untold::TooFew && units.len() < 2),
            }
        }

        /// By the analysis of variance, with its means.
        #[test]
        fn icc_is_as_defined(rows in prop::collection::vec(prop::collection::vec(0i64..=100, 4), 2..6)) {
            let (n, k) = (4.0, rows.len() as f64);
            let value = |judge: usize, bid: usize| rows[judge][bid] as f64;
            let grand = rows.iter().flatten().sum::<i64>() as f64 / n / k;
            let bid_mean = |bid: usize| (0..rows.len()).map(|judge| value(judge, bid)).sum::<f64>() / k;
            let judge_mean = |judge: usize| (0..4).map(|bid| value(judge, bid)).sum::<f64>() / n;
            let bms = k * (0..4).map(|bid| (bid_mean(bid) - grand).powi(2)).sum::<f64>() / (n - 1.0);
            let jms = n * (0..rows.len()).map(|judge| (judge_mean(judge) - grand).powi(2)).sum::<f64>() / (k - 1.0);
            let cells = (0..rows.len()).flat_map(|judge| (0..4).map(move |bid| (judge, bid)));
            let rest = cells.map(|(judge, bid)| (value(judge, bid) - bid_mean(bid) - judge_mean(judge) + grand).powi(2));
            let ems = rest.sum::<f64>() / (n - 1.0) / (k - 1.0);
            let below = bms + (jms - ems) / n;
            let rows: Vec<&[i64]> = rows.iter().map(Vec::as_slice).collect();
            match icc2k(&table(&rows)) {
                Ok(icc) => prop_assert!((icc * below - (bms - ems)).abs() < 1e-6, "{} {}", icc, below),
                Err(why) => prop_assert!(why == Untold::NoSpread && below < 1e-6),
            }
        }

        #[test]
        fn deviations_balance(rows in prop::collection::vec(prop::collection::vec(0i64..=1_000_000, 4), 1..8)) {
            let rows: Vec<&[i64]> = rows.iter().map(Vec::as_slice).collect();
            let shapes = judges(&table(&rows));
            prop_assert!(shapes.iter().map(|shape| shape.mean_deviation).sum::<f64>().abs() < 1e-6);
        }

        /// In whatever order judges and bids stand.
        #[test]
        fn no_order_matters(rows in any_table()) {
            let mut turned = rows.clone();
            turned.reverse();
            turned.iter_mut().for_each(|row| row.rotate_left(1));
            let same = |a: Result<f64, Untold>, b: Result<f64, Untold>| match (a, b) {
                (Ok(a), Ok(b)) => close(a, b),
                (a, b) => a == b,
            };
            prop_assert!(same(krippendorff_alpha(&rows), krippendorff_alpha(&turned)));
            prop_assert!(same(icc2k(&rows), icc2k(&turned)));
        }
    }
}
