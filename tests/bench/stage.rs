//! What is measured: a rehearsal as `serve --rehearsal` lays it out, three hundred more open challenges, and a draft of every
//! enterprise on each of them, all made at the door; served as it always is.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiebang_platform::App;
use jiebang_platform::base::id::{BidId, ChallengeId, Kind};
use jiebang_server::commands::seed;
use jiebang_server::config::{Config, Flags};
use jiebang_server::http;
use jiebang_server::start;
use serde_json::{Value, json};
use support::{Client, challenge_input, operation, request, solution_input};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::filing::{self, Filer};
use crate::measure::{Figures, Work, round};
use crate::raw::Script;

const CHALLENGES: usize = 300;
const BIDDERS: [&str; 4] = ["aurora", "beacon", "cedar", "delta"];
/// Who lays out works side by side.
const HANDS: usize = 8;
/// Longer than any round.
const AS_LONG_AS_IT_TAKES: Duration = Duration::from_secs(120);

const LIST: &str = "{
  challenges(filter: { openNow: true }, first: 20) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id code title domain mechanism status submissionDeadline
      department { id name }
      indicators { id name unit comparator target mandatory }
    }
  }
}";
const SUBMIT: &str = "mutation($input: SubmitBidInput!) {
  submitBid(input: $input) {
    bid { id status version submittedAt }
    receipt { bidId version commitment salt sealedAt signature keyId compact }
    recoveryKey
  }
}";
const REVISE: &str = "mutation($input: ReviseBidInput!) { reviseBid(input: $input) { bid { id status version } } }";

/// A server at work.
pub struct Stage {
    app: App,
    /// The list that everybody sees, and how it has to be answered.
    pub list: Arc<Vec<Question>>,
    /// The challenges of that list one by one, and how each has to be answered.
    pub one: Arc<Vec<Question>>,
    address: SocketAddr,
    bids: Vec<Arc<Bid>>,
    /// Drafts to be handed in, and bids whose draft has been.
    drafts: Arc<Queue>,
    spent: Arc<Queue>,
    server: JoinHandle<()>,
}

/// A request of which the answer is known, byte for byte.
pub struct Question {
    body: String,
    answer: Vec<u8>,
}

/// A bid, its bidder's token, and what to send.
pub struct Bid {
    /// The bid's id and its challenge's.
    pub id: BidId,
    pub challenge: ChallengeId,
    pub token: String,
    submit: String,
    solution: Value,
}

impl Bid {
    /// Its draft is written anew, with these files.
    pub async fn revises_with(&self, client: &mut Client, files: &[String]) -> Result<()> {
        let mut solution = self.solution.clone();
        solution["attachmentIds"] = json!(files);
        let revise = request(REVISE, json!({ "input": { "bidId": self.id.to_string(), "solution": solution } }));
        let answer = String::from_utf8_lossy(client.post(Some(&self.token), &revise).await?);
        ensure!(!answer.contains(r#""errors""#), "refused: {answer}");
        Ok(())
    }

    /// It is handed in.
    pub async fn submits(&self, client: &mut Client) -> Result<()> {
        let answer = String::from_utf8_lossy(client.post(Some(&self.token), &self.submit).await?);
        let id = self.id.to_string();
        let all = [id.as_str(), r#""status":"SUBMITTED""#, r#""compact":"ey"#, r#""recoveryKey":"AGE-SECRET-KEY-"#];
        ensure!(!answer.contains(r#""errors""#) && all.iter().all(|part| answer.contains(part)), "refused: {answer}");
        Ok(())
    }
}

/// Bids that wait.
#[derive(Default)]
pub struct Queue(Mutex<VecDeque<Arc<Bid>>>);

impl Queue {
    pub fn push(&self, bid: Arc<Bid>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(bid);
    }

    pub fn pop(&self) -> Option<Arc<Bid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl Stage {
    /// Lays everything out in an empty database and serves it, on these threads.
    pub async fn set(database: &str, threads: &Handle, folder: &Path) -> Result<Self> {
        let flags = Flags {
            bind: Some("127.0.0.1:0".into()),
            database: Some(database.into()),
            data: Some(folder.into()),
            ..Flags::default()
        };
        let mut config = Config::read(&flags)?;
        (config.files.file_bytes, config.files.bid_bytes) = (filing::LARGE as u64, 2 * filing::LARGE as u64);
        // Those of a round that is over may still have theirs when the next ones connect.
        config.server.connections_per_address = 1_000;
        let (app, address, server) = threads.spawn(served(config)).await??;

        let mut client = Client::connect(address).await?;
        let mut people = Vec::new();
        for name in ["urban", "organizer", "organizer2"].into_iter().chain(BIDDERS) {
            people.push(signed_in(&mut client, name).await?);
        }
        let people: Arc<[String]> = people.into();
        let hands: Vec<_> = (0..HANDS)
            .map(|hand| {
                let people = people.clone();
                tokio::spawn(async move {
                    let mut client = Client::connect(address).await?;
                    let mut bids = Vec::new();
                    for number in (hand..CHALLENGES).step_by(HANDS) {
                        bids.extend(challenge_with_drafts(&mut client, &people, number).await?);
                    }
                    anyhow::Ok(bids)
                })
            })
            .collect();
        let mut bids = Vec::new();
        for hand in hands {
            bids.extend(hand.await??);
        }
        let drafts = Arc::new(Queue::default());
        bids.iter().for_each(|bid| drafts.push(bid.clone()));

        let list = known(&mut client, LIST, json!({})).await?;
        let mut one = Vec::new();
        for id in ids(&list.answer()?) {
            one.push(known(&mut client, &operation("challenge"), json!({ "id": id })).await?);
        }
        let (list, one) = (Arc::new(vec![list]), Arc::new(one));
        Ok(Self { app, list, one, address, bids, drafts, spent: Arc::default(), server })
    }

    /// How much there is.
    pub fn size(&self) -> Result<String> {
        let open = &self.list[0].answer()?["totalCount"];
        Ok(format!("{open} open challenges, {} drafts", self.bids.len()))
    }

    /// Asks known questions in turn.
    pub async fn reads(&self, questions: &Arc<Vec<Question>>, clients: usize, time: Duration) -> Result<Figures> {
        let readers = Client::several(self.address, clients).await?.into_iter().enumerate();
        let readers = readers.map(|(place, client)| Reader { client, questions: questions.clone(), next: place });
        Ok(round(readers.collect(), time).await?.0)
    }

    /// Hands prepared drafts in, each once.
    pub async fn submits(&self, clients: usize, time: Duration) -> Result<Figures> {
        let clients = Client::several(self.address, clients).await?.into_iter();
        let submitters =
            clients.map(|client| Submitter { client, drafts: self.drafts.clone(), spent: self.spent.clone() });
        Ok(round(submitters.collect(), time).await?.0)
    }

    /// Brings a file for each of these drafts and hands it in with it.
    pub async fn files(&self, clients: usize, time: Duration) -> Result<Figures> {
        let bytes = filing::pdf(filing::FILE);
        let clients = Client::several(self.address, clients).await?.into_iter();
        let filer =
            |client| Filer { client, bytes: bytes.clone(), drafts: self.drafts.clone(), spent: self.spent.clone() };
        Ok(round(clients.map(filer).collect(), time).await?.0)
    }

    /// By how many MiB the process grows while one file of this size comes in, and how long that takes.
    pub async fn grown(&self, size: usize) -> Result<(f64, Duration)> {
        let mut client = Client::connect(self.address).await?;
        let bid = self.drafts.pop().context("no draft is left")?;
        let grown = filing::grown(&mut client, &bid, size).await?;
        self.drafts.push(bid);
        Ok(grown)
    }

    /// Drafts anew whatever has been handed in.
    pub async fn drafts_anew(&self) -> Result<()> {
        let clients = Client::several(self.address, HANDS).await?.into_iter();
        let revisers = clients.map(|client| Reviser { client, spent: self.spent.clone(), drafts: self.drafts.clone() });
        round(revisers.collect(), AS_LONG_AS_IT_TAKES).await?;
        Ok(())
    }

    /// What the server sends for each of these.
    pub async fn heard(&self, questions: &Arc<Vec<Question>>) -> Result<Vec<Script>> {
        let client = Client::connect(self.address).await?;
        let mut reader = Reader { client, questions: questions.clone(), next: 0 };
        let mut scripts = Vec::new();
        for _ in questions.iter() {
            let (asked, heard) = self.app.db.listening(reader.once()).await;
            asked?;
            scripts.push(Script::of(heard)?);
        }
        Ok(scripts)
    }

    /// What the server sends for a `submitBid`, made to hand any bid in, and the uuid of the bid that it was heard of.
    pub async fn heard_submission(&self) -> Result<(Script, String)> {
        let client = Client::connect(self.address).await?;
        let mut submitter = Submitter { client, drafts: self.drafts.clone(), spent: self.spent.clone() };
        let (submitted, heard) = self.app.db.listening(submitter.once()).await;
        ensure!(submitted?, "no draft is left");
        let bid = self.spent.pop().context("no bid has been handed in")?;
        let script = Script::of(heard)?.of_any_bid(&bid)?;
        let uuid = bid.id.uuid().to_string();
        self.spent.push(bid);
        Ok((script, uuid))
    }

    /// Stops serving.
    pub async fn strike(self) -> Result<()> {
        self.server.abort();
        Ok(self.app.db.close().await?)
    }
}

async fn served(config: Config) -> Result<(App, SocketAddr, JoinHandle<()>)> {
    let (app, first) = start::rehearsal(&config).await?;
    ensure!(first, "the database is not empty");
    seed::rehearsal(&app).await.context("laying out the rehearsal")?;
    let bound = http::bind(&config.server.bind).await?;
    let address = bound.address;
    let endpoint = http::app_endpoint(app.clone(), &config.server);
    let server = tokio::spawn(async move { bound.serve(endpoint, &config.server, CancellationToken::new()).await });
    Ok((app, address, server))
}

impl Question {
    /// The one field of the answer.
    pub fn answer(&self) -> Result<Value> {
        let answer: Value = serde_json::from_slice(&self.answer)?;
        let field = answer["data"].as_object().and_then(|data| data.values().next());
        field.cloned().context("an answer without data")
    }
}

/// The ids of a list.
pub fn ids(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().into_iter().flatten();
    nodes.filter_map(|node| node["id"].as_str().map(str::to_owned)).collect()
}

async fn known(client: &mut Client, query: &str, variables: Value) -> Result<Question> {
    client.asks(None, query, variables.clone()).await?;
    let body = request(query, variables);
    let answer = client.post(None, &body).await?.to_vec();
    Ok(Question { body, answer })
}

async fn signed_in(client: &mut Client, name: &str) -> Result<String> {
    let input = json!({ "input": { "username": name, "password": seed::PASSWORD } });
    let answer = client.asks(None, &operation("signIn"), input).await?;
    Ok(answer["accessToken"].as_str().context("no token")?.to_owned())
}

/// Everything up to a draft of each bidder.
async fn challenge_with_drafts(client: &mut Client, people: &[String], number: usize) -> Result<Vec<Arc<Bid>>> {
    let [urban, organizer, organizer2, bidders @ ..] = people else { anyhow::bail!("people are missing") };
    let mut input = challenge_input();
    input["title"] = format!("第{}号下穿隧道积水十分钟预报", number + 1).into();
    let drafted = client.asks(Some(urban), &operation("draftChallenge"), json!({ "input": input })).await?;
    let id = drafted["challenge"]["id"].as_str().context("no challenge")?.to_owned();
    let of = json!({ "input": { "challengeId": id } });
    client.asks(Some(urban), &operation("submitChallenge"), of.clone()).await?;
    client.asks(Some(organizer), &operation("approveChallenge"), of).await?;
    let deadline = format!("2026-04-{:02}T{:02}:00:00+08:00", 1 + number % 30, 9 + number % 9);
    let publish = json!({ "input": { "challengeId": id, "submissionDeadline": deadline } });
    client.asks(Some(organizer2), &operation("publishChallenge"), publish).await?;
    let seen = client.asks(None, &operation("challenge"), json!({ "id": id })).await?;
    let indicators = seen["indicators"].as_array().into_iter().flatten();
    let indicators: Vec<_> = indicators.filter_map(|one| one["id"].as_str().map(str::to_owned)).collect();
    let mut bids = Vec::new();
    for (name, token) in BIDDERS.iter().zip(bidders) {
        let mut solution = solution_input(&indicators, &format!("{name} 的方案"), 150_000_000);
        // Two pages of text, as a short solution has.
        solution["technicalApproach"] = solution["technicalApproach"].as_str().unwrap_or_default().repeat(25).into();
        let draft = json!({ "input": { "challengeId": id, "solution": solution } });
        let drafted = client.asks(Some(token), &operation("draftBid"), draft).await?;
        let bid: BidId = drafted["bid"]["id"].as_str().context("no bid")?.parse()?;
        bids.push(Arc::new(Bid {
            token: token.clone(),
            submit: request(SUBMIT, json!({ "input": { "bidId": bid.to_string(), "pledgeAccepted": true } })),
            solution,
            id: bid,
            challenge: id.parse()?,
        }));
    }
    Ok(bids)
}

struct Reader {
    client: Client,
    questions: Arc<Vec<Question>>,
    next: usize,
}

impl Work for Reader {
    async fn once(&mut self) -> Result<bool> {
        let question = &self.questions[self.next % self.questions.len()];
        self.next += 1;
        let answer = self.client.post(None, &question.body).await?;
        ensure!(answer == question.answer, "another answer: {}", String::from_utf8_lossy(answer));
        Ok(true)
    }
}

struct Submitter {
    client: Client,
    drafts: Arc<Queue>,
    spent: Arc<Queue>,
}

impl Work for Submitter {
    async fn once(&mut self) -> Result<bool> {
        let Some(bid) = self.drafts.pop() else { return Ok(false) };
        bid.submits(&mut self.client).await?;
        self.spent.push(bid);
        Ok(true)
    }
}

struct Reviser {
    client: Client,
    spent: Arc<Queue>,
    drafts: Arc<Queue>,
}

impl Work for Reviser {
    async fn once(&mut self) -> Result<bool> {
        let Some(bid) = self.spent.pop() else { return Ok(false) };
        bid.revises_with(&mut self.client, &[]).await?;
        self.drafts.push(bid);
        Ok(true)
    }
}
