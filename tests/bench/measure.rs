//! Rounds, and what is said of them.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

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
}

impl Figures {
    /// Of latencies in milliseconds.
    pub fn of(rate: f64, mut latencies: Vec<f64>) -> Result<Self> {
        ensure!(!latencies.is_empty(), "nothing was done in a round");
        latencies.sort_by(f64::total_cmp);
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share).round() as usize];
        Ok(Self { rate, p50: at(0.5), p99: at(0.99) })
    }

    /// The median of rounds, figure by figure.
    pub fn median(rounds: &[Self]) -> Self {
        let middle = |figure: fn(&Self) -> f64| {
            let mut all: Vec<f64> = rounds.iter().map(figure).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or_default()
        };
        Self { rate: middle(|round| round.rate), p50: middle(|round| round.p50), p99: middle(|round| round.p99) }
    }
}

/// Lets all workers work side by side until the time is over or nothing is left; gives them back.
pub async fn round<W: Work>(workers: Vec<W>, time: Duration) -> Result<(Figures, Vec<W>)> {
    let began = Instant::now();
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
    Ok((Figures::of(rate, latencies)?, workers))
}
