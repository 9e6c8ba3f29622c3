//! `make deadline`: ten thousand submissions around as many deadlines as there are rounds, by fifty clients at once, each at a random
//! moment within ±50 ms. None is accepted at or after its deadline, none is readable before the opening, each that came too late is
//! refused and recorded, and what is opened is what was accepted. On SQLite, and on PostgreSQL where `tests/with-postgres` starts it.
//!
//! The program serves as it always does; its clock runs, and is moved to shortly before each deadline at the door. Nothing here passes
//! or fails by how long something takes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use jiebang_platform::base::random;
use jiebang_platform::base::uscc::Uscc;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use support::program::Program;
use support::{Client, challenge_input, opening, operation, request, solution_input};
use tokio::time::{Instant, sleep_until};

const CLIENTS: usize = 50;
/// So many in all, unless `JIEBANG_DEADLINE_ROUNDS` says otherwise.
const SUBMISSIONS: usize = 10_000;
/// Around the deadline, on each side.
const SPREAD: Duration = Duration::from_millis(50);
/// How long before the first submission the clock is moved.
const LEAD: Duration = Duration::from_millis(30);
const PASSWORD: &str = "Rehearsal-2026";

/// A client: an enterprise's own system, with a bid in each round.
struct Enterprise {
    token: String,
    client: Client,
}

/// A challenge, its deadline, and a bid of every enterprise.
struct Round {
    challenge: String,
    deadline: DateTime<Utc>,
    bids: Vec<String>,
}

/// How a submission was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// With a receipt of this instant.
    Accepted(DateTime<Utc>),
    TooLate,
}

#[tokio::main]
async fn main() -> Result<()> {
    let setting = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "the door of this program's settings")]
        std::env::var(name).ok()
    };
    let rounds = setting("JIEBANG_DEADLINE_ROUNDS").map_or(Ok(SUBMISSIONS / CLIENTS), |rounds| rounds.parse())?;
    let server = setting("JIEBANG_TEST_DATABASE").filter(|url| url.starts_with("postgres:"));
    let folder = tempfile::tempdir()?;
    let Some(server) = server else { return run(folder.path(), None, rounds).await };
    let name = format!("deadline_{}", std::process::id());
    let mut connection = PgConnection::connect(&server).await?;
    connection.execute(AssertSqlSafe(format!("create database {name}"))).await?;
    let (head, _) = server.rsplit_once('/').context("no database address")?;
    let outcome = run(folder.path(), Some(format!("{head}/{name}")), rounds).await;
    connection.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await?;
    outcome
}

async fn run(folder: &Path, url: Option<String>, rounds: usize) -> Result<()> {
    let engine = if url.is_some() { "PostgreSQL" } else { "SQLite" };
    let program = Program::start_with(folder, true, |command| {
        if let Some(url) = &url {
            command.args(["--database", url]);
        }
    });
    let address = program.address;
    let began = Instant::now();
    let mut enterprises = Vec::new();
    let sysadmin = signed_in(address, "sysadmin").await?;
    let mut organizer = String::new();
    let mut client = Client::connect(address).await?;
    for number in 0..CLIENTS {
        enterprises.push(enterprise(&mut client, &sysadmin, address, number).await?);
    }
    let mut stage = Vec::new();
    for number in 0..rounds {
        stage.push(round(address, &mut enterprises, number).await.with_context(|| format!("laying out {number}"))?);
    }
    stage.sort_by_key(|round| round.deadline);
    println!("{engine}: {rounds} challenges with {CLIENTS} drafts each laid out in {} s", began.elapsed().as_secs());

    let (mut accepted, mut late, mut nearest) = (0, 0, TimeDelta::MAX);
    let mut told_of: BTreeMap<usize, Vec<Told>> = BTreeMap::new();
    for (place, round) in stage.iter().enumerate() {
        // An access token lives for five minutes, an idle connection for 75 s.
        if place % 25 == 0 {
            organizer = signed_in(address, "organizer").await?;
            client = Client::connect(address).await?;
        }
        let told = submissions(&mut client, &organizer, &mut enterprises, round).await?;
        for told in &told {
            match told {
                Told::Accepted(at) => {
                    ensure!(*at < round.deadline, "accepted at {at}, and the deadline was {}", round.deadline);
                    nearest = nearest.min(round.deadline - *at);
                    accepted += 1;
                }
                Told::TooLate => late += 1,
            }
        }
        told_of.insert(place, told);
    }
    println!(
        "{engine}: {} submissions, {accepted} accepted, the last one {} ms before its deadline, {late} too late",
        accepted + late,
        nearest.num_milliseconds()
    );
    // Else nothing was tried.
    ensure!(accepted > rounds && late > rounds, "the moments do not lie around the deadline");

    // What was told is what there is, and each late attempt is on its bidder's record.
    for (place, round) in stage.iter().enumerate() {
        for (number, enterprise) in enterprises.iter_mut().enumerate() {
            let told = told_of[&place][number];
            looked(enterprise, &round.bids[number], told, round.deadline)
                .await
                .with_context(|| format!("{place} {number}"))?;
        }
    }
    // Nothing is readable before the opening; what is opened is what was accepted.
    for (place, round) in stage.iter().enumerate().filter(|(place, _)| place % (rounds / 10).max(1) == 0) {
        let accepted = round.bids.iter().zip(&told_of[&place]).filter(|(_, told)| **told != Told::TooLate);
        let held = accepted.map(|(bid, _)| bid.clone()).collect();
        opened(address, &enterprises[0], round, &held).await.with_context(|| format!("opening {place}"))?;
    }
    println!("{engine}: all as told, none readable before the opening; {} s in all", began.elapsed().as_secs());
    Ok(())
}

async fn signed_in(address: SocketAddr, name: &str) -> Result<String> {
    let mut client = Client::connect(address).await?;
    let input = json!({ "input": { "username": name, "password": PASSWORD } });
    let answer = client.asks(None, &operation("signIn"), input).await?;
    Ok(answer["accessToken"].as_str().context("no token")?.to_owned())
}

/// An enterprise of its own, whose system bids with an API token.
async fn enterprise(client: &mut Client, sysadmin: &str, address: SocketAddr, number: usize) -> Result<Enterprise> {
    let organization = json!({
        "name": format!("第{number}号投标企业"), "kind": "ENTERPRISE", "uscc": uscc(number)?, "registeredInZone": true,
    });
    let made = client.asks(Some(sysadmin), &operation("createOrganization"), json!({ "input": organization })).await?;
    let username = format!("bidder{number}");
    let account = json!({
        "username": username, "password": PASSWORD, "name": "投标人", "roles": ["BIDDER"],
        "organizationId": made["organization"]["id"],
    });
    client.asks(Some(sysadmin), &operation("createAccount"), json!({ "input": account })).await?;
    let person = signed_in(address, &username).await?;
    let token = json!({ "name": "投标系统", "scope": "SUBMIT", "days": 1, "password": PASSWORD });
    let made = client.asks(Some(&person), &operation("createApiToken"), json!({ "input": token })).await?;
    let token = made["secret"].as_str().context("no secret")?.to_owned();
    Ok(Enterprise { token, client: Client::connect(address).await? })
}

/// A unified social credit code that has its check digit.
fn uscc(number: usize) -> Result<String> {
    let body = format!("91410100MAD{number:06}");
    let digits = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    let mut codes = digits.map(|digit| format!("{body}{digit}"));
    codes.find(|code| Uscc::parse(code).is_ok()).context("no check digit")
}

/// A challenge with a draft of everybody.
async fn round(address: SocketAddr, enterprises: &mut [Enterprise], number: usize) -> Result<Round> {
    let mut client = Client::connect(address).await?;
    let mut people = Vec::new();
    for name in ["urban", "organizer", "organizer2"] {
        people.push(signed_in(address, name).await?);
    }
    let [urban, organizer, organizer2] = people.as_slice() else { anyhow::bail!("people are missing") };
    let mut input = challenge_input();
    input["title"] = format!("第{number}号下穿隧道积水预报").into();
    let drafted = client.asks(Some(urban), &operation("draftChallenge"), json!({ "input": input })).await?;
    let challenge = drafted["challenge"]["id"].as_str().context("no challenge")?.to_owned();
    let of = json!({ "input": { "challengeId": challenge } });
    client.asks(Some(urban), &operation("submitChallenge"), of.clone()).await?;
    client.asks(Some(organizer), &operation("approveChallenge"), of).await?;
    let local = format!("2026-04-{:02}T{:02}:00:00+08:00", 1 + number / 8 % 30, 9 + number % 8);
    let deadline = local.parse::<DateTime<Utc>>()? + TimeDelta::minutes(i64::try_from(number / 240)?);
    let publish = json!({ "input": { "challengeId": challenge, "submissionDeadline": deadline.to_rfc3339() } });
    client.asks(Some(organizer2), &operation("publishChallenge"), publish).await?;
    let seen = client.asks(None, &operation("challenge"), json!({ "id": challenge })).await?;
    let indicators = seen["indicators"].as_array().into_iter().flatten();
    let indicators: Vec<_> = indicators.filter_map(|one| one["id"].as_str().map(str::to_owned)).collect();
    let drafts = enterprises.iter_mut().enumerate().map(|(place, enterprise)| {
        let solution = solution_input(&indicators, &format!("第{place}号方案"), 150_000_000);
        let input = json!({ "input": { "challengeId": challenge, "solution": solution } });
        async move {
            let drafted = enterprise.client.asks(Some(&enterprise.token), &operation("draftBid"), input).await?;
            Ok::<_, anyhow::Error>(drafted["bid"]["id"].as_str().context("no bid")?.to_owned())
        }
    });
    let bids = futures_util::future::try_join_all(drafts).await?;
    Ok(Round { challenge, deadline, bids })
}

/// The clock is moved to shortly before the deadline; everybody hands in at a random moment around it.
async fn submissions(
    client: &mut Client,
    organizer: &str,
    enterprises: &mut [Enterprise],
    round: &Round,
) -> Result<Vec<Told>> {
    let spread = TimeDelta::from_std(SPREAD)?;
    let to = round.deadline - spread - TimeDelta::from_std(LEAD)?;
    client.asks(Some(organizer), &operation("setClock"), json!({ "input": { "now": to.to_rfc3339() } })).await?;
    let begins = Instant::now() + LEAD;
    let acts = enterprises.iter_mut().zip(&round.bids).map(|(enterprise, bid)| {
        let input = json!({ "input": { "bidId": bid, "pledgeAccepted": true } });
        let body = request(&operation("submitBid"), input);
        async move {
            let within = u64::try_from((SPREAD * 2).as_micros())?;
            let offset = u64::from_le_bytes(random::bytes::<8>()?) % within;
            sleep_until(begins + Duration::from_micros(offset)).await;
            // The server's clock had been moved when it said so: by it, what is sent now is late.
            let late = Instant::now() >= begins + SPREAD;
            let answer: Value = serde_json::from_slice(enterprise.client.post(Some(&enterprise.token), &body).await?)?;
            match answer.pointer("/errors/0/extensions/code").and_then(Value::as_str) {
                None => {
                    ensure!(!late, "sent after the deadline and accepted: {answer}");
                    let at = answer.pointer("/data/submitBid/receipt/sealedAt").and_then(Value::as_str);
                    Ok(Told::Accepted(at.context("no receipt")?.parse()?))
                }
                Some("DEADLINE_PASSED") => Ok(Told::TooLate),
                Some(_) => Err(anyhow::anyhow!("neither accepted nor too late: {answer}")),
            }
        }
    });
    futures_util::future::try_join_all(acts).await
}

/// What there is of a bid is what its bidder was told.
async fn looked(enterprise: &mut Enterprise, bid: &str, told: Told, deadline: DateTime<Utc>) -> Result<()> {
    const LOOK: &str = "query($id: ID!) {
        bid: node(id: $id) { ... on Bid { status submittedAt receipt { sealedAt } } }
        events(subject: $id, first: 100) { nodes { at kind } }
    }";
    let body = request(LOOK, json!({ "id": bid }));
    let answer: Value = serde_json::from_slice(enterprise.client.post(Some(&enterprise.token), &body).await?)?;
    let bid = &answer["data"]["bid"];
    let mut kinds = BTreeMap::new();
    for event in answer["data"]["events"]["nodes"].as_array().into_iter().flatten() {
        let at: DateTime<Utc> = event["at"].as_str().context("no time")?.parse()?;
        kinds.insert(event["kind"].as_str().unwrap_or_default().to_owned(), at);
    }
    match told {
        Told::Accepted(at) => {
            let sealed: DateTime<Utc> = bid["receipt"]["sealedAt"].as_str().context("no receipt")?.parse()?;
            ensure!(bid["status"] == "SUBMITTED" && sealed == at, "{answer}");
            ensure!(kinds.get("bid.submitted") == Some(&at) && !kinds.contains_key("bid.late"), "{answer}");
        }
        Told::TooLate => {
            ensure!(bid["status"] == "DRAFT" && bid["receipt"].is_null(), "{answer}");
            ensure!(!kinds.contains_key("bid.submitted"), "{answer}");
            ensure!(kinds.get("bid.late").is_some_and(|at| *at >= deadline), "no record of a late attempt: {answer}");
        }
    }
    Ok(())
}

/// Before the opening nobody but its bidder reads a bid, or is told how many there are; what is opened are the bids that were accepted.
async fn opened(address: SocketAddr, rival: &Enterprise, round: &Round, held: &BTreeSet<String>) -> Result<()> {
    const LOOK: &str = "query($id: ID!, $bid: ID!) {
        challenge(id: $id) { status bidCount bids { totalCount } } node(id: $bid) { id }
    }";
    const BIDS: &str = "query($id: ID!) { challenge(id: $id) { bids(first: 100) { nodes { id } } } }";
    let mut client = Client::connect(address).await?;
    let organizers = [signed_in(address, "organizer").await?, signed_in(address, "organizer2").await?];
    let mut lookers = vec![None];
    for name in ["supervisor", "urban", "judge1", "sysadmin", "secadmin", "auditor"] {
        lookers.push(Some(signed_in(address, name).await?));
    }
    lookers.extend(organizers.iter().cloned().map(Some));
    for token in &lookers {
        for bid in &round.bids {
            let body = request(LOOK, json!({ "id": round.challenge, "bid": bid }));
            let answer: Value = serde_json::from_slice(client.post(token.as_deref(), &body).await?)?;
            let seen = &answer["data"];
            let told = json!({ "status": "CLOSED", "bidCount": null, "bids": null });
            ensure!(seen["challenge"] == told && seen["node"].is_null(), "told before the opening: {answer}");
        }
    }
    // An enterprise sees its own, the first, and no other.
    for (place, bid) in round.bids.iter().enumerate() {
        let body = request(LOOK, json!({ "id": round.challenge, "bid": bid }));
        let answer: Value = serde_json::from_slice(client.post(Some(&rival.token), &body).await?)?;
        let told = json!({ "status": "CLOSED", "bidCount": null, "bids": { "totalCount": 1 } });
        let seen = &answer["data"];
        ensure!(seen["challenge"] == told && seen["node"].is_null() == (place > 0), "told to a rival: {answer}");
    }
    let mut answer = Value::Null;
    for token in &organizers {
        let input = json!({ "input": opening(&round.challenge) });
        answer = client.asks(Some(token), &operation("openBids"), input).await?;
    }
    if held.is_empty() {
        // All came too late: there is nothing to open.
        let failed = answer["opened"] == false && answer["challenge"]["status"] == "FAILED";
        ensure!(failed, "nothing was accepted, and yet: {answer}");
        return Ok(());
    }
    ensure!(answer["opened"] == true && answer["challenge"]["bidCount"] == held.len(), "{held:?}: {answer}");
    let seen = client.asks(Some(&organizers[0]), BIDS, json!({ "id": round.challenge })).await?;
    let bids = seen["bids"]["nodes"].as_array().into_iter().flatten();
    let bids: BTreeSet<_> = bids.filter_map(|bid| bid["id"].as_str().map(str::to_owned)).collect();
    ensure!(bids == *held, "{held:?} were accepted, {bids:?} opened");
    Ok(())
}
