//! One connection: HTTP/1.1 over a socket, each step of it within its time.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use poem::http::uri::Scheme;
use poem::http::{HeaderValue, Method, header};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::files;
use super::limits::{Bounds, Seat};
use crate::config::Server;

/// The most that is buffered of a connection; a request's head has to fit in.
const HEAD_BYTES: usize = 32 * 1024;
/// How long a client that was answered in the middle of its sending may take to notice.
const LINGER: Duration = Duration::from_secs(1);

/// How long each step may take.
#[derive(Clone, Copy)]
pub(super) struct Times {
    head: Duration,
    request: Duration,
    upload: Duration,
    answer: Duration,
    idle: Duration,
}

impl Times {
    pub(super) fn of(server: &Server) -> Self {
        Self {
            head: Duration::from_secs(server.head_seconds),
            request: Duration::from_secs(server.request_seconds),
            upload: Duration::from_secs(server.upload_seconds),
            answer: Duration::from_secs(server.answer_seconds),
            idle: Duration::from_secs(server.idle_seconds),
        }
    }
}

/// Serves one connection to its end. When the server stops, what is idle or half said is cut, and what is asked is answered.
pub(super) async fn serve(
    tcp: TcpStream,
    peer: SocketAddr,
    seat: Seat,
    endpoint: Arc<impl Endpoint<Output = Response> + 'static>,
    times: Times,
    stopping: CancellationToken,
) {
    let Ok(local) = tcp.local_addr() else { return };
    let course = Arc::new(Course::new(times));
    let socket = Socket { tcp, course: course.clone(), stalled: None, linger: None, _seat: seat };
    let service = service_fn(|request: hyper::Request<Incoming>| {
        // What is large has its time, and is not lost where that does not do.
        let large = request.method() == Method::PUT && request.uri().path().starts_with(files::UPLOADS);
        let until = course.asked(large);
        // Where a length may have stood beside it, a proxy may see another end of the request: what follows is heard by nobody.
        let ends = request.headers().contains_key(header::TRANSFER_ENCODING);
        let mut request = Request::from((request, LocalAddr(local.into()), RemoteAddr(peer.into()), Scheme::HTTP));
        Bounds { until, stopping: stopping.clone() }.set(&mut request);
        let (endpoint, course) = (endpoint.clone(), course.clone());
        async move {
            let mut response: hyper::Response<BoxBody<Bytes, io::Error>> = endpoint.get_response(request).await.into();
            if ends {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, io::Error>(response.map(|body| Answer { body, course }))
        }
    });
    let mut http = http1::Builder::new();
    // The times are kept here: hyper's one timeout for heads is also that of an idle connection.
    http.header_read_timeout(None).max_header_size(HEAD_BYTES).max_buf_size(HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service).with_upgrades());
    let mut alarm = pin!(sleep_until(Instant::now()));
    let mut told = pin!(stopping.cancelled());
    let mut stops = false;
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                if let Err(fault) = ended {
                    tracing::debug!(%peer, %fault, "a connection broke");
                }
                return Poll::Ready(());
            }
            if stops || told.as_mut().poll(cx).is_pending() {
                break;
            }
            stops = true;
            connection.as_mut().graceful_shutdown();
        }
        match course.patience() {
            None => Poll::Pending,
            Some(_) if stops => Poll::Ready(()),
            Some(until) => {
                if alarm.deadline() != until {
                    alarm.as_mut().reset(until);
                }
                alarm.as_mut().poll(cx)
            }
        }
    })
    .await;
}

/// Where a connection stands, as its socket, its service and its answers see it.
struct Course {
    times: Times,
    now: Mutex<Now>,
}

struct Now {
    step: Step,
    /// Something is to be sent that the client does not take.
    stalled: bool,
}

#[derive(Clone, Copy)]
enum Step {
    /// Nothing of the next request has come; until when it is waited for.
    Idle(Instant),
    /// Part of a head has come; until when the rest has to.
    Head(Instant),
    /// A request is being answered: that has times of its own.
    Answer,
    /// All is said.
    End,
}

impl Course {
    /// A new connection has no longer than a head may take, as it comes to say something.
    fn new(times: Times) -> Self {
        let step = Step::Idle(Instant::now() + times.head);
        Self { times, now: Mutex::new(Now { step, stalled: false }) }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, step: Step) {
        self.now().step = step;
    }

    fn bytes_came(&self) {
        let mut now = self.now();
        if let Step::Idle(until) = now.step {
            now.step = Step::Head(until.min(Instant::now() + self.times.head));
        }
    }

    /// A head has come; until when its request has to be answered. Counted from the first byte, so that who trickles the head
    /// cannot trickle the body as long again, but never less than half the time.
    fn asked(&self, large: bool) -> Instant {
        let mut now = self.now();
        let (at, request) = (Instant::now(), if large { self.times.upload } else { self.times.request });
        let began = match now.step {
            Step::Head(until) => until.checked_sub(self.times.head).unwrap_or(at),
            Step::Idle(_) | Step::Answer | Step::End => at,
        };
        now.step = Step::Answer;
        (began + request).max(at + request / 2)
    }

    /// Until when the client is waited for, if it is the client's turn to speak.
    fn patience(&self) -> Option<Instant> {
        let now = self.now();
        match now.step {
            Step::Idle(until) | Step::Head(until) if !now.stalled => Some(until),
            Step::Idle(_) | Step::Head(_) | Step::Answer | Step::End => None,
        }
    }
}

/// An answer's body. When it is dropped, all of it is on its way.
struct Answer {
    body: BoxBody<Bytes, io::Error>,
    course: Arc<Course>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.course.turn(Step::Idle(Instant::now() + self.course.times.idle));
    }
}

/// A socket that notes what comes, does not wait for ever to get rid of what is to be sent, and holds its seat: a WebSocket
/// takes it along.
struct Socket {
    tcp: TcpStream,
    course: Arc<Course>,
    /// Since something could not be sent.
    stalled: Option<Pin<Box<Sleep>>>,
    linger: Option<Pin<Box<Sleep>>>,
    _seat: Seat,
}

impl Socket {
    /// What is not taken in time as a whole, however slowly it goes, is given up.
    fn sent(&mut self, cx: &mut Context<'_>, sent: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if sent.is_ready() {
            return sent;
        }
        let patience = self.course.times.answer;
        let over = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        self.course.now().stalled = true;
        over.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.tcp).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.course.bytes_came();
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.sent(cx, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.sent(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    /// Comes when nothing is left to be sent.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.stalled.take().is_some() {
            self.course.now().stalled = false;
        }
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    /// A socket closed with something unread takes the answer back that is on its way: for a moment the rest is read away.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.tcp).poll_shutdown(cx))?;
            self.course.turn(Step::End);
            self.linger = Some(Box::pin(sleep(LINGER)));
        }
        let mut away = [0; 4096];
        loop {
            if let Some(over) = &mut self.linger
                && over.as_mut().poll(cx).is_ready()
            {
                return Poll::Ready(Ok(()));
            }
            let mut buf = ReadBuf::new(&mut away);
            let read = ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut buf));
            if read.is_err() || buf.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
