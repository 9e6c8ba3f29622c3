//! `make bench`, its third part: what a ranking costs, and whether it grows like n log n, beside a plain sort of as many numbers as
//! there are marks. Pure: no database. Nothing here passes or fails by time; that everything is ranked is checked.

#[path = "../crash/dice.rs"]
mod dice;

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use dice::Dice;
use jiebang_platform::base::id::{BidId, CriterionId, Kind, SeatId};
use jiebang_platform::base::words::{PriceFormula, TieRule};
use jiebang_platform::base::{self, Decimal, Fen};
use jiebang_platform::reviews::marks::{Criterion, Mark};
use jiebang_platform::reviews::ranking::{self, Contender, Scheme};
use sea_orm::prelude::Uuid;

const SIZES: [Size; 2] = [Size { bids: 1_000, judges: 7, criteria: 6 }, Size { bids: 10_000, judges: 9, criteria: 8 }];
/// Each is done so often, in turns.
const RUNS: usize = 15;
const SEED: [u8; 32] = [7; 32];

#[derive(Clone, Copy)]
struct Size {
    bids: usize,
    judges: usize,
    criteria: usize,
}

impl Size {
    fn marks(self) -> usize {
        self.bids * self.judges * self.criteria
    }
}

/// What is measured, in the order of the table.
const NAMES: [&str; 4] =
    ["a plain sort of as many numbers", "ranking", "ranking by standard scores", "without each judge"];

fn main() -> Result<()> {
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let seed = Dice::seed()?;
    println!(
        "Rankings, a {build} build, seed {seed}; medians of {RUNS} runs in turns, with what lies between the quarters.\n"
    );
    let mut dice = Dice::of(seed);
    let mut measured = Vec::new();
    for size in SIZES {
        measured.push(measure(size, &mut dice)?);
    }
    let [few, many] = SIZES.map(|size| format!("{} × {} × {}", size.bids, size.judges, size.criteria));
    println!("{:<34} {few:>26} {many:>26}", "bids × judges × criteria");
    println!("{:<34} {:>26} {:>26} {:>7}", "marks", SIZES[0].marks(), SIZES[1].marks(), "ratio");
    let n_log_n = |size: Size| size.marks() as f64 * (size.marks() as f64).ln();
    println!("{:<34} {:>26} {:>26} {:>7.1}", "n log n of the marks", "", "", n_log_n(SIZES[1]) / n_log_n(SIZES[0]));
    for (place, name) in NAMES.iter().enumerate() {
        let [few, many] = [0, 1].map(|size: usize| {
            let [low, middle, high] = measured[size][place];
            let shown = format!("{middle:.2} ms ({low:.2} … {high:.2})");
            (middle, shown, middle * 1e6 / SIZES[size].marks() as f64)
        });
        println!("{name:<34} {:>26} {:>26} {:>7.1}", few.1, many.1, many.0 / few.0);
        println!("{:<34} {:>26} {:>26}", "    a mark", format!("{:.1} ns", few.2), format!("{:.1} ns", many.2));
    }
    Ok(())
}

/// Quartiles of each in milliseconds.
fn measure(size: Size, dice: &mut Dice) -> Result<Vec<[f64; 3]>> {
    let (criteria, contenders) = made_up(size, dice)?;
    let scheme = Scheme {
        criteria: &criteria,
        trim_from: 5,
        pass_mark: Decimal::whole(70),
        tie_order: TieRule::ALL,
        seed: &SEED,
        normalise_from: 3,
        judges: 0,
    };
    let numbers: Vec<u64> = (0..size.marks()).map(|_| dice.below(u64::MAX)).collect();
    let mut times = vec![Vec::new(); NAMES.len()];
    for _ in 0..RUNS {
        let mut sorted = numbers.clone();
        let mut timed = |place: usize, act: &mut dyn FnMut() -> Result<usize>, wanted: usize| {
            let began = Instant::now();
            let found = act()?;
            times[place].push(began.elapsed().as_secs_f64() * 1e3);
            ensure!(found == wanted, "{found} of {wanted} in {}", NAMES[place]);
            Ok(())
        };
        timed(
            0,
            &mut || {
                sorted.sort();
                Ok(black_box(&sorted).len())
            },
            size.marks(),
        )?;
        timed(1, &mut || Ok(black_box(ranking::rank(&scheme, black_box(&contenders))?).len()), size.bids)?;
        let normalised = || ranking::normalised(&scheme, black_box(&contenders));
        timed(2, &mut || Ok(black_box(normalised()?).map_or(0, |lines| lines.len())), size.bids)?;
        timed(3, &mut || Ok(black_box(ranking::stability(&scheme, black_box(&contenders))?).len()), size.judges)?;
    }
    let quarters = times.into_iter().map(|mut of| {
        of.sort_by(f64::total_cmp);
        [1, 2, 3].map(|quarter| of[(of.len() - 1) * quarter / 4])
    });
    Ok(quarters.collect())
}

/// Whole tables of marks; the last criterion is the price.
fn made_up(size: Size, dice: &mut Dice) -> Result<(Vec<Criterion>, Vec<Contender>)> {
    let id = |number: usize| Uuid::from_u128((0x0198_0000_0000_7000_8000 << 48) + number as u128);
    let least = 100 / size.criteria as u32;
    let criteria: Vec<Criterion> = (0..size.criteria)
        .map(|number| Criterion {
            id: CriterionId::from_uuid(id(number)),
            weight: if number == 0 { 100 - least * (size.criteria as u32 - 1) } else { least },
            minimum: (number == 1).then_some(60),
            formula: (number + 1 == size.criteria).then_some(PriceFormula::LowestPrice),
        })
        .collect();
    let mut contenders = Vec::new();
    for number in 0..size.bids {
        let mut contender = Contender {
            bid: BidId::from_uuid(id(number)),
            sheets: Default::default(),
            requested_funding: Some(Fen(50_000_000 + dice.below(50_000_000) as i64)),
            submitted_at: base::Instant::from_timestamp_millis(1_772_413_200_000 + dice.below(1 << 30) as i64)
                .unwrap_or_default(),
        };
        for judge in 0..size.judges {
            // Half points, as people give them; now and then a judge has no use for a bid.
            let judged = criteria.iter().filter(|one| one.formula.is_none());
            let mut mark = || {
                let units = if dice.one_in(100) { 0 } else { 5000 + 50 * dice.below(101) as i64 };
                let half_points = Decimal::scaled(units, 2);
                Mark::read(half_points).map_err(|code| anyhow::anyhow!("{half_points} is no mark: {code}"))
            };
            let marks = judged.map(|one| Ok((one.id, mark()?))).collect::<Result<_>>()?;
            contender.sheets.insert(SeatId::from_uuid(id(judge)), marks);
        }
        contenders.push(contender);
    }
    Ok((criteria, contenders))
}
