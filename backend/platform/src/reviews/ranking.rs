//! The ranking: a pure function of the scheme and the sheets. Run again, it gives the same order.
//!
//! * A bid's **score** is the mean of its sheets' totals; from `trim_from` sheets on, one highest and one lowest total are left out.
//!   Scores are kept as (sum, number) and compared by cross-multiplication: nothing is rounded before it is shown.
//! * **Ties** are separated by these, in the order that was published (this one by default): the higher plain mean of the technical criterion (the heaviest that judges mark, the first among equals);
//!   the larger sum of all totals, none left out; the lower requested funding; the earlier submission; the recorded draw, ascending
//!   SHA-256(seed ‖ bid id).
//! * A bid **passes** when its score is at least the pass mark and, for every criterion with a minimum, the plain mean of that
//!   criterion's marks over all sheets is at least the minimum. Whether a bid passes does not move its rank.

use std::cmp::Ordering;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::marks::{self, Criterion, Mark, Marks, Total};
use crate::base::id::{BidId, CriterionId};
use crate::base::words::TieRule;
use crate::base::{Decimal, Fen, Instant, Result};

/// What a review is decided by.
#[derive(Clone, Copy, Debug)]
pub struct Scheme<'a> {
    /// The criteria in their published order; the weights sum to 100.
    pub criteria: &'a [Criterion],
    /// Sheets from which on one highest and one lowest total are left out.
    pub trim_from: u32,
    /// The score that passes.
    pub pass_mark: Decimal,
    /// The rules that separate equal scores, in their published order.
    pub tie_order: &'a [TieRule],
    /// The draw's seed, committed to at publication.
    pub seed: &'a [u8; 32],
}

/// A bid and the sheets that count for it: those of judges replaced or recused are not among them.
#[derive(Clone, Debug)]
pub struct Contender {
    /// Which.
    pub bid: BidId,
    /// One for each judge, all whole.
    pub sheets: Vec<Marks>,
    /// What it asks for; a bid that names nothing stands behind every bid that does.
    pub requested_funding: Option<Fen>,
    /// When it was last handed in.
    pub submitted_at: Instant,
}

/// A mean of totals, unrounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The sum of the totals that count, in 1/10000 of a point.
    pub sum: i64,
    /// How many they are; at least 1.
    pub count: u32,
}

/// A bid in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Which.
    pub bid: BidId,
    /// 1 … n, all distinct.
    pub rank: u32,
    /// Its score.
    pub score: Score,
    /// Whether it passes.
    pub passed: bool,
    /// Among bids of equal score, the rule that set this one behind the one above it; for the first of them, before the one below.
    pub tie_broken_by: Option<TieRule>,
}

impl Score {
    /// The mean, half-up to two places, for display.
    pub fn display(self) -> Decimal {
        // 1/10000 to 1/100 of a point, and the mean, in one division; scores are never negative.
        let divisor = i128::from(self.count.max(1)) * 100;
        let rounded = (2 * i128::from(self.sum) + divisor) / (2 * divisor);
        Decimal::scaled(i64::try_from(rounded).unwrap_or(i64::MAX), 2)
    }

    fn mean(self) -> Mean {
        Mean { sum: self.sum, count: self.count }
    }
}

/// A mean of whole numbers, compared without division.
#[derive(Clone, Copy, Debug)]
struct Mean {
    sum: i64,
    count: u32,
}

impl Mean {
    fn cmp(self, other: Self) -> Ordering {
        let left = i128::from(self.sum) * i128::from(other.count);
        left.cmp(&(i128::from(other.sum) * i128::from(self.count)))
    }

    fn reaches(self, least: i64) -> bool {
        i128::from(self.sum) >= i128::from(least) * i128::from(self.count)
    }
}

/// All that the order asks of a bid.
struct Standing {
    bid: BidId,
    score: Score,
    passed: bool,
    technical: Mean,
    all_totals: i64,
    requested_funding: Option<Fen>,
    submitted_at: Instant,
    lot: [u8; 32],
}

/// Ranks the bids, best first. A bid without sheets, a sheet that is not whole or a scheme that is none is a fault of the platform.
pub fn rank(scheme: &Scheme<'_>, contenders: &[Contender]) -> Result<Vec<Ranked>> {
    marks::check(scheme.criteria)?;
    let standings: Result<Vec<Standing>> = contenders.iter().map(|one| Standing::of(scheme, one)).collect();
    let mut standings = standings?;
    standings.sort_by(|a, b| a.compare(b, scheme.tie_order).0);
    let rule_between = |first: Option<&Standing>, second: Option<&Standing>| match (first, second) {
        (Some(first), Some(second)) => first.compare(second, scheme.tie_order).1,
        _ => None,
    };
    let ranked = standings.iter().enumerate().map(|(place, standing)| Ranked {
        bid: standing.bid,
        rank: u32::try_from(place + 1).unwrap_or(u32::MAX),
        score: standing.score,
        passed: standing.passed,
        tie_broken_by: rule_between(place.checked_sub(1).and_then(|above| standings.get(above)), Some(standing))
            .or_else(|| rule_between(Some(standing), standings.get(place + 1))),
    });
    Ok(ranked.collect())
}

/// The criterion that decides ties: the heaviest that judges mark, the first among equals.
pub fn technical(criteria: &[Criterion]) -> Option<CriterionId> {
    let judged = || criteria.iter().filter(|criterion| !criterion.computed);
    let heaviest = judged().map(|criterion| criterion.weight).max()?;
    judged().find(|criterion| criterion.weight == heaviest).map(|criterion| criterion.id)
}

/// The mean of the totals, one highest and one lowest left out from `trim_from` on; none where there are no totals.
pub fn score(totals: &[Total], trim_from: u32) -> Option<Score> {
    let mut sum: i64 = totals.iter().map(|total| total.0).sum();
    let mut count = u32::try_from(totals.len()).ok()?;
    // Something has to be left, whatever the rules' numbers say.
    if count >= trim_from.max(3) {
        sum -= totals.iter().max()?.0 + totals.iter().min()?.0;
        count -= 2;
    }
    (count > 0).then_some(Score { sum, count })
}

impl Standing {
    fn of(scheme: &Scheme<'_>, contender: &Contender) -> Result<Self> {
        let totals: Result<Vec<Total>> =
            contender.sheets.iter().map(|sheet| marks::total(scheme.criteria, sheet)).collect();
        let totals = totals?;
        let score = score(&totals, scheme.trim_from).with_context(|| format!("{} has no sheets", contender.bid))?;
        let technical = technical(scheme.criteria).context("no criterion")?;
        let lot = Sha256::new().chain_update(scheme.seed).chain_update(contender.bid.to_string()).finalize();
        Ok(Self {
            bid: contender.bid,
            score,
            passed: passes(scheme, score, &contender.sheets)?,
            technical: criterion_mean(technical, &contender.sheets),
            all_totals: totals.iter().map(|total| total.0).sum(),
            requested_funding: contender.requested_funding,
            submitted_at: contender.submitted_at,
            lot: lot.into(),
        })
    }

    /// Which of two stands before the other, and the rule that says so where their scores do not.
    fn compare(&self, other: &Self, rules: &[TieRule]) -> (Ordering, Option<TieRule>) {
        let by_score = other.score.mean().cmp(self.score.mean());
        if by_score.is_ne() {
            return (by_score, None);
        }
        let asked = |one: &Self| one.requested_funding.map_or(i64::MAX, |fen| fen.0);
        for rule in rules {
            let order = match rule {
                TieRule::TechnicalMean => other.technical.cmp(self.technical),
                TieRule::SumOfTotals => other.all_totals.cmp(&self.all_totals),
                TieRule::LowerFunding => asked(self).cmp(&asked(other)),
                TieRule::EarlierSubmission => self.submitted_at.cmp(&other.submitted_at),
                TieRule::RecordedDraw => self.lot.cmp(&other.lot),
            };
            if order.is_ne() {
                return (order, Some(*rule));
            }
        }
        (Ordering::Equal, None)
    }
}

fn passes(scheme: &Scheme<'_>, score: Score, sheets: &[Marks]) -> Result<bool> {
    let pass_mark = scheme.pass_mark.in_units(4);
    let pass_mark = pass_mark.with_context(|| format!("{} is no pass mark", scheme.pass_mark))?;
    let minima = scheme.criteria.iter().filter_map(|criterion| Some((criterion.id, criterion.minimum?)));
    let reached =
        |(id, minimum): (CriterionId, u32)| criterion_mean(id, sheets).reaches(i64::from(minimum) * Mark::POINT);
    Ok(score.mean().reaches(pass_mark) && minima.into_iter().all(reached))
}

/// The plain mean of one criterion's marks over all sheets, in 1/100 of a point.
fn criterion_mean(criterion: CriterionId, sheets: &[Marks]) -> Mean {
    let marks = sheets.iter().filter_map(|sheet| sheet.get(&criterion));
    marks.fold(Mean { sum: 0, count: 0 }, |mean, mark| Mean { sum: mean.sum + mark.units(), count: mean.count + 1 })
}

#[cfg(test)]
mod tests {
    use super::super::marks::tests::{criterion, hundredths, mark};
    use super::*;
    use crate::base::id::Kind;
    use proptest::prelude::*;
    use rust_decimal::{Decimal as Exact, RoundingStrategy};
    use uuid::Uuid;

    const SEED: [u8; 32] = [9; 32];

    fn bid(number: usize) -> BidId {
        BidId::from_uuid(Uuid::from_u128(number as u128 + 1))
    }

    fn at(minute: i64) -> Instant {
        chrono::DateTime::from_timestamp(1_772_413_200 + minute * 60, 0).unwrap()
    }

    fn contender(number: usize, criteria: &[Criterion], sheets: &[&[&str]]) -> Contender {
        let sheet = |marks: &&[&str]| criteria.iter().zip(*marks).map(|(one, text)| (one.id, mark(text))).collect();
        Contender {
            bid: bid(number),
            sheets: sheets.iter().map(sheet).collect(),
            requested_funding: Some(Fen(100)),
            submitted_at: at(0),
        }
    }

    fn scheme(criteria: &[Criterion]) -> Scheme<'_> {
        Scheme { criteria, trim_from: 5, pass_mark: Decimal::whole(70), tie_order: TieRule::ALL, seed: &SEED }
    }

    fn ranked(criteria: &[Criterion], contenders: &[Contender]) -> Vec<(BidId, Option<TieRule>)> {
        let ranked = rank(&scheme(criteria), contenders).unwrap();
        assert!(ranked.iter().enumerate().all(|(place, one)| one.rank as usize == place + 1));
        ranked.into_iter().map(|one| (one.bid, one.tie_broken_by)).collect()
    }

    #[test]
    fn vectors_of_the_trimmed_mean() {
        let shown = |totals: &[&str]| {
            let totals: Vec<_> = totals.iter().map(|text| Total(mark(text).units() * 100)).collect();
            score(&totals, 5).unwrap().display().to_string()
        };
        assert_eq!(shown(&["90", "85", "70", "95", "88"]), "87.67");
        assert_eq!(shown(&["88.5", "91", "79", "84.5", "90", "86", "60"]), "85.60");
        assert_eq!(shown(&["80", "90", "100"]), "90.00");
        // Half up: 0.005 is 0.01, just below it is 0.00.
        assert_eq!(Score { sum: 50, count: 1 }.display().to_string(), "0.01");
        assert_eq!(Score { sum: 149, count: 3 }.display().to_string(), "0.00");
        assert_eq!(Score { sum: 150, count: 3 }.display().to_string(), "0.01");
        assert_eq!(score(&[], 5), None);
        assert_eq!(score(&[Total(1), Total(2)], 0), Some(Score { sum: 3, count: 2 }));
    }

    #[test]
    fn scores_that_look_alike_are_not_a_tie() {
        let criteria = [criterion(0, 100, None)];
        let first = contender(0, &criteria, &[&["87.66"], &["87.67"], &["87.67"]]);
        let second = contender(1, &criteria, &[&["87.67"], &["87.67"], &["87.67"]]);
        let all = rank(&scheme(&criteria), &[first, second]).unwrap();
        assert_eq!(all.iter().map(|one| one.score.display().to_string()).collect::<Vec<_>>(), ["87.67", "87.67"]);
        assert_eq!(
            all.iter().map(|one| (one.bid, one.tie_broken_by)).collect::<Vec<_>>(),
            [(bid(1), None), (bid(0), None)]
        );
    }

    #[test]
    fn every_tie_rule_in_turn() {
        let criteria = [criterion(0, 30, None), criterion(1, 40, None), criterion(2, 30, None)];
        let plain = |number| contender(number, &criteria, &[&["80", "80", "80"][..]; 5]);
        // Heavier on the second criterion, which is the heaviest; the score is the same.
        let technical = contender(0, &criteria, &[&["80", "81.5", "78"][..]; 5]);
        assert_eq!(
            ranked(&criteria, &[plain(1), technical.clone()]),
            [(bid(0), Some(TieRule::TechnicalMean)), (bid(1), Some(TieRule::TechnicalMean)),]
        );
        // Equal after trimming and in the technical mean; more points in all.
        let mut more = plain(2);
        more.sheets[0].insert(criteria[0].id, mark("90"));
        assert_eq!(ranked(&criteria, &[plain(1), more.clone()])[0], (bid(2), Some(TieRule::SumOfTotals)));
        let cheaper = Contender { requested_funding: Some(Fen(99)), submitted_at: at(9), ..plain(3) };
        assert_eq!(ranked(&criteria, &[plain(1), cheaper.clone()])[0], (bid(3), Some(TieRule::LowerFunding)));
        let unpriced = Contender { requested_funding: None, submitted_at: at(-9), ..plain(4) };
        assert_eq!(ranked(&criteria, &[unpriced, plain(1)])[0], (bid(1), Some(TieRule::LowerFunding)));
        let earlier = Contender { submitted_at: at(-1), ..plain(5) };
        assert_eq!(ranked(&criteria, &[plain(1), earlier.clone()])[0], (bid(5), Some(TieRule::EarlierSubmission)));

        let all = ranked(&criteria, &[plain(1), earlier, cheaper, more, technical, plain(6)]);
        let rules: Vec<_> = all.iter().map(|(_, rule)| rule.unwrap()).collect();
        assert_eq!(all[..4].iter().map(|(bid, _)| *bid).collect::<Vec<_>>(), [bid(0), bid(2), bid(3), bid(5)]);
        assert_eq!(
            rules,
            [
                TieRule::TechnicalMean,
                TieRule::TechnicalMean,
                TieRule::SumOfTotals,
                TieRule::LowerFunding,
                TieRule::EarlierSubmission,
                TieRule::RecordedDraw,
            ]
        );
    }

    #[test]
    fn the_recorded_draw_can_be_run_again() {
        let criteria = [criterion(0, 100, None)];
        let contenders: Vec<_> = (0..4).map(|number| contender(number, &criteria, &[&["80"]])).collect();
        let order: Vec<_> = ranked(&criteria, &contenders).into_iter().map(|(bid, _)| bid.to_string()).collect();
        // Computed apart, in another language: SHA-256(32 bytes of 9, then the id's text), ascending.
        assert_eq!(order, LOTS);
    }
    const LOTS: [&str; 4] = [
        "bid_00000000000000000000000004",
        "bid_00000000000000000000000002",
        "bid_00000000000000000000000003",
        "bid_00000000000000000000000001",
    ];

    #[test]
    fn the_first_of_equally_heavy_criteria_is_the_technical_one() {
        let criteria = [criterion(5, 40, None), criterion(1, 40, None), criterion(2, 20, None)];
        assert_eq!(technical(&criteria), Some(criteria[0].id));
        // What a formula gives is not the judges' word, however heavy.
        let price = Criterion { computed: true, ..criterion(9, 60, None) };
        assert_eq!(technical(&[price, criteria[2], criteria[1]]), Some(criteria[1].id));
        assert_eq!(technical(&[]), None);
    }

    #[test]
    fn passing_is_beside_the_rank() {
        let criteria = [criterion(0, 50, Some(60)), criterion(1, 50, None)];
        let passes =
            |sheets: &[&[&str]]| rank(&scheme(&criteria), &[contender(0, &criteria, sheets)]).unwrap()[0].passed;
        assert!(passes(&[&["70", "70"]]));
        assert!(!passes(&[&["69.99", "70"]]));
        assert!(passes(&[&["60", "80"]]));
        assert!(!passes(&[&["59.99", "100"]]));
        // The minimum is held against the mean over all sheets, the trimmed ones among them.
        assert!(passes(&[&["0", "100"], &["75", "100"], &["75", "100"], &["75", "100"], &["75", "100"]]));
        assert!(!passes(&[&["0", "100"], &["75", "100"], &["75", "100"], &["75", "100"], &["74.99", "100"]]));
        let strong = contender(0, &criteria, &[&["50", "100"]]);
        let weak = contender(1, &criteria, &[&["70", "70"]]);
        let all = rank(&scheme(&criteria), &[weak, strong]).unwrap();
        assert_eq!(all.iter().map(|one| (one.bid, one.passed)).collect::<Vec<_>>(), [(bid(0), false), (bid(1), true)]);
    }

    #[test]
    fn what_cannot_be_ranked_is_a_fault() {
        let criteria = [criterion(0, 60, None), criterion(1, 40, None)];
        let whole = contender(0, &criteria, &[&["80", "80"]]);
        assert!(rank(&scheme(&criteria), &[]).unwrap().is_empty());
        assert!(rank(&scheme(&criteria[..1]), &[]).is_err());
        assert!(rank(&scheme(&criteria), &[contender(0, &criteria, &[])]).is_err());
        assert!(rank(&scheme(&criteria), &[contender(0, &criteria, &[&["80"]])]).is_err());
        let odd = Scheme { pass_mark: "70.00001".parse().unwrap(), ..scheme(&criteria) };
        assert!(rank(&odd, &[whole]).is_err());
    }

    /// Marks of few values, so that ties are frequent at every rule.
    fn contenders() -> impl Strategy<Value = (Vec<Criterion>, Vec<Contender>)> {
        let shape = (2usize..5, 1usize..8, prop::sample::select(vec![[40u32, 40, 20], [50, 30, 20], [20, 20, 60]]));
        shape.prop_flat_map(|(bids, judges, weights)| {
            let criteria: Vec<_> = weights
                .iter()
                .enumerate()
                .map(|(number, weight)| criterion(number, *weight, (number == 1).then_some(60)))
                .collect();
            let unit = prop::sample::select(vec![6000i64, 7000, 7001, 8000, 9999]);
            let sheet = prop::collection::vec(unit, 3);
            let sheets = prop::collection::vec(sheet, judges);
            let money = prop::option::of(0i64..2);
            let one = (sheets, money, 0i64..2);
            let ids = criteria.clone();
            let all = prop::collection::vec(one, bids).prop_map(move |all| {
                let of = |(number, (sheets, money, minute)): (usize, (Vec<Vec<i64>>, Option<i64>, i64))| Contender {
                    bid: bid(number),
                    sheets: sheets
                        .into_iter()
                        .map(|marks| ids.iter().map(|one| one.id).zip(marks.into_iter().map(hundredths)).collect())
                        .collect(),
                    requested_funding: money.map(Fen),
                    submitted_at: at(minute),
                };
                all.into_iter().enumerate().map(of).collect()
            });
            (Just(criteria), all)
        })
    }

    /// The rules by the letter, in decimals: means times 420, a multiple of every number of sheets here, so that they are exact.
    struct Oracle {
        score: Exact,
        passed: bool,
        keys: [Exact; 4],
        lot: String,
    }

    fn oracle(criteria: &[Criterion], one: &Contender) -> Oracle {
        let number = |units: i64| Exact::new(units, 2);
        let common = Exact::from(420);
        let judges = Exact::from(one.sheets.len() as u64);
        let mut totals: Vec<Exact> = one
            .sheets
            .iter()
            .map(|sheet| criteria.iter().map(|c| Exact::new(c.weight.into(), 2) * number(sheet[&c.id].units())).sum())
            .collect();
        totals.sort();
        let all: Exact = totals.iter().sum();
        let counted = if totals.len() >= 5 { &totals[1..totals.len() - 1] } else { &totals[..] };
        let score = counted.iter().sum::<Exact>() * (common / Exact::from(counted.len() as u64));
        let mean = |c: &Criterion| {
            one.sheets.iter().map(|sheet| number(sheet[&c.id].units())).sum::<Exact>() * (common / judges)
        };
        let mut heaviest = &criteria[0];
        for c in criteria {
            if c.weight > heaviest.weight {
                heaviest = c;
            }
        }
        let minima = criteria.iter().filter(|c| c.minimum.is_some_and(|least| mean(c) < Exact::from(least) * common));
        let mut text = SEED.to_vec();
        text.extend(one.bid.to_string().bytes());
        Oracle {
            score,
            passed: score >= Exact::from(70) * common && minima.count() == 0,
            keys: [
                mean(heaviest),
                all,
                -one.requested_funding.map_or(Exact::MAX, |fen| Exact::from(fen.0)),
                -Exact::from(one.submitted_at.timestamp_millis()),
            ],
            lot: hex::encode(Sha256::digest(&text)),
        }
    }

    /// Whether the first stands before the second, and by which rule.
    fn before(first: &Oracle, second: &Oracle) -> (bool, Option<TieRule>) {
        if first.score != second.score {
            return (first.score > second.score, None);
        }
        let rules = ["TECHNICAL_MEAN", "SUM_OF_TOTALS", "LOWER_FUNDING", "EARLIER_SUBMISSION"];
        for (rule, (a, b)) in rules.iter().zip(first.keys.iter().zip(&second.keys)) {
            if a != b {
                return (a > b, Some(rule.parse().unwrap()));
            }
        }
        (first.lot < second.lot, Some(TieRule::RecordedDraw))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn the_ranking_agrees_with_the_oracle((criteria, contenders) in contenders()) {
            let found = rank(&scheme(&criteria), &contenders).unwrap();
            let facts: Vec<_> = contenders.iter().map(|one| (one.bid, oracle(&criteria, one))).collect();
            let of = |bid: BidId| &facts.iter().find(|(other, _)| *other == bid).unwrap().1;
            for one in &found {
                let above = facts.iter().filter(|(bid, other)| *bid != one.bid && before(other, of(one.bid)).0);
                prop_assert_eq!(one.rank as usize, above.count() + 1);
                prop_assert_eq!(one.passed, of(one.bid).passed);
                let exact = of(one.bid).score / Exact::from(420);
                let rounded = exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
                prop_assert_eq!(one.score.display().inner(), rounded);
            }
            for (place, one) in found.iter().enumerate() {
                let tied = |other: &Ranked| of(other.bid).score == of(one.bid).score;
                let above = place.checked_sub(1).map(|above| &found[above]).filter(|other| tied(other));
                let below = found.get(place + 1).filter(|other| tied(other));
                let expected = match (above, below) {
                    (Some(above), _) => before(of(above.bid), of(one.bid)).1,
                    (None, Some(below)) => before(of(one.bid), of(below.bid)).1,
                    (None, None) => None,
                };
                prop_assert_eq!(one.tie_broken_by, expected);
            }
        }

        #[test]
        fn the_order_of_sheets_and_bids_does_not_matter(
            ((criteria, contenders), turns) in (contenders(), 0usize..8),
        ) {
            let mut mixed = contenders.clone();
            mixed.reverse();
            for one in &mut mixed {
                let judges = one.sheets.len();
                one.sheets.rotate_left(turns % judges);
                one.sheets[turns % judges..].reverse();
            }
            prop_assert_eq!(rank(&scheme(&criteria), &contenders).unwrap(), rank(&scheme(&criteria), &mixed).unwrap());
        }
    }
}
