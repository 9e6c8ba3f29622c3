//! A small client that keeps its connections, and what it measured.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What was measured.
pub struct Figures {
    pub per_second: f64,
    /// Where single answers were timed.
    pub p50: Option<Duration>,
    pub p99: Option<Duration>,
}

impl Figures {
    /// From single times over a stretch.
    pub fn of(mut times: Vec<Duration>, over: Duration) -> Self {
        times.sort_unstable();
        let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied();
        Self { per_second: times.len() as f64 / over.as_secs_f64(), p50: at(50), p99: at(99) }
    }

    /// The round in the middle.
    pub fn median(mut rounds: Vec<Self>) -> Self {
        rounds.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
        rounds.swap_remove(rounds.len() / 2)
    }
}

/// So many clients against one server.
pub struct Load {
    address: SocketAddr,
    clients: usize,
}

impl Load {
    pub fn new(address: SocketAddr, clients: usize) -> Self {
        Self { address, clients }
    }

    /// All clients send the same question again and again.
    pub async fn repeat(&self, stretch: Duration, body: &str, token: Option<&str>) -> Result<Figures> {
        let request = request(body, token);
        let begun = Instant::now();
        let clients = (0..self.clients).map(|_| {
            let (request, address) = (request.clone(), self.address);
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await?;
                let mut times = Vec::new();
                while begun.elapsed() < stretch {
                    times.push(connection.ask(&request).await?);
                }
                anyhow::Ok(times)
            })
        });
        let mut times = Vec::new();
        for client in clients.collect::<Vec<_>>() {
            times.extend(client.await??);
        }
        Ok(Figures::of(times, begun.elapsed()))
    }

    /// The clients share these questions out, each asked once.
    pub async fn each(&self, questions: &[(String, String)]) -> Result<Figures> {
        let begun = Instant::now();
        let clients = (0..self.clients).map(|client| {
            let mine: Vec<_> = questions.iter().skip(client).step_by(self.clients).cloned().collect();
            let address = self.address;
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await?;
                let mut times = Vec::new();
                for (token, body) in mine {
                    times.push(connection.ask(&request(&body, Some(&token))).await?);
                }
                anyhow::Ok(times)
            })
        });
        let mut times = Vec::new();
        for client in clients.collect::<Vec<_>>() {
            times.extend(client.await??);
        }
        Ok(Figures::of(times, begun.elapsed()))
    }
}

fn request(body: &str, token: Option<&str>) -> String {
    let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{bearer}content-length: {length}\r\n\r\n{body}"
    )
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a question and checks that it was answered without an error.
    async fn ask(&mut self, request: &str) -> Result<Duration> {
        let begun = Instant::now();
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let (head, length) = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was cut");
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.buffer[..end])?;
            ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            break (end + 4, length.context("no length")?.parse::<usize>()?);
        };
        while self.buffer.len() < head + length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was cut");
        }
        let took = begun.elapsed();
        let body = &self.buffer[head..];
        ensure!(body.starts_with(b"{\"data\":{"), "{}", String::from_utf8_lossy(body));
        Ok(took)
    }
}
