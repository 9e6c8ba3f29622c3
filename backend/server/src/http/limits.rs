//! What a request may take of time and bytes, and how many may be connected.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use jiebang_platform::accounts::network;
use poem::Request;
use poem::error::ReadBodyError;
use poem::http::header::CONTENT_LENGTH;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// What of a body is under way when the server is told to stop has this long to come in.
const LAST_BYTES: Duration = Duration::from_secs(1);

/// What the connection tells whoever answers a request. One that came over no socket, as in a test, has none of it.
#[derive(Clone)]
pub(super) struct Bounds {
    /// Until when the request has to be answered, the reading of its body included.
    pub(super) until: Instant,
    /// The server has been told to stop: whatever lasts, as a WebSocket does, is to come to its end.
    pub(super) stopping: CancellationToken,
}

impl Bounds {
    /// What the connection told of this request.
    pub(super) fn of(request: &Request) -> Option<&Self> {
        request.extensions().get()
    }

    /// Bounds a request that was just read: its body ends in time, whoever reads it.
    pub(super) fn set(self, request: &mut Request) {
        let body: BoxBody<Bytes, io::Error> = request.take_body().into();
        if body.is_end_stream() {
            request.set_body(body);
        } else {
            let over = Box::pin(self.clone().over());
            request.set_body(BoxBody::new(Arriving { body, over }));
        }
        request.extensions_mut().insert(self);
    }

    /// Nothing more is waited for.
    async fn over(self) {
        let stopped = async {
            self.stopping.cancelled().await;
            sleep(LAST_BYTES).await;
        };
        tokio::select! {
            () = sleep_until(self.until) => {}
            () = stopped => {}
        }
    }
}

/// A body that has to be here in time as a whole: a byte now and then does not help.
struct Arriving {
    body: BoxBody<Bytes, io::Error>,
    over: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Pending => self.over.as_mut().poll(cx).map(|()| Some(Err(io::ErrorKind::TimedOut.into()))),
            ready => ready,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// More than may be sent: 413.
    TooLarge,
    /// Not here in time, or cut by the server's stop: 408.
    TooSlow,
    /// Malformed, or given up by the client: 400.
    Broken,
}

/// The whole body, if it has at most so many bytes. What is announced as larger is not waited for.
pub(super) async fn read_body(request: &mut Request, most: usize) -> Result<Bytes, Unread> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > most)) {
        return Err(Unread::TooLarge);
    }
    request.take_body().into_bytes_limit(most).await.map_err(|fault| match fault {
        ReadBodyError::PayloadTooLarge => Unread::TooLarge,
        ReadBodyError::Io(fault) if fault.kind() == io::ErrorKind::TimedOut => Unread::TooSlow,
        _ => Unread::Broken,
    })
}

/// As many as may be connected at once, in all and from one address.
pub(super) struct Seats {
    all: Arc<Semaphore>,
    size: u32,
    each: usize,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place, given back when it is dropped.
pub(super) struct Seat {
    _one: OwnedSemaphorePermit,
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Seats {
    pub(super) fn new(size: u32, each: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(size as usize)), size, each, taken: Arc::default() }
    }

    /// A place for somebody from this address, if there is one.
    pub(super) fn take(&self, address: IpAddr) -> Option<Seat> {
        let address = network(address);
        let one = self.all.clone().try_acquire_owned().ok()?;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let here = taken.entry(address).or_default();
        if *here >= self.each {
            return None;
        }
        *here += 1;
        Some(Seat { _one: one, address, taken: self.taken.clone() })
    }

    /// How many are connected.
    pub(super) fn taken(&self) -> usize {
        (self.size as usize).saturating_sub(self.all.available_permits())
    }

    /// Waits until everybody has gone.
    pub(super) async fn all_free(&self) {
        let _ = self.all.acquire_many(self.size).await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = taken.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(length: Option<u64>, body: poem::Body) -> Request {
        let request = Request::builder();
        let request = match length {
            Some(length) => request.header(CONTENT_LENGTH, length),
            None => request,
        };
        request.body(body)
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read_body(&mut request(None, "12345".into()), 5).await.unwrap(), "12345");
        assert_eq!(read_body(&mut request(None, "123456".into()), 5).await, Err(Unread::TooLarge));
        // Nothing of this one ever comes.
        let silent = || poem::Body::from_async_read(tokio::io::duplex(1).0);
        assert_eq!(read_body(&mut request(Some(u64::MAX), silent()), 5).await, Err(Unread::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        for stops in [false, true] {
            let stopping = CancellationToken::new();
            let began = Instant::now();
            let (mut client, server) = tokio::io::duplex(64);
            let mut slow = request(None, poem::Body::from_async_read(server));
            Bounds { until: began + Duration::from_secs(10), stopping: stopping.clone() }.set(&mut slow);
            tokio::spawn(async move {
                loop {
                    sleep(Duration::from_millis(700)).await;
                    if tokio::io::AsyncWriteExt::write_all(&mut client, b"x").await.is_err() {
                        break;
                    }
                    if stops {
                        stopping.cancel();
                    }
                }
            });
            assert_eq!(read_body(&mut slow, 100).await, Err(Unread::TooSlow));
            let expected = if stops { 1_700 } else { 10_000 };
            assert_eq!(began.elapsed().as_millis() / 100, expected / 100);
        }
    }

    #[test]
    fn seats_are_counted_in_all_and_for_each_address() {
        let seats = Seats::new(3, 2);
        let [one, two, three] = ["10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1"].map(|address| address.parse().unwrap());
        let first = seats.take(one).unwrap();
        let second = seats.take(three).unwrap();
        assert!(seats.take(one).is_none());
        let third = seats.take(two).unwrap();
        assert_eq!(seats.taken(), 3);
        assert!(seats.take(two).is_none());
        drop(first);
        assert!(seats.take(one).is_some());
        drop((second, third));
        assert_eq!(seats.taken(), 0);
        assert!(seats.taken.lock().unwrap().is_empty());
    }
}
