//! Rankings and statistics beside `tests/oracle/recompute.py`, which reads the rules anew in another language. Competitions are made up
//! from a seed; the platform's pure functions claim, the oracle checks. No database: only in the pass on SQLite.

#[path = "../crash/dice.rs"]
pub mod dice;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek, Write};
use std::path::Path;
use std::process::Command;

use dice::Dice;
use jiebang_platform::base::id::{BidId, CriterionId, Kind, SeatId};
use jiebang_platform::base::words::{PriceFormula, TieRule};
use jiebang_platform::base::{Decimal, Fen, Instant};
use jiebang_platform::reviews::marks::{self, Criterion, Mark, Marks, Total};
use jiebang_platform::reviews::price::{self, Prices};
use jiebang_platform::reviews::ranking::{self, Contender, Ranked, Scheme};
use jiebang_platform::reviews::statistics::{self, Row, Untold};
use sea_orm::prelude::Uuid;
use serde_json::{Value, json};

/// All that was ever handed in, and who and what no longer counts.
struct Competition {
    criteria: Vec<Criterion>,
    trim_from: u32,
    pass_mark: Decimal,
    tie_order: Vec<TieRule>,
    seed: [u8; 32],
    normalise_from: u32,
    deviation: Decimal,
    /// Whether the judge left.
    seats: Vec<(SeatId, bool)>,
    bids: Vec<Bid>,
    sheets: Vec<Sheet>,
}

#[derive(Clone)]
struct Bid {
    id: BidId,
    funding: Option<Fen>,
    submitted_at: Instant,
    fell: bool,
}

#[derive(Clone)]
struct Sheet {
    seat: SeatId,
    bid: BidId,
    marks: Marks,
    abstained: bool,
}

fn numbered<K: Kind>(number: usize) -> K {
    K::from_uuid(Uuid::from_u128((0x0198_0000_0000_7000_8000 << 48) + number as u128))
}

fn at(milliseconds: u64) -> Instant {
    Instant::from_timestamp_millis(1_772_413_200_000 + milliseconds as i64).unwrap()
}

fn mark(units: i64) -> Mark {
    Mark::read(Decimal::scaled(units, 2)).unwrap()
}

fn pick<T: Copy>(dice: &mut Dice, from: &[T]) -> T {
    from[dice.below(from.len() as u64) as usize]
}

impl Competition {
    /// Anything that can be, with ties more often than by chance.
    fn made_up(dice: &mut Dice) -> Self {
        let criteria = criteria(dice);
        let priced = criteria.iter().any(|one| one.formula.is_some());
        let judges = 1 + dice.below(9) as usize;
        let stays = dice.below(judges as u64) as usize;
        let seats: Vec<(SeatId, bool)> =
            (0..judges).map(|number| (numbered(number), number != stays && dice.one_in(6))).collect();
        let count = 1 + dice.below(12) as usize;
        let stands = dice.below(count as u64) as usize;
        let few = [9_000_000, 10_000_000, 10_000_000, 33_333_333].map(Fen);
        let mut bids: Vec<Bid> = (0..count)
            .map(|number| Bid {
                id: numbered(number),
                funding: match dice.below(6) {
                    0 if !priced => None,
                    1 => Some(Fen(1 + dice.below(1 << 53) as i64)),
                    _ => Some(pick(dice, &few)),
                },
                submitted_at: at(dice.below(3) * 60_000 + dice.below(2)),
                fell: number != stands && dice.one_in(6),
            })
            .collect();
        let palette: Vec<i64> = match dice.below(13) {
            0 => vec![8000],
            1..=3 => vec![7000, 8000],
            4..=6 => vec![5999, 6000, 7000, 7001, 8000, 10_000],
            7..=9 => (0..4).map(|_| dice.below(10_001) as i64).collect(),
            _ => (0..10_001).collect(),
        };
        let mut sheets = Vec::new();
        for (seat, left) in &seats {
            let never_differs = dice.one_in(12).then(|| pick(dice, &palette));
            for bid in &bids {
                // Who left had not marked everything.
                if *left && dice.one_in(2) {
                    continue;
                }
                let mut marks = Marks::new();
                for one in &criteria {
                    let units = never_differs.unwrap_or_else(|| pick(dice, &palette));
                    // Old sheets hold what formulas gave.
                    if one.formula.is_none() || dice.one_in(3) {
                        marks.insert(one.id, mark(units));
                    }
                }
                sheets.push(Sheet { seat: *seat, bid: bid.id, marks, abstained: dice.one_in(14) });
            }
        }
        for number in 1..count {
            if dice.one_in(4) {
                let twin = dice.below(number as u64) as usize;
                let (id, fell) = (bids[number].id, bids[number].fell);
                bids[number] = Bid { id, fell, ..bids[twin].clone() };
                let of: BTreeMap<SeatId, Sheet> =
                    sheets.iter().filter(|one| one.bid == bids[twin].id).map(|one| (one.seat, one.clone())).collect();
                let mut own: Vec<&mut Sheet> = sheets.iter_mut().filter(|one| one.bid == id).collect();
                for one in &mut own {
                    if let Some(other) = of.get(&one.seat) {
                        **one = Sheet { bid: id, ..other.clone() };
                    }
                }
                tell_apart(dice, &criteria, &mut own);
            }
        }
        // Every bid is heard by somebody.
        for bid in &bids {
            let heard = sheets.iter().any(|one| one.bid == bid.id && one.seat == seats[stays].0 && !one.abstained);
            let others = sheets.iter().any(|one| {
                one.bid == bid.id && !one.abstained && seats.iter().any(|(seat, left)| *seat == one.seat && !left)
            });
            if !heard && !others {
                let own = sheets.iter_mut().find(|one| one.bid == bid.id && one.seat == seats[stays].0);
                own.unwrap().abstained = false;
            }
        }
        let mut rules: Vec<TieRule> =
            TieRule::ALL.iter().filter(|rule| **rule != TieRule::RecordedDraw && !dice.one_in(4)).copied().collect();
        for place in (1..rules.len()).rev() {
            rules.swap(place, dice.below(place as u64 + 1) as usize);
        }
        rules.push(TieRule::RecordedDraw);
        Self {
            criteria,
            trim_from: pick(dice, &[1, 3, 4, 5, 5, 6, 7, 99]),
            pass_mark: pick(dice, &["0", "60", "65.5", "70", "70.0001", "80"]).parse().unwrap(),
            tie_order: rules,
            seed: std::array::from_fn(|_| dice.below(256) as u8),
            normalise_from: 1 + dice.below(6) as u32,
            deviation: pick(dice, &["0", "0.5", "5", "12.5", "20"]).parse().unwrap(),
            seats,
            bids,
            sheets,
        }
    }

    /// Judges of one criterion, to whom marks are given as text, `.` for an abstention: one row a judge.
    fn of_table(rows: &[&str]) -> Self {
        let criterion = Criterion { id: numbered(0), weight: 100, minimum: None, formula: None };
        let seats: Vec<(SeatId, bool)> = (0..rows.len()).map(|number| (numbered(number), false)).collect();
        let cells: Vec<Vec<&str>> = rows.iter().map(|row| row.split(' ').collect()).collect();
        let bids = (0..cells[0].len()).map(|number| Bid {
            id: numbered(number),
            funding: None,
            submitted_at: at(number as u64),
            fell: false,
        });
        let sheet = |(seat, _): &(SeatId, bool), number: usize, cell: &str| Sheet {
            seat: *seat,
            bid: numbered(number),
            marks: cell.parse().ok().map(|value| (criterion.id, Mark::read(value).unwrap())).into_iter().collect(),
            abstained: cell == ".",
        };
        let sheets = seats.iter().zip(&cells).flat_map(|(seat, cells)| {
            cells.iter().enumerate().map(move |(number, cell)| sheet(seat, number, cell)).collect::<Vec<_>>()
        });
        Self {
            criteria: vec![criterion],
            trim_from: 5,
            pass_mark: Decimal::whole(70),
            tie_order: TieRule::ALL.to_vec(),
            seed: [9; 32],
            normalise_from: 3,
            deviation: Decimal::whole(20),
            bids: bids.collect(),
            sheets: sheets.collect(),
            seats,
        }
    }

    fn standing(&self) -> impl Iterator<Item = &Bid> {
        self.bids.iter().filter(|bid| !bid.fell)
    }

    fn sitting(&self) -> Vec<SeatId> {
        self.seats.iter().filter(|(_, left)| !left).map(|(seat, _)| *seat).collect()
    }

    fn contenders(&self) -> Vec<Contender> {
        let sitting = self.sitting();
        let counts = |sheet: &&Sheet| !sheet.abstained && sitting.contains(&sheet.seat);
        let contender = |bid: &Bid| Contender {
            bid: bid.id,
            sheets: self
                .sheets
                .iter()
                .filter(|sheet| sheet.bid == bid.id)
                .filter(counts)
                .map(|sheet| (sheet.seat, sheet.marks.clone()))
                .collect(),
            requested_funding: bid.funding,
            submitted_at: bid.submitted_at,
        };
        self.standing().map(contender).collect()
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme {
            criteria: &self.criteria,
            trim_from: self.trim_from,
            pass_mark: self.pass_mark,
            tie_order: &self.tie_order,
            seed: &self.seed,
            normalise_from: self.normalise_from,
            judges: self.sitting().len(),
        }
    }

    /// What the platform says of it.
    fn claims(&self) -> Value {
        let (scheme, contenders, sitting) = (self.scheme(), self.contenders(), self.sitting());
        let ranking = |one: &Ranked| {
            json!({
                "bid": one.bid, "rank": one.rank, "score": one.score.display(), "passed": one.passed,
                "tieBrokenBy": one.tie_broken_by,
            })
        };
        let normalised = |one: &Ranked| {
            json!({
                "bid": one.bid, "rank": one.rank, "tieBrokenBy": one.tie_broken_by,
                "sum": one.score.sum, "count": one.score.count,
            })
        };
        // Who abstained from every bid rated nothing.
        let heard: Vec<SeatId> =
            sitting.into_iter().filter(|seat| contenders.iter().any(|one| one.sheets.contains_key(seat))).collect();
        let rows: Vec<Row> = heard
            .iter()
            .map(|seat| {
                let given =
                    |one: &Contender| Some(marks::judged_total(&self.criteria, one.sheets.get(seat)?).unwrap().0);
                contenders.iter().map(given).collect()
            })
            .collect();
        let told = |found: Result<f64, Untold>| found.map_or_else(|why| json!({ "why": why }), |found| json!(found));
        let judges = statistics::judges(&rows);
        let judges = heard.iter().zip(judges).map(
            |(seat, shape)| json!({ "seat": seat, "meanDeviation": shape.mean_deviation, "spread": shape.spread }),
        );
        let stability = ranking::stability(&scheme, &contenders).unwrap();
        let stability = stability.into_iter().map(|(seat, without)| match without {
            None => json!({ "seat": seat, "skipped": true }),
            Some(without) => json!({
                "seat": without.seat, "firstStays": without.first_stays, "mostPlaces": without.most_places,
                "samePass": without.same_pass,
            }),
        });
        let (mut far, mut ranges) = (Vec::new(), Vec::new());
        let lowest = ranking::lowest_price(&contenders);
        for one in &contenders {
            let prices = Prices { own: one.requested_funding, lowest };
            let total = |sheet: &Marks| {
                let whole = price::complete(&self.criteria, sheet, prices).unwrap();
                marks::total(&self.criteria, &whole).unwrap()
            };
            let totals: Vec<Total> = one.sheets.values().map(total).collect();
            let away = statistics::far_from_median(&totals, self.deviation.in_units(4).unwrap());
            let away: Vec<bool> = away.iter().map(Option::is_some).collect();
            far.extend(one.sheets.keys().zip(away).filter(|(_, far)| *far).map(|(seat, _)| json!([seat, one.bid])));
            ranges.push(json!({ "bid": one.bid, "range": statistics::range(&totals).decimal() }));
        }
        json!({
            "ranking": ranking::rank(&scheme, &contenders).unwrap().iter().map(ranking).collect::<Value>(),
            "normalised": match ranking::normalised(&scheme, &contenders).unwrap() {
                Ok(lines) => json!({ "lines": lines.iter().map(normalised).collect::<Value>() }),
                Err(why) => json!({ "why": why }),
            },
            "alpha": told(statistics::krippendorff_alpha(&rows)),
            "icc2k": told(statistics::icc2k(&rows)),
            "judges": judges.collect::<Value>(),
            "stability": stability.collect::<Value>(),
            "far": far,
            "ranges": ranges,
        })
    }

    /// As the oracle reads it.
    fn told(&self) -> Value {
        let criterion = |one: &Criterion| {
            let formula = one.formula.map(|formula| match formula {
                PriceFormula::LowestPrice => "lowest_price",
            });
            json!({ "id": one.id, "weight": one.weight, "minimum": one.minimum, "formula": formula })
        };
        let bid = |bid: &Bid| {
            let at = bid.submitted_at.timestamp_millis();
            json!({ "id": bid.id, "funding": bid.funding, "submittedAt": at, "fell": bid.fell })
        };
        let sheet = |one: &Sheet| {
            let marks = if one.abstained { json!({}) } else { json!(one.marks) };
            json!({ "seat": one.seat, "bid": one.bid, "marks": marks, "abstained": one.abstained })
        };
        json!({
            "criteria": self.criteria.iter().map(criterion).collect::<Value>(),
            "trimFrom": self.trim_from,
            "passMark": self.pass_mark,
            "tieOrder": self.tie_order,
            "seed": hex::encode(self.seed),
            "normaliseFrom": self.normalise_from,
            "deviationPoints": self.deviation,
            "seats": self.seats.iter().map(|(id, left)| json!({ "id": id, "left": left })).collect::<Value>(),
            "bids": self.bids.iter().map(bid).collect::<Value>(),
            "sheets": self.sheets.iter().map(sheet).collect::<Value>(),
            "claims": self.claims(),
        })
    }
}

fn criteria(dice: &mut Dice) -> Vec<Criterion> {
    let count = 1 + dice.below(6) as usize;
    // The weights are the stretches between cuts of 100; often two of them are the same.
    let mut cuts: BTreeSet<u64> = BTreeSet::new();
    let step = pick(dice, &[1, 5, 10]);
    while cuts.len() < count - 1 {
        cuts.insert((1 + dice.below(100 / step - 1)) * step);
    }
    let ends: Vec<u64> = cuts.iter().copied().chain([100]).collect();
    let begins: Vec<u64> = [0].into_iter().chain(cuts.iter().copied()).collect();
    let priced = (count > 1 && dice.one_in(2)).then(|| dice.below(count as u64) as usize);
    // Ids that do not ascend with the order of the criteria.
    let first = dice.below(count as u64) as usize;
    begins
        .into_iter()
        .zip(ends)
        .enumerate()
        .map(|(number, (begin, end))| Criterion {
            id: numbered::<CriterionId>((first + number * 5) % 31),
            weight: (end - begin) as u32,
            minimum: dice.one_in(3).then(|| pick(dice, &[50, 60, 70])),
            formula: (priced == Some(number)).then_some(PriceFormula::LowestPrice),
        })
        .collect()
}

/// Leaves a bid as alike to another as two can be, to the draw, or changes what only a rule of ties looks at.
fn tell_apart(dice: &mut Dice, criteria: &[Criterion], sheets: &mut [&mut Sheet]) {
    let judged: Vec<&Criterion> = criteria.iter().filter(|one| one.formula.is_none()).collect();
    match dice.below(3) {
        // The same points elsewhere.
        0 => {
            let alike = judged.iter().enumerate().find_map(|(place, one)| {
                judged[place + 1..].iter().find(|other| other.weight == one.weight).map(|other| (one.id, other.id))
            });
            let Some((one, other)) = alike else { return };
            for sheet in sheets {
                if let (Some(a), Some(b)) = (sheet.marks.get(&one).copied(), sheet.marks.get(&other).copied()) {
                    sheet.marks.extend([(one, b), (other, a)]);
                }
            }
        }
        // More on the sheet that is left out as the highest.
        1 => {
            let points = |sheet: &Sheet| marks::judged_total(criteria, &sheet.marks).unwrap();
            if let Some(highest) = sheets.iter_mut().max_by_key(|sheet| points(sheet)) {
                highest.marks.extend(judged.iter().map(|one| (one.id, mark(10_000))));
            }
        }
        _ => {}
    }
}

/// What the oracle says of these competitions, and whether it agrees.
pub fn ask(competitions: &[Value]) -> (bool, String) {
    let mut lines = tempfile::tempfile().unwrap();
    for one in competitions {
        writeln!(lines, "{one}").unwrap();
    }
    lines.rewind().unwrap();
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/recompute.py");
    let output = Command::new("python3").arg(oracle).stdin(lines).output().expect("python3");
    let said = String::from_utf8(output.stdout).unwrap() + std::str::from_utf8(&output.stderr).unwrap();
    (output.status.success(), said)
}

/// How often each thing was met that the comparison is to be about.
fn met(competitions: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let mut add = |what: String| *counts.entry(what).or_insert(0) += 1;
    for one in competitions {
        let claims = &one["claims"];
        for basis in [&claims["ranking"], &claims["normalised"]["lines"]] {
            for line in basis.as_array().into_iter().flatten() {
                line["tieBrokenBy"].as_str().into_iter().for_each(|rule| add(rule.into()));
                line["passed"].as_bool().into_iter().for_each(|passed| add(format!("passed {passed}")));
            }
        }
        for what in ["normalised", "alpha", "icc2k"] {
            add(format!("{what} {}", claims[what]["why"].as_str().unwrap_or("told")));
        }
        for line in claims["stability"].as_array().unwrap() {
            add(format!("without a judge, the first stays: {}", line["firstStays"]));
        }
        for (what, list, key) in
            [("fell", "bids", "fell"), ("left", "seats", "left"), ("abstained", "sheets", "abstained")]
        {
            one[list].as_array().unwrap().iter().filter(|each| each[key] == true).for_each(|_| add(what.into()));
        }
        claims["far"].as_array().unwrap().iter().for_each(|_| add("far".into()));
        one["criteria"].as_array().unwrap().iter().filter(|each| each["formula"].is_string()).for_each(|_| {
            add("price".into());
        });
    }
    counts
}

#[test]
fn made_up_competitions_are_recomputed_alike() {
    if support::postgres().is_some() {
        return;
    }
    let (count, seed) = support::made_up();
    let seed = seed.unwrap_or_else(|| Dice::seed().unwrap());
    println!("{count} competitions; again with JIEBANG_ORACLE={count} JIEBANG_ORACLE_SEED={seed}");
    let mut dice = Dice::of(seed);
    let competitions: Vec<Value> = (0..count).map(|_| Competition::made_up(&mut dice).told()).collect();
    let met = met(&competitions);
    let (agrees, said) = ask(&competitions);
    println!("{said}{met:#?}");
    assert!(agrees && said == format!("{count} competitions agree\n"), "seed {seed}: {said}");
    // With so many nothing is missed by chance.
    if count >= 500 {
        let rules = TieRule::ALL.iter().map(|rule| rule.word().to_owned());
        let others = [
            "normalised told",
            "normalised too_few_sheets",
            "normalised no_spread",
            "alpha told",
            "alpha too_few",
            "alpha no_spread",
            "icc2k told",
            "icc2k too_few",
            "icc2k no_spread",
            "icc2k incomplete",
            "passed true",
            "passed false",
            "without a judge, the first stays: true",
            "without a judge, the first stays: false",
            "without a judge, the first stays: null",
            "fell",
            "left",
            "abstained",
            "far",
            "price",
        ];
        for what in rules.chain(others.map(str::to_owned)) {
            assert!(met.contains_key(&what), "seed {seed}: no {what} in {count} competitions");
        }
    }
}

/// Figures that are known from elsewhere, past both implementations.
#[test]
fn published_figures() {
    if support::postgres().is_some() {
        return;
    }
    let score = |totals: &str, score: &str, passed: bool| {
        let one = Competition::of_table(&totals.split(' ').collect::<Vec<_>>());
        let mut told = one.told();
        let line = json!({ "bid": one.bids[0].id, "rank": 1, "score": score, "passed": passed, "tieBrokenBy": null });
        told["claims"] = json!({ "ranking": [line] });
        told
    };
    // Shrout and Fleiss 1979: six targets, four judges; ICC(2,4) 0.62.
    let mut agreement = Competition::of_table(&["9 6 8 7 10 6", "2 1 4 1 5 2", "5 3 6 2 6 4", "8 2 8 6 9 7"]).told();
    agreement["claims"]["icc2k"] = json!(736.0 / 1187.0);
    // Krippendorff 2011: four observers, twelve units; interval α 0.849.
    let mut coding = Competition::of_table(&[
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ])
    .told();
    coding["claims"]["alpha"] = json!(951.0 / 1120.0);
    let all = [
        score("90 85 70 95 88", "87.67", true),
        score("88.5 91 79 84.5 90 86 60", "85.60", true),
        score("80 90 100", "90.00", true),
        score("69.99 69.99 70 70.01 70.00", "70.00", false),
        agreement,
        coding,
    ];
    assert_eq!(ask(&all), (true, "6 competitions agree\n".into()));
}

/// The check can fail: each claim in turn is changed, by as little as it can be.
#[test]
fn the_oracle_refuses_what_was_changed() {
    if support::postgres().is_some() {
        return;
    }
    // One that has something of everything.
    let has_all = |one: &Value| {
        let claims = &one["claims"];
        let lines = claims["ranking"].as_array().unwrap();
        let ruled = |rule: &str| lines.iter().any(|line| line["tieBrokenBy"] == rule);
        lines.len() > 3
            && ruled("RECORDED_DRAW")
            && lines.iter().any(|line| line["passed"] == true)
            && claims["normalised"]["lines"].is_array()
            && claims["alpha"].is_number()
            && claims["icc2k"].is_number()
            && claims["stability"][0]["mostPlaces"].is_number()
            && claims["far"].as_array().is_some_and(|far| !far.is_empty())
    };
    let honest = (0..).map(|seed| Competition::made_up(&mut Dice::of(seed)).told()).find(has_all).unwrap();
    assert_eq!(ask(std::slice::from_ref(&honest)), (true, "1 competitions agree\n".into()));

    type Change = Box<dyn Fn(&mut Value)>;
    fn set(path: &'static str, change: impl Fn(&Value) -> Value + 'static) -> Change {
        Box::new(move |one| {
            let place = one["claims"].pointer_mut(path).unwrap_or_else(|| panic!("{path}"));
            *place = change(place);
        })
    }
    fn swap(list: &'static str, what: &'static str) -> Change {
        Box::new(move |one| {
            let lines = one["claims"].pointer_mut(list).unwrap().as_array_mut().unwrap();
            let first = lines[0][what].take();
            lines[0][what] = std::mem::replace(&mut lines[1][what], first);
        })
    }
    let last_digit = |score: &Value| {
        let mut text = score.as_str().unwrap().to_owned();
        let digit = text.pop().unwrap();
        text.push(if digit == '9' { '8' } else { (digit as u8 + 1) as char });
        json!(text)
    };
    let flip = |value: &Value| json!(!value.as_bool().unwrap());
    let more = |value: &Value| json!(value.as_i64().unwrap() + 1);
    let slightly = |value: &Value| json!(value.as_f64().unwrap() + 2e-9);
    let rule = |value: &Value| json!(if *value == "LOWER_FUNDING" { "EARLIER_SUBMISSION" } else { "LOWER_FUNDING" });
    let changes: Vec<(&str, Change)> = vec![
        ("rank", swap("/ranking", "rank")),
        ("score", set("/ranking/1/score", last_digit)),
        ("passed", set("/ranking/0/passed", flip)),
        ("tieBrokenBy", set("/ranking/0/tieBrokenBy", rule)),
        (
            "tieBrokenBy",
            Box::new(|one| {
                let lines = one["claims"]["ranking"].as_array_mut().unwrap();
                lines.iter_mut().find(|line| line["tieBrokenBy"] == "RECORDED_DRAW").unwrap()["tieBrokenBy"] =
                    Value::Null;
            }),
        ),
        ("not claimed", Box::new(|one| drop(one["claims"]["ranking"].as_array_mut().unwrap().pop()))),
        ("no ranking is claimed", Box::new(|one| drop(one["claims"].as_object_mut().unwrap().remove("ranking")))),
        ("normalised", swap("/normalised/lines", "rank")),
        ("normalised", set("/normalised/lines/0/tieBrokenBy", rule)),
        ("normalised", set("/normalised/lines/1/sum", more)),
        ("normalised", set("/normalised", |_| json!({ "why": "no_spread" }))),
        ("alpha", set("/alpha", slightly)),
        ("alpha", set("/alpha", |_| json!({ "why": "too_few" }))),
        ("icc2k", set("/icc2k", slightly)),
        ("judges", set("/judges/0/meanDeviation", slightly)),
        ("judges", set("/judges/0/spread", slightly)),
        ("stability", set("/stability/0/firstStays", flip)),
        ("stability", set("/stability/0/samePass", flip)),
        ("stability", set("/stability/0/mostPlaces", more)),
        ("far", Box::new(|one| drop(one["claims"]["far"].as_array_mut().unwrap().pop()))),
        ("ranges", set("/ranges/0/range", last_digit)),
        ("nobody knows how to check", Box::new(|one| one["claims"]["rankings"] = json!([]))),
        // What the claims rest on: a seed is another draw, a weight another total, a sheet gone nothing to compute with.
        ("differ", Box::new(|one| one["passMark"] = json!("100"))),
        ("cannot be recomputed", Box::new(|one| one["sheets"] = json!([]))),
    ];
    let changed: Vec<Value> = changes
        .iter()
        .map(|(_, change)| {
            let mut one = honest.clone();
            change(&mut one);
            one
        })
        .collect();
    let (agrees, said) = ask(&changed);
    assert!(!agrees && said.ends_with(&format!("{0} of {0} competitions differ\n", changed.len())), "{said}");
    for (number, (word, _)) in changes.iter().enumerate() {
        let head = format!("competition {}: ", number + 1);
        let of: Vec<&str> = said.lines().filter(|line| line.starts_with(&head)).collect();
        assert!(!of.is_empty(), "{word}: {said}");
        assert!(*word == "differ" || of.iter().all(|line| line.contains(word)), "{word}: {of:?}");
    }
    // Nothing asked is nothing agreed.
    assert!(!ask(&[]).0);
}
