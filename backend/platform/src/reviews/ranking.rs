//! The ranking: a pure function of the scheme and the sheets. Run again, it gives the same order.
//!
//! * A bid's **score** is the mean of its sheets' totals; from `trim_from` sheets on, one highest and one lowest total are left out.
//!   Scores are kept as (sum, number) and compared by cross-multiplication: nothing is rounded before it is shown.
//! * What a formula marks is computed here, against the lowest price among the bids that are ranked: it follows when one falls.
//! * **Ties** are separated by these, in the order that was published (this one by default): the higher plain mean of the technical
//!   criterion (the heaviest that judges mark, the first among equals); the larger sum of all totals, none left out; the lower
//!   requested funding; the earlier submission; the recorded draw, ascending SHA-256(seed ‖ bid id).
//! * A bid **passes** when its score is at least the pass mark and, for every criterion with a minimum, the plain mean of that
//!   criterion's marks over all sheets is at least the minimum. Whether a bid passes does not move its rank.
//! * **Normalised**, each total is replaced by its standard score among the totals of the same judge ([`super::normal`]), and the
//!   mean is taken of these, trimmed alike. Ties and passing stay with the marks as they were given.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::marks::{self, Criterion, Mark, Marks, Total};
use super::normal::{self, Scale};
use super::price::{self, Prices};
use crate::base::id::{BidId, CriterionId, SeatId};
use crate::base::words::TieRule;
use crate::base::{Decimal, Fen, Instant, Result};
use crate::words;

/// What a review is decided by.
#[derive(Clone, Copy, Debug)]
pub struct Scheme<'a> {
    /// The criteria in their published order; the weights sum to 100.
    pub criteria: &'a [Criterion],
    /// Sheets from which on one highest and one lowest total are left out.
    pub trim_from: u32,
    /// The score that passes.
    pub pass_mark: Decimal,
    /// The rules that separate equal scores, in their published order; the recorded draw stands last.
    pub tie_order: &'a [TieRule],
    /// The draw's seed, committed to at publication.
    pub seed: &'a [u8; 32],
    /// Sheets that every judge must have given before totals are normalised. [`rank`] does not ask for it.
    pub normalise_from: u32,
    /// How many judges sit: who has given no sheet at all has given too few.
    pub judges: usize,
}

/// A bid and the sheets that count for it: those of judges replaced or recused are not among them, nor abstentions.
#[derive(Clone, Debug)]
pub struct Contender {
    /// Which.
    pub bid: BidId,
    /// What each judge gave, all whole (`marks::is_whole`); one sheet alone where the panel agreed on it.
    pub sheets: BTreeMap<SeatId, Marks>,
    /// What it asks for; a bid that names nothing stands behind every bid that does.
    pub requested_funding: Option<Fen>,
    /// When it was last handed in.
    pub submitted_at: Instant,
}

/// A mean, unrounded: of totals, or of standard scores where the ranking is normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The sum of what counts, in 1/10000 of a point, or in millionths of a standard deviation.
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
    /// Its score; of a normalised ranking the mean standard score.
    pub score: Score,
    /// Whether it passes: by the marks as they were given, however it was ranked.
    pub passed: bool,
    /// Among bids of equal score, the rule that set this one behind the one above it; for the first of them, before the one below.
    pub tie_broken_by: Option<TieRule>,
}

words! {
    /// Why a ranking is not normalised.
    pub enum Unnormalised {
        /// Some judge has given fewer sheets than the rules ask for.
        TooFewSheets = "too_few_sheets",
        /// Some judge has given every bid the same.
        NoSpread = "no_spread",
    }
}

/// What the ranking would be without one judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Without {
    /// The judge's seat.
    pub seat: SeatId,
    /// Whether the same bid stands first.
    pub first_stays: bool,
    /// The most places that any bid moves.
    pub most_places: u32,
    /// Whether the same bids pass.
    pub same_pass: bool,
}

impl Score {
    /// The mean in points, half-up to two places, for display.
    pub fn display(self) -> Decimal {
        self.shown(Total::POINT / 100, 2)
    }

    /// The mean standard score, half away from zero to four places, for display.
    pub fn display_normalised(self) -> Decimal {
        self.shown(normal::UNIT / 10_000, 4)
    }

    /// Unit and mean in one division.
    fn shown(self, unit: i64, places: u32) -> Decimal {
        let divisor = i128::from(self.count.max(1)) * i128::from(unit);
        let sum = i128::from(self.sum);
        let rounded = sum.signum() * ((2 * sum.abs() + divisor) / (2 * divisor));
        Decimal::scaled(i64::try_from(rounded).unwrap_or(i64::MAX), places)
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

/// A scheme, checked and looked through once.
struct Plan<'a> {
    scheme: &'a Scheme<'a>,
    /// In 1/10000 of a point.
    pass_mark: i64,
    technical: CriterionId,
    minima: Vec<(CriterionId, u32)>,
}

/// A sheet as far as the order asks.
struct Line {
    seat: SeatId,
    total: Total,
    /// Of that, what the judge gave.
    judged: Total,
    technical: Mark,
    /// The marks of the criteria that have a minimum, in their order.
    minima: Vec<Mark>,
}

/// A bid with its sheets summed up.
struct Entry {
    bid: BidId,
    lines: Vec<Line>,
    requested_funding: Option<Fen>,
    submitted_at: Instant,
    lot: [u8; 32],
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
    let Some(plan) = Plan::of(scheme, contenders)? else { return Ok(Vec::new()) };
    let standings = plan.entries(contenders)?;
    let standings = standings.iter().map(|entry| plan.standing(entry, None).with_context(|| no_sheets(entry.bid)));
    Ok(order(standings.collect::<std::result::Result<_, _>>()?, scheme.tie_order))
}

/// Ranks the bids by the mean of their standard scores, or says why not: too few sheets before no spread, whoever the judge.
pub fn normalised(
    scheme: &Scheme<'_>,
    contenders: &[Contender],
) -> Result<std::result::Result<Vec<Ranked>, Unnormalised>> {
    let Some(plan) = Plan::of(scheme, contenders)? else { return Ok(Ok(Vec::new())) };
    let entries = plan.entries(contenders)?;
    let mut scales: HashMap<SeatId, Scale> = HashMap::new();
    for line in entries.iter().flat_map(|entry| &entry.lines) {
        scales.entry(line.seat).or_default().add(line.total);
    }
    let silent = scales.len() < scheme.judges;
    if silent || scales.values().any(|scale| scale.count() < scheme.normalise_from.into()) {
        return Ok(Err(Unnormalised::TooFewSheets));
    }
    // A spread that formulas make is no judge's: who gives every bid the same would weigh by the price alone.
    let mut judged: HashMap<SeatId, Scale> = HashMap::new();
    for line in entries.iter().flat_map(|entry| &entry.lines) {
        judged.entry(line.seat).or_default().add(line.judged);
    }
    if scales.values().chain(judged.values()).any(|scale| scale.spread() == 0) {
        return Ok(Err(Unnormalised::NoSpread));
    }
    let standing = |entry: &Entry| {
        let z = |line: &Line| scales.get(&line.seat).context("a judge without a scale")?.z(line.total);
        let zs: Vec<i64> = entry.lines.iter().map(z).collect::<Result<_>>()?;
        let score = trimmed(zs.iter().copied(), scheme.trim_from);
        let raw = plan.standing(entry, None);
        let (raw, score) = raw.zip(score).with_context(|| no_sheets(entry.bid))?;
        Ok(Standing { score, ..raw })
    };
    let standings = entries.iter().map(standing).collect::<Result<_>>()?;
    Ok(Ok(order(standings, scheme.tie_order)))
}

/// What the ranking would be without each of the judges in turn, by seat. `None` for a judge without whom some bid would have no
/// sheet left: then there is no such ranking.
pub fn stability(scheme: &Scheme<'_>, contenders: &[Contender]) -> Result<Vec<(SeatId, Option<Without>)>> {
    let Some(plan) = Plan::of(scheme, contenders)? else { return Ok(Vec::new()) };
    let entries = plan.entries(contenders)?;
    let without = |seat: Option<SeatId>| {
        let standings: Option<Vec<Standing>> = entries.iter().map(|entry| plan.standing(entry, seat)).collect();
        Some(order(standings?, scheme.tie_order))
    };
    let all = without(None).context("a bid has no sheets")?;
    let places: HashMap<BidId, &Ranked> = all.iter().map(|one| (one.bid, one)).collect();
    let mut seats: Vec<SeatId> = entries.iter().flat_map(|entry| &entry.lines).map(|line| line.seat).collect();
    seats.sort_unstable();
    seats.dedup();
    let compared = seats.into_iter().map(|seat| {
        let Some(less) = without(Some(seat)) else { return (seat, None) };
        let pairs = || less.iter().filter_map(|one| Some((one, *places.get(&one.bid)?)));
        let found = Without {
            seat,
            first_stays: less.first().map(|one| one.bid) == all.first().map(|one| one.bid),
            most_places: pairs().map(|(one, before)| one.rank.abs_diff(before.rank)).max().unwrap_or(0),
            same_pass: pairs().all(|(one, before)| one.passed == before.passed),
        };
        (seat, Some(found))
    });
    Ok(compared.collect())
}

/// The criterion that decides ties: the heaviest that judges mark, the first among equals.
pub fn technical(criteria: &[Criterion]) -> Option<CriterionId> {
    let judged = || criteria.iter().filter(|criterion| criterion.formula.is_none());
    let heaviest = judged().map(|criterion| criterion.weight).max()?;
    judged().find(|criterion| criterion.weight == heaviest).map(|criterion| criterion.id)
}

/// The least that any of these bids asks for: what their price marks are held against.
pub fn lowest_price(contenders: &[Contender]) -> Option<Fen> {
    contenders.iter().filter_map(|one| one.requested_funding).min()
}

/// The mean of the totals, one highest and one lowest left out from `trim_from` on; none where there are no totals.
pub fn score(totals: &[Total], trim_from: u32) -> Option<Score> {
    trimmed(totals.iter().map(|total| total.0), trim_from)
}

fn trimmed(values: impl ExactSizeIterator<Item = i64> + Clone, trim_from: u32) -> Option<Score> {
    let mut count = u32::try_from(values.len()).ok()?;
    let mut sum: i64 = values.clone().sum();
    // Something has to be left, whatever the rules' numbers say.
    if count >= trim_from.max(3) {
        sum -= values.clone().max()? + values.min()?;
        count -= 2;
    }
    (count > 0).then_some(Score { sum, count })
}

fn no_sheets(bid: BidId) -> String {
    format!("{bid} has no sheets")
}

/// Best first, numbered, and each tie with its rule.
fn order(mut standings: Vec<Standing>, rules: &[TieRule]) -> Vec<Ranked> {
    standings.sort_by(|a, b| a.compare(b, rules).0);
    let rule_between = |first: Option<&Standing>, second: Option<&Standing>| match (first, second) {
        (Some(first), Some(second)) => first.compare(second, rules).1,
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
    ranked.collect()
}

impl<'a> Plan<'a> {
    /// None where there is nothing to rank.
    fn of(scheme: &'a Scheme<'a>, contenders: &[Contender]) -> Result<Option<Self>> {
        marks::check(scheme.criteria)?;
        if contenders.is_empty() {
            return Ok(None);
        }
        let pass_mark = scheme.pass_mark.in_units(4);
        Ok(Some(Self {
            scheme,
            pass_mark: pass_mark.with_context(|| format!("{} is no pass mark", scheme.pass_mark))?,
            technical: technical(scheme.criteria).context("judges mark no criterion")?,
            minima: scheme.criteria.iter().filter_map(|one| Some((one.id, one.minimum?))).collect(),
        }))
    }

    fn entries(&self, contenders: &[Contender]) -> Result<Vec<Entry>> {
        let lowest = lowest_price(contenders);
        contenders.iter().map(|one| self.entry(one, lowest)).collect()
    }

    fn entry(&self, contender: &Contender, lowest: Option<Fen>) -> Result<Entry> {
        let prices = Prices { own: contender.requested_funding, lowest };
        let computed = price::computed(self.scheme.criteria, prices)?;
        let lines = contender.sheets.iter().map(|(seat, judged)| self.line(*seat, judged, &computed));
        let lot = Sha256::new().chain_update(self.scheme.seed).chain_update(contender.bid.to_string()).finalize();
        Ok(Entry {
            bid: contender.bid,
            lines: lines.collect::<Result<_>>()?,
            requested_funding: contender.requested_funding,
            submitted_at: contender.submitted_at,
            lot: lot.into(),
        })
    }

    /// What `price::complete` and `marks::total` say of a sheet, without copying it.
    fn line(&self, seat: SeatId, judged: &Marks, computed: &Marks) -> Result<Line> {
        let mark = |id: CriterionId| computed.get(&id).or_else(|| judged.get(&id)).copied();
        let held = computed.len() + judged.keys().filter(|id| !computed.contains_key(id)).count();
        let total = marks::weighted(self.scheme.criteria, held, |criterion| mark(criterion.id))?;
        let by_formula =
            |criterion: &Criterion| Some(i64::from(criterion.weight) * computed.get(&criterion.id)?.units());
        let judged = Total(total.0 - self.scheme.criteria.iter().filter_map(by_formula).sum::<i64>());
        Ok(Line {
            seat,
            total,
            judged,
            technical: mark(self.technical).context("the technical criterion is unmarked")?,
            minima: self.minima.iter().filter_map(|(id, _)| mark(*id)).collect(),
        })
    }

    /// How a bid stands, by its sheets but those of one judge; none where it has no others.
    fn standing(&self, entry: &Entry, without: Option<SeatId>) -> Option<Standing> {
        let lines: Vec<&Line> = entry.lines.iter().filter(|line| Some(line.seat) != without).collect();
        let score = trimmed(lines.iter().map(|line| line.total.0), self.scheme.trim_from)?;
        let count = u32::try_from(lines.len()).ok()?;
        let mean = |sum| Mean { sum, count };
        let reached = self.minima.iter().enumerate().all(|(place, (_, minimum))| {
            let marks = lines.iter().filter_map(|line| line.minima.get(place));
            mean(marks.map(|mark| mark.units()).sum()).reaches(i64::from(*minimum) * Mark::POINT)
        });
        Some(Standing {
            bid: entry.bid,
            score,
            passed: reached && score.mean().reaches(self.pass_mark),
            technical: mean(lines.iter().map(|line| line.technical.units()).sum()),
            all_totals: lines.iter().map(|line| line.total.0).sum(),
            requested_funding: entry.requested_funding,
            submitted_at: entry.submitted_at,
            lot: entry.lot,
        })
    }
}

impl Standing {
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

#[cfg(test)]
mod tests {
    use super::super::marks::tests::{criterion, hundredths, mark};
    use super::*;
    use crate::base::id::Kind;
    use crate::base::words::PriceFormula;
    use proptest::prelude::*;
    use rust_decimal::{Decimal as Exact, RoundingStrategy};
    use uuid::Uuid;

    const SEED: [u8; 32] = [9; 32];

    fn bid(number: usize) -> BidId {
        BidId::from_uuid(Uuid::from_u128(number as u128 + 1))
    }

    fn seat(judge: usize) -> SeatId {
        SeatId::from_uuid(Uuid::from_u128(judge as u128 + 1))
    }

    fn at(minute: i64) -> Instant {
        chrono::DateTime::from_timestamp(1_772_413_200 + minute * 60, 0).unwrap()
    }

    fn contender(number: usize, criteria: &[Criterion], sheets: &[&[&str]]) -> Contender {
        let sheet = |marks: &&[&str]| criteria.iter().zip(*marks).map(|(one, text)| (one.id, mark(text))).collect();
        Contender {
            bid: bid(number),
            sheets: sheets.iter().map(sheet).enumerate().map(|(judge, marks)| (seat(judge), marks)).collect(),
            requested_funding: Some(Fen(100)),
            submitted_at: at(0),
        }
    }

    fn scheme(criteria: &[Criterion]) -> Scheme<'_> {
        Scheme {
            criteria,
            trim_from: 5,
            pass_mark: Decimal::whole(70),
            tie_order: TieRule::ALL,
            seed: &SEED,
            normalise_from: 2,
            judges: 0,
        }
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
        more.sheets.get_mut(&seat(0)).unwrap().insert(criteria[0].id, mark("90"));
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
        assert_eq!(technical(&[price(60), criteria[2], criteria[1]]), Some(criteria[1].id));
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

    fn price(weight: u32) -> Criterion {
        Criterion { formula: Some(PriceFormula::LowestPrice), ..criterion(9, weight, None) }
    }

    fn asking(contender: Contender, fen: i64) -> Contender {
        Contender { requested_funding: Some(Fen(fen)), ..contender }
    }

    #[test]
    fn a_price_mark_follows_when_the_cheapest_falls() {
        let criteria = [criterion(0, 90, None), price(10)];
        let judged = |number, text| contender(number, &criteria[..1], &[&[text]]);
        let all = [
            asking(judged(0, "70"), 100),
            asking(judged(1, "80"), 200),
            // An old sheet's price mark counts for nothing.
            asking(contender(2, &criteria, &[&["80", "100"]]), 400),
        ];
        let scores = |contenders: &[Contender]| -> Vec<(BidId, String)> {
            let ranked = rank(&scheme(&criteria), contenders).unwrap();
            ranked.into_iter().map(|one| (one.bid, one.score.display().to_string())).collect()
        };
        let shown = |lines: &[(usize, &str)]| -> Vec<_> {
            lines.iter().map(|(number, score)| (bid(*number), (*score).to_owned())).collect()
        };
        assert_eq!(scores(&all), shown(&[(1, "77.00"), (2, "74.50"), (0, "73.00")]));
        assert_eq!(scores(&all[1..]), shown(&[(1, "82.00"), (2, "77.00")]));
        assert_eq!(lowest_price(&all[1..]), Some(Fen(200)));
        let unpriced = Contender { requested_funding: None, ..all[1].clone() };
        assert!(rank(&scheme(&criteria), &[unpriced]).is_err());
    }

    /// One judge uses the whole scale, two use two points of it.
    #[test]
    fn a_wide_judge_outvotes_two_narrow_ones_only_in_points() {
        let criteria = [criterion(0, 100, None)];
        let of = |number, marks: [&str; 3]| contender(number, &criteria, &marks.each_ref().map(std::slice::from_ref));
        let all = [of(0, ["0", "71", "71"]), of(1, ["50", "72", "72"]), of(2, ["100", "70", "70"])];
        assert_eq!(ranked(&criteria, &all), [(bid(2), None), (bid(1), None), (bid(0), None)]);
        let lines = normalised(&scheme(&criteria), &all).unwrap().unwrap();
        let technical = Some(TieRule::TechnicalMean);
        let told: Vec<_> = lines.iter().map(|one| (one.bid, one.rank, one.tie_broken_by)).collect();
        assert_eq!(told, [(bid(1), 1, None), (bid(2), 2, technical), (bid(0), 3, technical)]);
        let scores: Vec<_> = lines.iter().map(|one| one.score).collect();
        let tied = Score { sum: -1_224_744, count: 3 };
        assert_eq!(scores, [Score { sum: 2_449_488, count: 3 }, tied, tied]);
        assert_eq!(tied.display_normalised().to_string(), "-0.4082");
        assert_eq!(scores[0].display_normalised().to_string(), "0.8165");
        // Whether a bid passes is asked of the marks.
        assert_eq!(lines.iter().map(|one| one.passed).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn what_is_not_normalised() {
        let criteria = [criterion(0, 100, None)];
        let of = |number, marks: [&str; 2]| contender(number, &criteria, &marks.each_ref().map(std::slice::from_ref));
        let mut all = vec![of(0, ["70", "80"]), of(1, ["80", "80"])];
        let told = |all: &[Contender], from| {
            let scheme = Scheme { normalise_from: from, ..scheme(&criteria) };
            normalised(&scheme, all).unwrap().map(|lines| lines.len())
        };
        assert_eq!(told(&all, 2), Err(Unnormalised::NoSpread));
        assert_eq!(told(&all, 3), Err(Unnormalised::TooFewSheets));
        assert!(rank(&scheme(&criteria), &all).is_ok());
        all.push(of(2, ["60", "90"]));
        assert_eq!(told(&all, 3), Ok(3));
        // A judge who abstained once has a sheet less.
        all[2].sheets.remove(&seat(0));
        assert_eq!(told(&all, 3), Err(Unnormalised::TooFewSheets));
        assert_eq!(told(&all, 2), Ok(3));
        // One total alone lies nowhere.
        assert_eq!(told(&all[..1], 0), Err(Unnormalised::NoSpread));
        assert_eq!(told(&[], 3), Ok(0));
    }

    #[test]
    fn without_one_judge() {
        let criteria = [criterion(0, 100, None)];
        let of = |number, marks: [&str; 3]| contender(number, &criteria, &marks.each_ref().map(std::slice::from_ref));
        // The first judge alone lifts the third bid from the last place to the first.
        let mut all = vec![of(0, ["52", "90", "90"]), of(1, ["58", "82", "82"]), of(2, ["100", "71", "70"])];
        let told = |all: &[Contender]| stability(&scheme(&criteria), all).unwrap();
        let line = |judge, first_stays, most_places, same_pass| {
            (seat(judge), Some(Without { seat: seat(judge), first_stays, most_places, same_pass }))
        };
        assert_eq!(ranked(&criteria, &all).iter().map(|(bid, _)| *bid).collect::<Vec<_>>(), [bid(2), bid(0), bid(1)]);
        assert_eq!(told(&all), [line(0, false, 2, true), line(1, true, 0, true), line(2, true, 0, true)]);
        // Nobody else has marked the fourth bid.
        all.push(Contender { sheets: [(seat(1), all[0].sheets[&seat(1)].clone())].into(), ..of(3, ["0"; 3]) });
        let told = told(&all);
        assert_eq!(told.iter().map(|(seat, _)| *seat).collect::<Vec<_>>(), [seat(0), seat(1), seat(2)]);
        assert!(told[0].1.is_some() && told[1].1.is_none() && told[2].1.is_some());
        assert!(stability(&scheme(&criteria), &[]).unwrap().is_empty());
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
                        .enumerate()
                        .map(|(judge, marks)| (seat(judge), marks))
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
            .values()
            .map(|sheet| criteria.iter().map(|c| Exact::new(c.weight.into(), 2) * number(sheet[&c.id].units())).sum())
            .collect();
        totals.sort();
        let all: Exact = totals.iter().sum();
        let counted = if totals.len() >= 5 { &totals[1..totals.len() - 1] } else { &totals[..] };
        let score = counted.iter().sum::<Exact>() * (common / Exact::from(counted.len() as u64));
        let mean = |c: &Criterion| {
            one.sheets.values().map(|sheet| number(sheet[&c.id].units())).sum::<Exact>() * (common / judges)
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
                // Who gave which sheet does not matter to the bid: not to its raw score.
                let judges = one.sheets.len();
                let turned = |(judge, marks)| (seat((judge + turns) % judges), marks);
                one.sheets = std::mem::take(&mut one.sheets).into_values().enumerate().map(turned).collect();
            }
            prop_assert_eq!(rank(&scheme(&criteria), &contenders).unwrap(), rank(&scheme(&criteria), &mixed).unwrap());
        }

        #[test]
        fn ranks_are_a_permutation((criteria, contenders) in contenders()) {
            let mut bids: Vec<_> = contenders.iter().map(|one| one.bid).collect();
            bids.sort_unstable();
            let told = [Ok(rank(&scheme(&criteria), &contenders).unwrap()), normalised(&scheme(&criteria), &contenders).unwrap()];
            for lines in told.into_iter().flatten() {
                let mut of: Vec<_> = lines.iter().map(|one| one.bid).collect();
                of.sort_unstable();
                prop_assert_eq!(&of, &bids);
                prop_assert!(lines.iter().zip(1..).all(|(one, place)| one.rank == place));
            }
        }

        /// Nor what seats are called, as long as whoever gave one sheet gave the others.
        #[test]
        fn no_order_matters_to_normalised_rankings_nor_to_stability(
            ((criteria, contenders), turns) in (contenders(), 0usize..8),
        ) {
            let judges = contenders[0].sheets.len();
            let mut mixed = contenders.clone();
            mixed.reverse();
            for one in &mut mixed {
                let turned = |(judge, marks)| (seat((judge + turns) % judges), marks);
                one.sheets = std::mem::take(&mut one.sheets).into_values().enumerate().map(turned).collect();
            }
            let scheme = scheme(&criteria);
            prop_assert_eq!(normalised(&scheme, &contenders).unwrap(), normalised(&scheme, &mixed).unwrap());
            let (before, after) = (stability(&scheme, &contenders).unwrap(), stability(&scheme, &mixed).unwrap());
            for (judge, (_, without)) in before.into_iter().enumerate() {
                let renamed = seat((judge + turns) % judges);
                let expected = without.map(|found| Without { seat: renamed, ..found });
                prop_assert_eq!(after.iter().find(|(seat, _)| *seat == renamed).unwrap().1, expected);
            }
        }

        #[test]
        fn a_judge_who_never_differs_stops_only_the_normalised_ranking((criteria, mut contenders) in contenders()) {
            let sheet: Marks = criteria.iter().map(|one| (one.id, hundredths(8000))).collect();
            contenders.iter_mut().for_each(|one| drop(one.sheets.insert(seat(0), sheet.clone())));
            prop_assert!(rank(&scheme(&criteria), &contenders).is_ok());
            prop_assert_eq!(normalised(&scheme(&criteria), &contenders).unwrap(), Err(Unnormalised::NoSpread));
        }

        /// Standard scores keep the order of a judge's own totals, and no two of them merge.
        #[test]
        fn a_single_judge_ranks_alike((criteria, mut contenders) in contenders()) {
            contenders.iter_mut().for_each(|one| one.sheets.retain(|judge, _| *judge == seat(0)));
            let told = |lines: Vec<Ranked>| -> Vec<_> {
                lines.into_iter().map(|one| (one.bid, one.rank, one.passed, one.tie_broken_by)).collect()
            };
            let raw = told(rank(&scheme(&criteria), &contenders).unwrap());
            match normalised(&scheme(&criteria), &contenders).unwrap() {
                Ok(lines) => prop_assert_eq!(told(lines), raw),
                Err(why) => {
                    prop_assert_eq!(why, Unnormalised::NoSpread);
                    let totals = contenders.iter().map(|one| marks::total(&criteria, &one.sheets[&seat(0)]).unwrap());
                    prop_assert_eq!(totals.collect::<std::collections::BTreeSet<_>>().len(), 1);
                }
            }
        }

        /// A bid that falls takes nothing with it but its place and its price.
        #[test]
        fn a_bid_that_falls_changes_the_others_by_rank_and_price_alone(
            ((criteria, mut contenders), funding) in (contenders(), prop::collection::vec(1i64..4, 5)),
        ) {
            let score_of = |lines: &[Ranked]| -> BTreeMap<BidId, (Score, bool)> {
                lines.iter().map(|one| (one.bid, (one.score, one.passed))).collect()
            };
            for (one, fen) in contenders.iter_mut().zip(funding) {
                one.requested_funding = Some(Fen(fen));
            }
            // Judges alone.
            let before = rank(&scheme(&criteria), &contenders).unwrap();
            let after = rank(&scheme(&criteria), &contenders[1..]).unwrap();
            let fallen = contenders[0].bid;
            let order = |lines: &[Ranked]| -> Vec<_> { lines.iter().map(|one| one.bid).filter(|bid| *bid != fallen).collect() };
            prop_assert_eq!(order(&before), order(&after));
            let mut scores = score_of(&before);
            scores.remove(&fallen);
            prop_assert_eq!(scores, score_of(&after));
            // With a price: as if judges had given the marks that the new lowest price makes.
            let mut priced = criteria.clone();
            let last = priced.len() - 1;
            priced[last].formula = Some(PriceFormula::LowestPrice);
            let after = rank(&scheme(&priced), &contenders[1..]).unwrap();
            let mut written = contenders[1..].to_vec();
            let lowest = lowest_price(&written);
            for one in &mut written {
                let prices = Prices { own: one.requested_funding, lowest };
                one.sheets.values_mut().for_each(|sheet| *sheet = price::complete(&priced, sheet, prices).unwrap());
            }
            prop_assert_eq!(score_of(&after), score_of(&rank(&scheme(&criteria), &written).unwrap()));
            if lowest == lowest_price(&contenders) {
                prop_assert_eq!(order(&rank(&scheme(&priced), &contenders).unwrap()), order(&after));
            }
        }

        #[test]
        fn stability_is_what_ranking_again_tells((criteria, mut contenders) in contenders(), gone in 0usize..8) {
            // Somebody abstained.
            if contenders[0].sheets.len() > 1 {
                contenders[0].sheets.remove(&seat(gone));
            }
            let all = rank(&scheme(&criteria), &contenders).unwrap();
            for (judge, told) in stability(&scheme(&criteria), &contenders).unwrap() {
                let mut others = contenders.clone();
                others.iter_mut().for_each(|one| drop(one.sheets.remove(&judge)));
                let again = rank(&scheme(&criteria), &others).ok();
                let expected = again.map(|again| {
                    let before = |bid| *all.iter().find(|one| one.bid == bid).unwrap();
                    Without {
                        seat: judge,
                        first_stays: again[0].bid == all[0].bid,
                        most_places: again.iter().map(|one| one.rank.abs_diff(before(one.bid).rank)).max().unwrap(),
                        same_pass: again.iter().all(|one| one.passed == before(one.bid).passed),
                    }
                });
                prop_assert_eq!(told, expected);
            }
        }
    }
}
