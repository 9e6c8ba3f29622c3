//! A server at a port of its own, and sockets that speak to it byte by byte.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use jiebang_server::config::Server;
use jiebang_server::http;
use poem::{Endpoint, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// Nothing here takes longer, or it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that was bound to a port.
pub struct Served {
    /// Where.
    pub address: SocketAddr,
    /// Tells it to stop.
    pub stopping: CancellationToken,
    running: JoinHandle<()>,
}

impl Served {
    /// Serves this.
    pub async fn new(endpoint: impl Endpoint<Output = Response> + 'static, server: &Server) -> Result<Self> {
        let bound = http::bind("127.0.0.1:0").await?;
        let (address, stopping, server) = (bound.address, CancellationToken::new(), server.clone());
        let told = stopping.clone();
        let running = tokio::spawn(async move { bound.serve(endpoint, &server, told).await });
        Ok(Self { address, stopping, running })
    }

    /// A socket of a client at 127.0.0.1.
    pub async fn connects(&self) -> Socket {
        Socket::from("127.0.0.1", self.address).await.unwrap()
    }

    /// Waits until it has stopped, and says how long that took from now.
    pub async fn stopped(self) -> Duration {
        let began = Instant::now();
        timeout(PATIENCE, self.running).await.expect("it does not stop").unwrap();
        began.elapsed()
    }
}

/// One end of a connection.
pub struct Socket(pub TcpStream);

impl Socket {
    /// Connects from this address.
    pub async fn from(client: &str, server: SocketAddr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(format!("{client}:0").parse()?)?;
        Ok(Self(socket.connect(server).await?))
    }

    /// Sends; whether it was taken.
    pub async fn sends(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Sends a byte every tenth of a second until the connection is cut; how long that took.
    pub async fn trickles(mut self, byte: u8) -> Duration {
        let began = Instant::now();
        let mut heard = [0; 1024];
        while began.elapsed() < PATIENCE {
            match timeout(Duration::from_millis(100), self.0.read(&mut heard)).await {
                Ok(Ok(0) | Err(_)) => break,
                Ok(Ok(_)) => {}
                Err(_) if self.sends([byte]).await => {}
                Err(_) => break,
            }
        }
        began.elapsed()
    }

    /// All that comes until the connection ends.
    pub async fn rest(&mut self) -> String {
        let mut heard = Vec::new();
        // A connection that is cut ends too.
        let _ = timeout(PATIENCE, self.0.read_to_end(&mut heard)).await.expect("it does not end");
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// One answer with a content-length; empty where the connection ended.
    pub async fn answer(&mut self) -> String {
        let mut heard = Vec::new();
        let whole = |heard: &[u8]| {
            let text = String::from_utf8_lossy(heard).into_owned();
            let (head, body) = text.split_once("\r\n\r\n")?;
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            (body.len() >= length.parse().unwrap()).then_some(())
        };
        while whole(&heard).is_none() {
            match timeout(PATIENCE, self.0.read_u8()).await.expect("no answer") {
                Ok(byte) => heard.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8(heard).unwrap()
    }
}
