//! How the judges of a panel agree with one another: a look back once the round has ended. Pure; it decides nothing, so that
//! floating point may tell it.

use crate::words;

/// One judge's totals, in 1/10000 of a point, in the same order of bids for every judge of the panel.
pub type Totals = Vec<i64>;

words! {
    /// Why there is no agreement to be told.
    pub enum Untold {
        /// Agreement shows only between bids: there is one, or one judge.
        TooFew = "too_few",
        /// Every total is the same.
        NoSpread = "no_spread",
    }
}

/// Krippendorff's α for interval data over whole sheets, 1 for full agreement, 0 for chance: 1 − Dₒ/Dₑ, where Dₒ is the mean squared
/// difference between judges of the same bid and Dₑ that between any two totals (K. Krippendorff, Content Analysis, ch. 11).
pub fn krippendorff_alpha(judges: &[Totals]) -> Result<f64, Untold> {
    let bids = judges.iter().map(Vec::len).min().unwrap_or(0);
    if judges.len() < 2 || bids < 2 {
        return Err(Untold::TooFew);
    }
    let of_bid = |bid: usize| judges.iter().filter_map(move |totals| totals.get(bid).copied());
    let within: i128 = (0..bids).map(|bid| spread(of_bid(bid))).sum();
    let all = spread((0..bids).flat_map(of_bid));
    if all == 0 {
        return Err(Untold::NoSpread);
    }
    let (m, n) = (judges.len() as f64, (judges.len() * bids) as f64);
    let observed = within as f64 / (m - 1.0) / n;
    let expected = all as f64 / (n - 1.0) / n;
    Ok(1.0 - observed / expected)
}

/// Σ (a − b)² over all ordered pairs, exactly: 2 (k Σx² − (Σx)²).
fn spread(values: impl Iterator<Item = i64>) -> i128 {
    let (count, sum, squares) = values.fold((0i128, 0i128, 0i128), |(count, sum, squares), value| {
        let value = i128::from(value);
        (count + 1, sum + value, squares + value * value)
    });
    2 * (count * squares - sum * sum)
}

/// How far each judge's totals lie above (or below) the panel's mean of the same bid, on average, in points.
pub fn mean_deviations(judges: &[Totals]) -> Vec<f64> {
    let count = judges.len() as f64;
    let deviation = |totals: &Totals| {
        let of_bid = |(bid, total): (usize, &i64)| {
            let sum: i64 = judges.iter().filter_map(|other| other.get(bid)).sum();
            *total as f64 - sum as f64 / count
        };
        let bids = totals.len().max(1) as f64;
        totals.iter().enumerate().map(of_bid).sum::<f64>() / bids / super::marks::Total::POINT as f64
    };
    judges.iter().map(deviation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn known_panels() {
        assert!(close(krippendorff_alpha(&[vec![80, 90], vec![80, 90]]).unwrap(), 1.0));
        // Two judges who turn the order round: D_o = 100, D_e = 400/6 · … by hand −0.5.
        assert!(close(krippendorff_alpha(&[vec![80, 90], vec![90, 80]]).unwrap(), -0.5));
        assert_eq!(krippendorff_alpha(&[vec![80, 80], vec![80, 80]]), Err(Untold::NoSpread));
        assert_eq!(krippendorff_alpha(&[vec![80], vec![90]]), Err(Untold::TooFew));
        assert_eq!(krippendorff_alpha(&[vec![80, 90]]), Err(Untold::TooFew));
        assert_eq!(krippendorff_alpha(&[]), Err(Untold::TooFew));
        let strict = mean_deviations(&[vec![800_000, 900_000], vec![820_000, 900_000], vec![840_000, 960_000]]);
        assert!(strict.iter().zip([-2.0, -1.0, 3.0]).all(|(found, known)| close(*found, known)), "{strict:?}");
        assert!(mean_deviations(&[]).is_empty());
    }

    proptest! {
        /// By the coincidence matrix of the definition, pair by pair.
        #[test]
        fn alpha_is_as_defined(table in prop::collection::vec(prop::collection::vec(0i64..=100, 3), 2..5)) {
            let units: Vec<Vec<f64>> = (0..3).map(|bid| table.iter().map(|judge| judge[bid] as f64).collect()).collect();
            let n = (table.len() * 3) as f64;
            let mut observed = 0.0;
            for unit in &units {
                for (i, a) in unit.iter().enumerate() {
                    for (j, b) in unit.iter().enumerate() {
                        if i != j { observed += (a - b).powi(2) / (unit.len() as f64 - 1.0) / n; }
                    }
                }
            }
            let all: Vec<f64> = units.concat();
            let mut expected = 0.0;
            for (i, a) in all.iter().enumerate() {
                for (j, b) in all.iter().enumerate() {
                    if i != j { expected += (a - b).powi(2) / n / (n - 1.0); }
                }
            }
            match krippendorff_alpha(&table) {
                Ok(alpha) => prop_assert!((alpha - (1.0 - observed / expected)).abs() < 1e-6),
                Err(why) => prop_assert!(why == Untold::NoSpread && expected == 0.0),
            }
        }

        #[test]
        fn deviations_balance(table in prop::collection::vec(prop::collection::vec(0i64..=1_000_000, 4), 1..8)) {
            prop_assert!(mean_deviations(&table).iter().sum::<f64>().abs() < 1e-6);
        }
    }
}
