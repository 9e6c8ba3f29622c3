//! Listening, and stopping without dropping what was asked.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use poem::{Endpoint, Response};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::{self, Times};
use super::limits::Seats;
use crate::config::Server;

/// Files, the database and its journals need descriptors as well.
const OTHER_DESCRIPTORS: u64 = 256;
/// How long nobody is let in after the machine had no descriptor for one more.
const PAUSE: Duration = Duration::from_millis(100);
const NO_SEAT: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";

/// An address that is listened to.
pub struct Bound {
    /// Which.
    pub address: SocketAddr,
    listener: TcpListener,
}

/// Begins to listen; port 0 takes any that is free.
pub async fn bind(address: &str) -> Result<Bound> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen at {address}"))?;
    Ok(Bound { address: listener.local_addr()?, listener })
}

/// What SIGTERM and ctrl-c set off. From here on neither ends the process by itself.
pub fn stop_on_signals() -> Result<CancellationToken> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopping = CancellationToken::new();
    let told = stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        told.cancel();
    });
    Ok(stopping)
}

impl Bound {
    /// Serves until told to stop; what was asked has `stop_seconds` to be answered.
    pub async fn serve(
        self,
        endpoint: impl Endpoint<Output = Response> + 'static,
        server: &Server,
        stopping: CancellationToken,
    ) {
        allow_descriptors(u64::from(server.connections).saturating_add(OTHER_DESCRIPTORS));
        // Behind a proxy everybody comes from its address.
        let each = if server.proxies == 0 { server.connections_per_address as usize } else { usize::MAX };
        let seats = Seats::new(server.connections, each);
        let (endpoint, times) = (Arc::new(endpoint), Times::of(server));
        let mut connections = JoinSet::new();
        let mut complaint = Complaint::default();
        loop {
            let accepted = tokio::select! {
                () = stopping.cancelled() => break,
                accepted = self.listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
            };
            match accepted {
                Ok((tcp, peer)) => match seats.take(peer.ip()) {
                    Some(seat) => {
                        let _ = tcp.set_nodelay(true);
                        let served = connection::serve(tcp, peer, seat, endpoint.clone(), times, stopping.clone());
                        connections.spawn(served);
                    }
                    None => {
                        turn_away(tcp);
                        if let Some(times) = complaint.of_one_more() {
                            tracing::warn!(%peer, times, connected = seats.taken(), "too many connections");
                        }
                    }
                },
                // The client went away while it waited.
                Err(fault) if matches!(fault.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {
                }
                Err(fault) => {
                    if let Some(times) = complaint.of_one_more() {
                        tracing::error!(%fault, times, connected = seats.taken(), "nobody can be let in");
                    }
                    sleep(PAUSE).await;
                }
            }
        }
        drop(self.listener);
        if timeout(Duration::from_secs(server.stop_seconds), seats.all_free()).await.is_err() {
            tracing::warn!(connections = seats.taken(), "cut, not finished in time");
        }
        connections.shutdown().await;
    }
}

/// Says so to whoever finds no seat, as far as that needs no waiting.
fn turn_away(tcp: TcpStream) {
    let told = tcp.into_std().and_then(|mut tcp| {
        tcp.write_all(NO_SEAT)?;
        tcp.shutdown(Shutdown::Write)?;
        // A socket closed with something unread takes the answer back.
        tcp.read(&mut [0; 4096])
    });
    drop(told);
}

/// Asks for as many descriptors as the settings need, as far as the machine's owner allows.
fn allow_descriptors(needed: u64) {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    let allowed = limit.maximum.map_or(needed, |maximum| needed.min(maximum));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum: limit.maximum });
    if raised.is_err() || allowed < needed {
        tracing::warn!(needed, allowed, "fewer open files are allowed than `server.connections` needs");
    }
}

/// What happens many times in a second is told once.
#[derive(Default)]
struct Complaint {
    last: Option<Instant>,
    times: u64,
}

impl Complaint {
    /// How often it happened since it was told, if it is to be told again.
    fn of_one_more(&mut self) -> Option<u64> {
        self.times += 1;
        if self.last.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
            return None;
        }
        self.last = Some(Instant::now());
        Some(std::mem::take(&mut self.times))
    }
}
