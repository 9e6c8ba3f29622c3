//! The eight writers at their desks, each with a connection of its own, one act after the other until the answer is lost.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use jiebang_server::commands::seed::PASSWORD;
use serde_json::{Value, json};
use support::{Client, operation, request};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use crate::work::{Act, DESKS, Step, Work};

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the writers share.
pub struct Office {
    pub work: Mutex<Work>,
    address: SocketAddr,
    /// Counts the starts of the server; writers work at the one that they last saw.
    pub open: watch::Sender<u64>,
    /// How many have lost their connection since.
    pub lost: watch::Sender<usize>,
    /// The act whose sending is waited for, and how many answers came.
    aim: Mutex<Option<Step>>,
    hit: Notify,
    pub answered: watch::Sender<u64>,
    /// Whether everybody is to stop between two acts, and how many have.
    pub pause: watch::Sender<bool>,
    pub idle: watch::Sender<usize>,
    /// How often the server had too much to do while nothing was wrong.
    pub busy: watch::Sender<u64>,
    /// While the database is away: every answer's code and how long it took.
    pub outage: Mutex<Option<Vec<(String, Step, Duration)>>>,
    /// What nobody expected.
    pub faults: Mutex<Vec<String>>,
}

impl Office {
    pub fn new(work: Work, address: SocketAddr) -> Arc<Self> {
        Arc::new(Self {
            work: Mutex::new(work),
            address,
            open: watch::Sender::new(0),
            lost: watch::Sender::new(0),
            aim: Mutex::default(),
            hit: Notify::new(),
            answered: watch::Sender::new(0),
            pause: watch::Sender::new(false),
            idle: watch::Sender::new(0),
            busy: watch::Sender::new(0),
            outage: Mutex::default(),
            faults: Mutex::default(),
        })
    }

    pub fn work(&self) -> MutexGuard<'_, Work> {
        lock(&self.work)
    }

    /// Writes until the process ends.
    pub fn employ(self: &Arc<Self>) {
        for desk in 0..DESKS.len() {
            let (office, open) = (self.clone(), self.open.subscribe());
            tokio::spawn(async move { office.writes(desk, open).await });
        }
    }

    async fn writes(&self, desk: usize, mut open: watch::Receiver<u64>) {
        loop {
            if open.changed().await.is_err() {
                return;
            }
            let fault = self.works(desk).await;
            let died = fault.is::<Fault>();
            let away = lock(&self.outage).is_some();
            if died || away {
                lock(&self.faults).push(format!("{}: {fault:#}", DESKS[desk]));
            }
            self.lost.send_modify(|lost| *lost += 1);
            if died {
                return;
            }
        }
    }

    /// Works until the connection is lost, and says why.
    async fn works(&self, desk: usize) -> anyhow::Error {
        let mut client = match Client::connect(self.address).await {
            Ok(client) => client,
            Err(fault) => return fault,
        };
        let mut pause = self.pause.subscribe();
        loop {
            let paused = *pause.borrow_and_update();
            let act = {
                let mut work = self.work();
                match work.doubts[desk].clone() {
                    Some(act) => Some(act),
                    None if paused => None,
                    None => Some(work.next(desk)),
                }
            };
            // Who is not needed is not in the way of those who are.
            if act.as_ref().is_some_and(|act| act.case.is_none() && act.sent == 0) {
                sleep(Duration::from_millis(15)).await;
            }
            let Some(act) = act else {
                self.idle.send_modify(|idle| *idle += 1);
                let _ = pause.wait_for(|paused| !paused).await;
                self.idle.send_modify(|idle| *idle -= 1);
                continue;
            };
            if let Err(fault) = self.act(desk, &mut client, act).await {
                return fault;
            }
        }
    }

    async fn act(&self, desk: usize, client: &mut Client, act: Act) -> Result<()> {
        let token = match act.who {
            Some(who) => {
                let known = self.work().tokens.get(who).cloned();
                match known {
                    Some(token) => Some(token),
                    None => Some(self.sign_in(client, who).await?),
                }
            }
            None => None,
        };
        let body = request(&act.document(), act.variables.clone());
        if lock(&self.aim).take_if(|aim| *aim == act.step).is_some() {
            self.hit.notify_one();
        }
        let begun = Instant::now();
        let told = timeout(PATIENCE, client.sends(token.as_deref(), &body)).await;
        let answer = match told {
            Ok(Ok((_, answer))) => serde_json::from_slice::<Value>(answer).map_err(Fault::of)?,
            Ok(Err(cut)) => {
                self.work().unanswered(desk, act);
                return Err(cut);
            }
            Err(_) => return Err(Fault::of(format!("no answer to {:?} within {PATIENCE:?}", act.step))),
        };
        let took = begun.elapsed();
        let code = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str);
        // A move of the clock that was done and not told is refused when it is asked for again: that is an answer.
        let code = code.filter(|code| (act.step, act.sent > 0, *code) != (Step::SetClock, true, "INVALID_INPUT"));
        if let Some(outage) = lock(&self.outage).as_mut() {
            outage.push((code.unwrap_or("answered").to_owned(), act.step, took));
        }
        if self.hears(desk, act, &answer)? {
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// What an answer means; whether to wait before the next.
    fn hears(&self, desk: usize, act: Act, answer: &Value) -> Result<bool> {
        let mut work = self.work();
        match answer.pointer("/errors/0/extensions/code").and_then(Value::as_str) {
            None => {
                let told = answer["data"].as_object().and_then(|data| data.values().next()).cloned();
                let told = told.context("an answer without data").map_err(Fault::of)?;
                let told = work.acknowledged(desk, &act, &told);
                told.map_err(|fault| Fault::of(format!("{:?}: {fault:#}: {answer}", act.step)))?;
                drop(work);
                self.answered.send_modify(|answered| *answered += 1);
            }
            Some("UNAVAILABLE") => {
                work.unanswered(desk, act);
                if lock(&self.outage).is_none() {
                    self.busy.send_modify(|busy| *busy += 1);
                }
                return Ok(true);
            }
            // An access token lives for five minutes.
            Some("UNAUTHENTICATED") if act.who.is_some() => {
                act.who.and_then(|who| work.tokens.remove(who));
            }
            Some(code) => {
                if !work.refused(desk, &act, code) {
                    return Err(Fault::of(format!("{act:?} was refused: {answer}")));
                }
            }
        }
        Ok(false)
    }

    async fn sign_in(&self, client: &mut Client, who: &'static str) -> Result<String> {
        let (token, _) = sign_in(client, who).await?;
        self.work().tokens.insert(who.to_owned(), token.clone());
        Ok(token)
    }

    /// Waits until somebody sends such an act; false where nobody does.
    pub async fn aims(&self, step: Step, patience: Duration) -> bool {
        *lock(&self.aim) = Some(step);
        let hit = timeout(patience, self.hit.notified()).await.is_ok();
        // Whether or not: one that was hit in between is not kept for the next.
        hit || lock(&self.aim).take().is_none()
    }

    /// Waits until every writer has lost its connection.
    pub async fn all_lost(&self) -> Result<()> {
        let mut lost = self.lost.subscribe();
        let all = lost.wait_for(|lost| *lost >= DESKS.len());
        timeout(PATIENCE, all).await.context("a writer goes on without a server")??;
        self.check()
    }

    /// Lets everybody write at the server that runs now.
    pub fn opens(&self) {
        self.lost.send_replace(0);
        self.open.send_modify(|open| *open += 1);
    }

    /// Everybody stops, with nothing in doubt.
    pub async fn pauses(&self) -> Result<()> {
        self.pause.send_replace(true);
        let mut idle = self.idle.subscribe();
        let all = timeout(Duration::from_secs(60), idle.wait_for(|idle| *idle >= DESKS.len())).await;
        self.check()?;
        all.with_context(|| {
            let (idle, lost) = (*self.idle.borrow(), *self.lost.borrow());
            format!("{idle} writers stop, {lost} have lost their connection, {:#?}", self.work().doubts)
        })??;
        Ok(())
    }

    pub fn goes_on(&self) {
        self.pause.send_replace(false);
    }

    pub fn check(&self) -> Result<()> {
        let faults = lock(&self.faults);
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(())
    }
}

/// What is no lost connection.
#[derive(Debug)]
struct Fault(String);

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Fault {}

impl Fault {
    fn of(fault: impl std::fmt::Display) -> anyhow::Error {
        Self(format!("{fault:#}")).into()
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The access token and the person's id.
pub async fn sign_in(client: &mut Client, who: &str) -> Result<(String, String)> {
    let input = json!({ "input": { "username": who, "password": PASSWORD } });
    for _ in 0..100 {
        let (_, answer) = client.sends(None, &request(&operation("signIn"), input.clone())).await?;
        let answer: Value = serde_json::from_slice(answer)?;
        let told = |path: &str| answer.pointer(path).and_then(Value::as_str).map(str::to_owned);
        match told("/errors/0/extensions/code").as_deref() {
            None => {
                let token = told("/data/signIn/accessToken").context("no token")?;
                return Ok((token, told("/data/signIn/viewer/user/id").context("no id")?));
            }
            Some("UNAVAILABLE") => sleep(Duration::from_millis(50)).await,
            Some(_) => bail!(Fault(format!("{who} cannot sign in: {answer}"))),
        }
    }
    bail!(Fault(format!("{who} cannot sign in")))
}

/// Everybody signs in: user names by id, tokens by user name.
pub async fn all_sign_in(address: SocketAddr) -> Result<(HashMap<String, &'static str>, HashMap<String, String>)> {
    let (mut names, mut tokens) = (HashMap::new(), HashMap::new());
    let mut client = Client::connect(address).await?;
    for who in Work::people() {
        let (token, id) = sign_in(&mut client, who).await?;
        names.insert(id, who);
        tokens.insert(who.to_owned(), token);
    }
    ensure!(names.len() == tokens.len(), "two of one id");
    Ok((names, tokens))
}
