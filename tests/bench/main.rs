//! `make bench`: what the server does in a second, beside what the database alone does with the same SQL in the same run.
//!
//! With `JIEBANG_TEST_DATABASE=postgres://…` it measures both databases, otherwise SQLite alone. The figures are medians of
//! rounds on a machine that others share: the ratios are what to quote.

mod load;
mod raw;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use load::{Figures, Load};
use serde_json::{Value, json};
use support::{Competition, TestApp, operation, solution_input};

const CHALLENGES: usize = 150;
const BIDDERS: [&str; 4] = ["aurora", "beacon", "cedar", "delta"];
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
const CLIENTS: usize = 16;

#[tokio::main]
async fn main() -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores, shared; medians of {ROUNDS} rounds of {} s\n", ROUND.as_secs());
    measure("SQLite (WAL, synchronous=FULL)", TestApp::sized(None, 8, 1).await).await?;
    if let Some(server) = support::postgres() {
        measure("PostgreSQL (fsync as the cluster was started)", TestApp::sized(Some(server), 16, 16).await).await?;
    }
    Ok(())
}

/// What is asked and submitted.
struct Stage {
    list: String,
    one: String,
    submissions: Vec<(String, String)>,
    challenge: String,
}

async fn measure(name: &str, app: TestApp) -> Result<()> {
    println!("{name}");
    println!("  {:<44} {:>9} {:>9} {:>9}", "", "per s", "p50 ms", "p99 ms");
    let stage = lay_out(&app).await?;
    let address = app.serve().await?;
    let mut raw = raw::Raw::open(&app).await?;

    let list = Load::new(address, CLIENTS);
    let served = median(async || list.repeat(ROUND, &stage.list, None).await).await?;
    let bare = raw.list(CLIENTS, ROUND, ROUNDS).await?;
    row("list of 20, department and indicators, 16 clients", &served);
    row("  the same two statements alone", &bare);
    ratio(&served, &bare);

    let served = median(async || list.repeat(ROUND, &stage.one, None).await).await?;
    let bare = raw.one(&stage.challenge, CLIENTS, ROUND, ROUNDS).await?;
    row("one challenge, 16 clients", &served);
    row("  the same statement alone", &bare);
    ratio(&served, &bare);

    // Each draft can be handed in once: the rounds share them out.
    let (alone, together) = stage.submissions.split_at(stage.submissions.len() / 4);
    let mut submitted = Vec::new();
    for (clients, share) in [(1, alone), (CLIENTS, together)] {
        let load = Load::new(address, clients);
        let mut rounds = Vec::new();
        for part in share.chunks(share.len() / ROUNDS) {
            rounds.push(load.each(part).await?);
        }
        submitted.push((clients, Figures::median(rounds)));
    }
    // The bare writes come last: they end the drafts that the server has to find.
    for (clients, served) in submitted {
        let bare = raw.submit(clients, ROUND, ROUNDS).await?;
        row(&format!("submitBid: seal, receipt, event; {clients} client(s)"), &served);
        row("  about the same writes alone, one commit each", &bare);
        ratio(&served, &bare);
    }
    println!();
    Ok(())
}

async fn median(round: impl AsyncFn() -> Result<Figures>) -> Result<Figures> {
    let mut rounds = vec![];
    for _ in 0..=ROUNDS {
        rounds.push(round().await?);
    }
    // The first round warms caches and statements.
    rounds.remove(0);
    Ok(Figures::median(rounds))
}

fn row(what: &str, figures: &Figures) {
    let (p50, p99) = (millis(figures.p50), millis(figures.p99));
    println!("  {what:<44} {:>9.0} {p50:>9} {p99:>9}", figures.per_second);
}

fn millis(time: Option<Duration>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| format!("{:.2}", time.as_secs_f64() * 1_000.0))
}

fn ratio(served: &Figures, bare: &Figures) {
    println!("  {:<44} {:>9.2}", "  ratio", served.per_second / bare.per_second);
}

/// Many open challenges, each with a draft by every bidder, all through the public door.
async fn lay_out(app: &TestApp) -> Result<Stage> {
    let mut submissions = Vec::new();
    let mut bidders = Vec::new();
    for bidder in BIDDERS {
        bidders.push(app.person(bidder).await);
    }
    let submit = operation("submitBid");
    let mut challenge = String::new();
    for _ in 0..CHALLENGES {
        let competition = Competition::published(app).await;
        let solution = solution_input(&competition.indicators, "方案", 100_000_000);
        for person in &bidders {
            let input = json!({ "challengeId": competition.challenge, "solution": solution });
            let bid = person.does("draftBid", input).await["bid"]["id"].clone();
            let variables = json!({ "input": { "bidId": bid, "pledgeAccepted": true } });
            let body = json!({ "query": submit, "variables": variables }).to_string();
            submissions.push((person.token().context("signed in")?.to_owned(), body));
        }
        challenge = competition.challenge;
    }
    let list = "query($f: ChallengeFilter) { challenges(filter: $f, first: 20) { nodes {
        id code title status submissionDeadline department { id name } indicators { id name target unit } } } }";
    let list = json!({ "query": list, "variables": { "f": { "openNow": true } } }).to_string();
    let one = "query($id: ID!) { challenge(id: $id) { id code title status background submissionDeadline
        department { id name } } }";
    let one = json!({ "query": one, "variables": { "id": challenge } }).to_string();
    let seen: Value = app.anybody().reads("challenges", json!({ "filter": { "openNow": true }, "first": 100 })).await;
    ensure!(seen["nodes"].as_array().is_some_and(|nodes| nodes.len() == 100), "the challenges are there");
    Ok(Stage { list, one, submissions, challenge })
}
