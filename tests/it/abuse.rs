//! The abuse corpus: every hole of the stock stack as an attack over a socket. Each finds the stock handlers (`tests/stock`) open, which
//! shows that it can tell, and finds this server shut.

mod http;
mod sockets;

use std::collections::BTreeMap;
use std::future::ready;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join;
use futures_util::{StreamExt, stream};
use jiebang_server::config::Profile;
use support::{Competition, TestApp};
use tokio::time::{sleep, timeout};

/// Who does not answer within this is stalled. The stock stack needs longer than this even for the mildest attack that stalls it.
const PATIENCE: Duration = Duration::from_secs(4);

/// What is attacked, and under which paths it serves what.
#[derive(Clone, Copy)]
struct Target {
    at: SocketAddr,
    graphql: &'static str,
    /// Where bodies are limited.
    limited: &'static str,
    sockets: &'static str,
    /// What can be watched.
    challenge: &'static str,
    /// A token that ends six seconds later.
    token: &'static str,
}

/// Nothing was got by it, or how it went through.
type Found = Result<(), String>;

/// One way to harm a server.
struct Attack {
    name: &'static str,
    /// Against a server that answers GET.
    open: bool,
    run: fn(Target) -> Pin<Box<dyn Future<Output = Found> + Send>>,
}

macro_rules! attacks {
    ($($door:ident $name:path),* $(,)?) => {
        &[$(Attack {
            name: stringify!($name),
            open: attacks!(@ $door),
            run: |target| Box::pin($name(target)),
        }),*]
    };
    (@ closed) => { false };
    (@ open) => { true };
}

/// In the order of the holes that they came from, but for the one that has to have begun before its token ends.
const CORPUS: &[Attack] = attacks![
    closed sockets::a_token_outlives_its_end,
    closed http::a_deep_list_overflows_the_stack,
    closed http::a_deep_object_overflows_the_stack,
    closed http::a_block_string_without_an_end_hides_depth,
    closed sockets::a_deep_list_overflows_the_stack,
    closed http::doubling_fragments_stall_a_worker,
    closed sockets::doubling_fragments_stall_a_worker,
    closed http::a_forged_upload_mark_panics,
    closed http::a_page_of_another_site_posts_text,
    closed http::a_page_of_another_site_posts_without_a_type,
    closed http::a_page_of_another_site_posts_a_form,
    closed http::a_page_of_another_site_posts_multipart,
    closed http::a_link_mutates,
    open http::a_link_mutates,
    closed http::a_batch_is_unbounded,
    closed http::aliases_are_unbounded,
    closed http::a_head_trickles,
    closed http::a_body_trickles,
    closed http::a_chunked_body_is_not_limited_but_refused,
    closed http::a_refusal_is_told_as_a_success,
    closed http::data_stands_beside_a_refusal,
    open http::a_link_names_its_operation_in_vain,
    closed http::files_come_unasked,
    closed http::errors_are_multiplied,
    closed http::an_error_has_no_code,
    closed sockets::an_operation_before_its_init_is_a_fault_of_the_server,
    closed sockets::what_is_no_message_is_a_fault_of_the_protocol,
    closed sockets::nobody_has_to_say_who_it_is,
    closed sockets::an_id_is_used_twice,
    closed sockets::an_id_is_empty,
    closed sockets::a_refusal_comes_as_a_result,
    closed sockets::a_message_of_a_mebibyte_is_taken,
    closed sockets::operations_are_unbounded,
    closed sockets::a_page_of_another_site_opens_a_socket,
    closed sockets::an_end_is_told_back_to_who_told_it,
    closed sockets::a_reason_is_too_long_for_its_frame,
];

/// The stock handlers, in a process of their own: some attacks end it.
struct Stock {
    child: Child,
    target: Target,
}

impl Stock {
    fn start() -> Self {
        let program = env!("CARGO_BIN_EXE_stock");
        let mut child = Command::new(program).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let at = address.trim().trim_start_matches("socket://").parse().unwrap();
        let (graphql, limited, sockets) = ("/graphql", "/limited", "/sockets");
        Self { child, target: Target { at, graphql, limited, sockets, challenge: "any", token: "6" } }
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The attacks that got through, and how. Several at once: most of them wait.
async fn through<F: Future<Output = Found>>(
    tries: impl Iterator<Item = (&'static str, F)>,
) -> Vec<(&'static str, String)> {
    let tries = tries.map(async |(name, found)| {
        let found = timeout(PATIENCE * 4, found).await.unwrap_or_else(|_| Err("it does not end".into()));
        found.err().map(|how| (name, how))
    });
    stream::iter(tries).buffer_unordered(8).filter_map(ready).collect().await
}

#[tokio::test]
async fn no_attack_gets_through() {
    let app = TestApp::new().await;
    let challenge = Competition::published(&app).await.challenge.leak();
    for (open, profile) in [(false, Profile::Closed), (true, Profile::Open)] {
        let served =
            app.served(|server| (server.profile, server.head_seconds, server.request_seconds) = (profile, 1, 2));
        let at = served.await.address;
        let token = app.sign_in("organizer", "Rehearsal-2026").await.token().unwrap().to_owned().leak();
        let (graphql, limited, sockets) = ("/graphql", "/graphql", "/graphql");
        let target = Target { at, graphql, limited, sockets, challenge, token };
        // Against an open server everything is tried.
        let attacks = CORPUS.iter().filter(|attack| open || !attack.open);
        let ends = async {
            sleep(Duration::from_secs(6)).await;
            app.machine_runs(TimeDelta::minutes(5));
        };
        let (through, ()) = join(through(attacks.map(|attack| (attack.name, (attack.run)(target)))), ends).await;
        assert!(through.is_empty(), "{profile:?}: {through:#?}");
        http::is_served(target).await.unwrap();
    }
}

#[tokio::test]
async fn every_attack_gets_through_to_the_stock_handlers() {
    let through = through(CORPUS.iter().map(|attack| {
        let tried = async {
            let stock = Stock::start();
            http::is_served(stock.target).await.unwrap();
            (attack.run)(stock.target).await
        };
        (attack.name, tried)
    }));
    let through: BTreeMap<_, _> = through.await.into_iter().collect();
    println!("{through:#?}");
    let held: Vec<_> = CORPUS.iter().map(|attack| attack.name).filter(|name| !through.contains_key(name)).collect();
    assert!(held.is_empty(), "these tell nothing: {held:#?}");
}
