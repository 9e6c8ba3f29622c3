//! Listening, and stopping without dropping what was accepted.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use poem::listener::{Acceptor, Listener, TcpAcceptor, TcpListener};
use poem::{Endpoint, Server};
use tokio::signal::unix::{SignalKind, signal};

/// An address that is listened to.
pub struct Bound {
    /// Which.
    pub address: SocketAddr,
    acceptor: TcpAcceptor,
}

/// Begins to listen; port 0 takes any that is free.
pub async fn bind(address: &str) -> Result<Bound> {
    let acceptor =
        TcpListener::bind(address).into_acceptor().await.with_context(|| format!("cannot listen at {address}"))?;
    let bound = acceptor.local_addr().into_iter().find_map(|local| local.as_socket_addr().copied());
    Ok(Bound { address: bound.context("no address to listen at")?, acceptor })
}

impl Bound {
    /// Serves until SIGTERM or ctrl-c; what was accepted has `stop_seconds` to finish.
    pub async fn serve(self, endpoint: impl Endpoint + 'static, stop_seconds: u64) -> Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let told = async move {
            tokio::select! {
                _ = terminate.recv() => {},
                _ = tokio::signal::ctrl_c() => {},
            }
            tracing::info!("stopping");
        };
        let patience = Some(Duration::from_secs(stop_seconds));
        Server::new_with_acceptor(self.acceptor).run_with_graceful_shutdown(endpoint, told, patience).await?;
        Ok(())
    }
}
