//! A client that keeps its connection: HTTP/1.1 as far as the server speaks it, so that the client costs little of the cores that
//! it shares with the server.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
pub struct Client {
    address: SocketAddr,
    stream: TcpStream,
    sent: Vec<u8>,
    received: Vec<u8>,
    /// The server would not take what was to be sent.
    refused: bool,
}

/// The server will take it.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { address, stream, sent: Vec::new(), received: Vec::new(), refused: false })
    }

    /// So many connections.
    pub async fn several(address: SocketAddr, count: usize) -> Result<Vec<Self>> {
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(Self::connect(address).await?);
        }
        Ok(clients)
    }

    /// Posts a GraphQL request; the body of the answer, which has to be 200.
    pub async fn post(&mut self, token: Option<&str>, body: &str) -> Result<&[u8]> {
        let (status, answer) = self.sends(token, body).await?;
        ensure!(status == 200, "refused: {}", String::from_utf8_lossy(answer));
        Ok(answer)
    }

    /// Posts a GraphQL request; the status and the body of the answer.
    pub async fn sends(&mut self, token: Option<&str>, body: &str) -> Result<(u16, &[u8])> {
        self.exchanges("POST /graphql", token, body.as_bytes(), 1).await
    }

    /// Puts a file to an upload's address, made of so many times the same bytes; the status and the body of the answer.
    pub async fn puts(&mut self, token: &str, url: &str, bytes: &[u8], times: usize) -> Result<(u16, &[u8])> {
        self.exchanges(&format!("PUT {url}"), Some(token), bytes, times).await
    }

    /// What is large is sent when the server says that it will take it, as `curl` does: whoever is refused has sent nothing in vain.
    async fn exchanges(&mut self, what: &str, token: Option<&str>, body: &[u8], times: usize) -> Result<(u16, &[u8])> {
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let large = times > 1 || body.len() >= 64 * 1024;
        let expect = if large { "expect: 100-continue\r\n" } else { "" };
        self.sent.clear();
        let head = format!(
            "{what} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{bearer}{expect}content-length: {}\r\n\r\n",
            body.len() * times
        );
        self.sent.extend_from_slice(head.as_bytes());
        self.received.clear();
        if large {
            self.stream.write_all(&self.sent).await?;
            while self.received.len() < CONTINUE.len() {
                self.receive().await?;
            }
            if self.received.starts_with(CONTINUE) {
                self.received.drain(..CONTINUE.len());
                for _ in 0..times {
                    self.stream.write_all(body).await?;
                }
            } else {
                self.refused = true;
            }
        } else {
            self.sent.extend_from_slice(body);
            self.stream.write_all(&self.sent).await?;
        }
        let (start, length) = loop {
            if self.received.is_empty() {
                self.receive().await?;
            }
            if let Some(end) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break (end + 4, length(&self.received[..end])?);
            }
            self.receive().await?;
        };
        while self.received.len() < start + length {
            self.receive().await?;
        }
        if std::mem::take(&mut self.refused) {
            // The server waits for nothing more on this connection.
            self.stream = TcpStream::connect(self.address).await?;
            self.stream.set_nodelay(true)?;
        }
        let status = self.received.get(9..12).and_then(|status| std::str::from_utf8(status).ok());
        let status = status.and_then(|status| status.parse().ok()).context("an answer without a status")?;
        Ok((status, &self.received[start..start + length]))
    }

    /// Asks and is answered: the one field of `data`.
    pub async fn asks(&mut self, token: Option<&str>, query: &str, variables: Value) -> Result<Value> {
        let answer = self.post(token, &request(query, variables)).await?;
        let answer: Value = serde_json::from_slice(answer)?;
        ensure!(answer.get("errors").is_none(), "refused: {answer:#}");
        let field = answer["data"].as_object().and_then(|data| data.values().next());
        field.cloned().context("an answer without data")
    }

    async fn receive(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.received).await? == 0 {
            bail!("the server hung up");
        }
        Ok(())
    }
}

/// The body of a request.
pub fn request(query: &str, variables: Value) -> String {
    json!({ "query": query, "variables": variables }).to_string()
}

fn length(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head)?;
    let named = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = named.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    Ok(lengths.next().context("an answer without its length")?.1.trim().parse()?)
}
