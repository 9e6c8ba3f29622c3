//! Standard scores (z), in whole numbers. Pure.
//!
//! Of a judge's n totals x let D = n·x − Σx and V = n·Σx² − (Σx)². Then z = D / √V says how far x lies from the judge's own mean, in
//! the judge's own standard deviations (of the n totals themselves, not of a sample). It is kept in millionths, cut toward zero:
//! sign(D) · ⌊√⌊D²·10¹² / V⌋⌋, which is the same as cutting the real number, since no whole square lies between a number and its floor.
//!
//! * Nothing overflows: x is at most 10⁶ (100 points), so that |D| ≤ n·10⁶, V ≤ n²·10¹² and D²·10¹² ≤ n²·10²⁴. For 10,000 bids that
//!   is 10³², and an `i128` holds 1.7·10³⁸: enough for 13 million. What goes beyond is a fault, not a wrong number.
//! * Nothing merges: totals within 0 … 10⁶ have a standard deviation of at most 5·10⁵, so that two different ones are at least two
//!   millionths apart. A judge's order is kept strictly.

use anyhow::Context;

use super::marks::Total;
use crate::base::Result;

/// Units in a standard deviation.
pub(super) const UNIT: i64 = 1_000_000;

/// What a judge's totals are measured on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scale {
    count: i128,
    sum: i128,
    squares: i128,
}

impl Scale {
    pub(super) fn add(&mut self, total: Total) {
        let total = i128::from(total.0);
        self.count += 1;
        self.sum += total;
        self.squares += total * total;
    }

    /// How many totals it is made from.
    pub(super) fn count(&self) -> i128 {
        self.count
    }

    /// V; 0 exactly where all totals are the same.
    pub(super) fn spread(&self) -> i128 {
        self.count * self.squares - self.sum * self.sum
    }

    /// z of one of the totals, in millionths. That there is no spread, or totals beyond all bounds, is a fault.
    pub(super) fn z(&self, total: Total) -> Result<i64> {
        let far = self.count * i128::from(total.0) - self.sum;
        let unit = i128::from(UNIT);
        let square = far.checked_mul(far).and_then(|square| square.checked_mul(unit * unit));
        let quotient = square.and_then(|square| square.checked_div(self.spread())).context("no standard score")?;
        let root = quotient.checked_isqrt().context("no standard score")?;
        Ok(i64::try_from(far.signum() * root).map_err(anyhow::Error::from)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scale(totals: &[i64]) -> Scale {
        let mut scale = Scale::default();
        totals.iter().for_each(|total| scale.add(Total(*total)));
        scale
    }

    fn zs(totals: &[i64]) -> Vec<i64> {
        let scale = scale(totals);
        totals.iter().map(|total| scale.z(Total(*total)).unwrap()).collect()
    }

    #[test]
    fn known_standard_scores() {
        assert_eq!(zs(&[1, 2]), [-UNIT, UNIT]);
        // ±√(3/2), cut toward zero on both sides.
        assert_eq!(zs(&[700_000, 800_000, 900_000]), [-1_224_744, 0, 1_224_744]);
        // Mean 5, standard deviation 2.
        assert_eq!(zs(&[2, 4, 4, 4, 5, 5, 7, 9]), [-1_500_000, -500_000, -500_000, -500_000, 0, 0, UNIT, 2 * UNIT]);
        assert_eq!(scale(&[5, 5, 5]).spread(), 0);
        assert!(scale(&[5, 5, 5]).z(Total(5)).is_err());
    }

    #[test]
    fn ten_thousand_bids_are_far_from_an_overflow() {
        let mut totals = vec![0; 9_999];
        totals.push(1_000_000);
        // One against all: z = √(n − 1), the most there is.
        assert_eq!(scale(&totals).z(Total(1_000_000)).unwrap(), 99_994_999);
        let mut halves = vec![0; 5_000];
        halves.resize(10_000, 1_000_000);
        assert_eq!(scale(&halves).z(Total(0)).unwrap(), -UNIT);
        let beyond = Scale { count: i128::from(i64::MAX), sum: 0, squares: 1 };
        assert!(beyond.z(Total(1_000_000)).is_err());
    }

    proptest! {
        #[test]
        fn the_order_within_a_judge_is_kept(totals in prop::collection::vec(0i64..=1_000_000, 2..40)) {
            prop_assume!(scale(&totals).spread() > 0);
            let zs = zs(&totals);
            for (one, z) in totals.iter().zip(&zs) {
                for (other, w) in totals.iter().zip(&zs) {
                    prop_assert_eq!(one.cmp(other), z.cmp(w));
                }
            }
            // Cut toward zero, each by less than a unit: their sum is nearly none.
            prop_assert!(zs.iter().sum::<i64>().abs() < totals.len() as i64);
        }

        /// How generous a judge is, and how much of the scale is used, does not matter.
        #[test]
        fn level_and_width_go(
            totals in prop::collection::vec(0i64..=1000, 2..12), lift in 0i64..1000, times in 1i64..100,
        ) {
            prop_assume!(scale(&totals).spread() > 0);
            let other: Vec<i64> = totals.iter().map(|total| total * times + lift).collect();
            prop_assert_eq!(zs(&totals), zs(&other));
        }

        #[test]
        fn it_agrees_with_floating_point(totals in prop::collection::vec(0i64..=1_000_000, 2..20)) {
            prop_assume!(scale(&totals).spread() > 0);
            let n = totals.len() as f64;
            let mean = totals.iter().sum::<i64>() as f64 / n;
            let deviation = (totals.iter().map(|x| (*x as f64 - mean).powi(2)).sum::<f64>() / n).sqrt();
            for (x, z) in totals.iter().zip(zs(&totals)) {
                prop_assert!(((*x as f64 - mean) / deviation - z as f64 / UNIT as f64).abs() < 2e-6);
            }
        }
    }
}
