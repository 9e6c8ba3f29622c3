//! `make armour`: a thousand clients that trickle, each cut within 15 s, and what a new request takes meanwhile.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use support::{Served, Socket, TestApp};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const TRICKLERS: usize = 1_000;
/// From one address: fewer than are let in.
const EACH: usize = 50;
const LAST_CUT: Duration = Duration::from_secs(15);
const LONGEST_ANSWER: Duration = Duration::from_millis(100);

const HALF_A_HEAD: &str = "POST /graphql HTTP/1.1\r\nhost: x\r\nx-slow: ";
const HALF_A_BODY: &str =
    "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n";
/// One request that is whole, then half of a second.
const HALF_A_SECOND: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /healthz HTTP/1.1\r\nx-slow: ";

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let app = TestApp::new().await;
    let served = app.served(|_| {}).await;
    let began = Instant::now();
    let mut tricklers = JoinSet::new();
    for number in 0..TRICKLERS {
        let mut socket = Socket::from(&format!("127.0.1.{}", 1 + number / EACH), served.address).await?;
        let begun = [HALF_A_HEAD, HALF_A_BODY, HALF_A_SECOND][number % 3];
        tricklers.spawn(async move {
            socket.sends(begun).await;
            // A second half that came with the first request has begun when its next byte comes.
            socket.trickles(b' ').await
        });
    }
    println!("{TRICKLERS} sockets trickle after {:.1} s", began.elapsed().as_secs_f64());
    let asking = tokio::spawn(async move {
        let mut answers = Vec::new();
        while began.elapsed() < LAST_CUT {
            answers.push(ask(&served).await?);
            sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(answers)
    });
    let mut cuts = tricklers.join_all().await;
    cuts.sort();
    let mut answers = asking.await??;
    answers.sort();
    let at = |all: &[Duration], part: usize| all[(all.len() - 1) * part / 100].as_secs_f64();
    let (cut, answered) = (at(&cuts, 100), at(&answers, 100));
    println!("cut after:       first {:.2} s, median {:.2} s, last {cut:.2} s", at(&cuts, 0), at(&cuts, 50));
    println!(
        "{} new requests: median {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        answers.len(),
        at(&answers, 50) * 1e3,
        at(&answers, 99) * 1e3,
        answered * 1e3,
    );
    let holds = cut <= LAST_CUT.as_secs_f64() && answered <= LONGEST_ANSWER.as_secs_f64();
    println!(
        "{}",
        if holds { "holds" } else { "DOES NOT HOLD: all cut within 15 s, each request answered within 100 ms" }
    );
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A new connection from elsewhere, a query, its answer.
async fn ask(served: &Served) -> Result<Duration> {
    let body = r#"{"query":"{ clock { now } }"}"#;
    let began = Instant::now();
    let mut socket = Socket::from("127.0.0.2", served.address).await?;
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
    socket.sends(format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;
    let answer = socket.answer().await;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(began.elapsed())
}
