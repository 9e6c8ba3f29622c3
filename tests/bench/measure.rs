//! Rounds, and what is said of them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Something that is done again and again, and checks what comes of it.
pub trait Work: Send + 'static {
    /// Once; false when there is nothing left to do.
    fn once(&mut self) -> impl Future<Output = Result<bool>> + Send;
}

/// One round, or the median of several.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    /// How many a second.
    pub rate: f64,
    /// The median, in milliseconds.
    pub p50: f64,
    /// What one in a hundred exceeds, in milliseconds.
    pub p99: f64,
    /// What the processors worked for each, whoever it was, in milliseconds.
    pub worked: f64,
    /// And of it this process.
    pub own: f64,
}

impl Figures {
    /// Of latencies in milliseconds, and of what the processors have worked meanwhile.
    pub fn of(rate: f64, mut latencies: Vec<f64>, worked: Worked) -> Result<Self> {
        ensure!(!latencies.is_empty(), "nothing was done in a round");
        latencies.sort_by(f64::total_cmp);
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share).round() as usize];
        let [worked, own] = [worked.all, worked.own].map(|ticks| ticks as f64 * TICK / latencies.len() as f64);
        Ok(Self { rate, p50: at(0.5), p99: at(0.99), worked, own })
    }

    /// The median of rounds, figure by figure.
    pub fn median(rounds: &[Self]) -> Self {
        let middle = |figure: fn(&Self) -> f64| {
            let mut all: Vec<f64> = rounds.iter().map(figure).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or_default()
        };
        Self {
            rate: middle(|round| round.rate),
            p50: middle(|round| round.p50),
            p99: middle(|round| round.p99),
            worked: middle(|round| round.worked),
            own: middle(|round| round.own),
        }
    }
}

/// What Linux counts processors' time in, in milliseconds, on whatever machine.
const TICK: f64 = 10.0;

/// How much the processors have worked, in ticks.
pub struct Worked {
    all: i64,
    own: i64,
}

impl Worked {
    /// Since the machine and this process began.
    pub fn so_far() -> Result<Self> {
        let numbers = |line: &str| line.split(' ').map_while(|number| number.parse().ok()).collect::<Vec<i64>>();
        let machine = std::fs::read_to_string("/proc/stat")?;
        let machine = numbers(machine.lines().next().and_then(|line| line.strip_prefix("cpu  ")).unwrap_or_default());
        // user, nice, system; idle and waiting for the disk; interrupts, hard and soft.
        let [user, nice, system, _, _, hard, soft, ..] = machine[..] else { anyhow::bail!("/proc/stat is another") };
        let own = std::fs::read_to_string("/proc/self/stat")?;
        // Behind the name and the state.
        let own = numbers(own.rsplit_once(") ").and_then(|(_, told)| told.split_once(' ')).unwrap_or_default().1);
        // Behind ten more: user, system.
        let own = own.get(10..12).context("/proc/self/stat is shorter")?.iter().sum();
        Ok(Self { all: user + nice + system + hard + soft, own })
    }

    /// From then on.
    pub fn since(earlier: &Self) -> Result<Self> {
        let now = Self::so_far()?;
        Ok(Self { all: now.all - earlier.all, own: now.own - earlier.own })
    }
}

/// Lets all workers work side by side until the time is over or nothing is left; gives them back.
pub async fn round<W: Work>(workers: Vec<W>, time: Duration) -> Result<(Figures, Vec<W>)> {
    let (began, worked) = (Instant::now(), Worked::so_far()?);
    let tasks: Vec<_> = workers
        .into_iter()
        .map(|mut worker| {
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let started = Instant::now();
                    if started - began >= time || !worker.once().await? {
                        return anyhow::Ok((latencies, worker));
                    }
                    latencies.push(started.elapsed().as_secs_f64() * 1e3);
                }
            })
        })
        .collect();
    let (mut latencies, mut workers) = (Vec::new(), Vec::new());
    for task in tasks {
        let (own, worker) = task.await??;
        latencies.extend(own);
        workers.push(worker);
    }
    let rate = latencies.len() as f64 / began.elapsed().as_secs_f64();
    Ok((Figures::of(rate, latencies, Worked::since(&worked)?)?, workers))
}
