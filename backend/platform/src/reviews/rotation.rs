//! In which order a judge is led through the bids. Pure.
//!
//! The next bid ought to be the one with the fewest sheets, so that none is left behind; but to pick it by the sheets that are in would
//! tell each judge how far the others have come. So each seat begins at another place and goes round: while all keep the same pace, the
//! bids' numbers of sheets differ by one at most, and nobody's order hangs on anybody else's work.

/// The places of `bids` bids in the order of the `seat`th of `seats` seats; nothing where there is no such seat.
pub(super) fn order(bids: usize, seat: usize, seats: usize) -> impl Iterator<Item = usize> {
    let first = if seat < seats { seat * bids / seats } else { bids };
    let bids = if seat < seats { bids } else { 0 };
    (first..bids).chain(0..first.min(bids))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn everybody_comes_to_every_bid_and_none_is_left_behind(bids in 0usize..40, seats in 1usize..12) {
            let orders: Vec<Vec<usize>> = (0..seats).map(|seat| order(bids, seat, seats).collect()).collect();
            for order in &orders {
                let mut all = order.clone();
                all.sort_unstable();
                prop_assert_eq!(all, (0..bids).collect::<Vec<_>>());
            }
            for pace in 0..=bids {
                let mut sheets = vec![0usize; bids];
                for order in &orders {
                    for bid in &order[..pace] {
                        sheets[*bid] += 1;
                    }
                }
                let (least, most) = (sheets.iter().min().copied(), sheets.iter().max().copied());
                prop_assert!(most.unwrap_or(0) - least.unwrap_or(0) <= 1, "{:?} at pace {}", sheets, pace);
            }
            prop_assert_eq!(order(bids, seats, seats).count(), 0);
        }
    }
}
