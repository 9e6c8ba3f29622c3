//! The way to a PostgreSQL server, which a test can block or cut.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It arrives.
    Open,
    /// It is swallowed for now, as by a server that is frozen or a network that drops packets.
    Silent,
    /// Connections are closed, as by a server that is gone.
    Cut,
}

/// Carries bytes between the platform and its database.
pub struct Way {
    url: String,
    state: watch::Sender<State>,
}

impl Way {
    /// The way to the server of this database.
    pub async fn to(url: &str) -> Self {
        let (head, name) = url.rsplit_once('/').unwrap();
        let (user, server) = head.rsplit_once('@').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{user}@{}/{name}", listener.local_addr().unwrap());
        let (state, watched) = watch::channel(State::Open);
        tokio::spawn(carry_all(listener, server.parse().unwrap(), watched));
        Self { url, state }
    }

    /// The same database, reached this way.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on.
    pub fn becomes(&self, state: State) {
        self.state.send_replace(state);
    }
}

async fn carry_all(listener: TcpListener, server: SocketAddr, state: watch::Receiver<State>) {
    while let Ok((client, _)) = listener.accept().await {
        let (there_state, back_state) = (state.clone(), state.clone());
        tokio::spawn(async move {
            let cut = *there_state.borrow() == State::Cut;
            let Ok(server) = TcpStream::connect(server).await else { return };
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            if !cut {
                tokio::select! {
                    () = carry(from_client, to_server, there_state) => {}
                    () = carry(from_server, to_client, back_state) => {}
                }
            }
        });
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut watched = state.clone();
    let cut = async move {
        let _ = watched.wait_for(|state| *state == State::Cut).await;
    };
    let carried = async {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            // Held back until the way is open again, as the sender's system would send it again.
            let open = state.wait_for(|state| *state == State::Open).await.is_ok();
            if !open || to.write_all(bytes.get(..count).unwrap_or_default()).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = cut => {}
        () = carried => {}
    }
}
