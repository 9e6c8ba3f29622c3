//! Attacks over HTTP.

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::Socket;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use super::{Found, PATIENCE, Target};

const JSON: &str = "content-type: application/json\r\n";
/// Harmless by itself: what counts is whether it was executed.
const TYPENAME: &str = r#"{"query":"{ __typename }"}"#;

/// What came back: status, head, body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.body).map_err(|_| format!("no JSON: {} {:.100}", self.status, self.body))
    }

    /// Whether anything was executed.
    fn executed(&self) -> bool {
        let done = |answer: &Value| answer.get("data").is_some_and(|data| !data.is_null());
        self.json().is_ok_and(|answer| match &answer {
            Value::Array(all) => all.iter().any(done),
            one => done(one),
        })
    }
}

/// One request on a connection of its own, which it ends; an answer within the patience.
async fn send(target: Target, head: &str, body: &[u8]) -> Result<Answer, String> {
    let heard = timeout(PATIENCE, async {
        let mut socket = Socket::from("127.0.0.1", target.at).await.map_err(|fault| fault.to_string())?.0;
        let begun = format!("{head}host: {}\r\nconnection: close\r\n\r\n", target.at);
        // Whoever refuses by the head need not take the rest.
        let _ = socket.write_all(&[begun.as_bytes(), body].concat()).await;
        let mut heard = Vec::new();
        let _ = socket.read_to_end(&mut heard).await;
        Ok::<_, String>(String::from_utf8_lossy(&heard).into_owned())
    });
    let heard = heard.await.map_err(|_| "no answer: it is stalled".to_owned())??;
    let (head, body) = heard.split_once("\r\n\r\n").ok_or("no answer: the connection was cut")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
    Ok(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

async fn post_as(target: Target, headers: &str, body: &str) -> Result<Answer, String> {
    let head = format!("POST {} HTTP/1.1\r\n{headers}content-length: {}\r\n", target.graphql, body.len());
    send(target, &head, body.as_bytes()).await
}

async fn post(target: Target, query: &str, variables: Value) -> Result<Answer, String> {
    post_as(target, JSON, &json!({ "query": query, "variables": variables }).to_string()).await
}

/// Whether it still serves.
pub async fn is_served(target: Target) -> Found {
    let answer = post(target, "{ __typename }", json!({})).await?;
    if answer.executed() { Ok(()) } else { Err(format!("{} {}", answer.status, answer.body)) }
}

fn refused(answer: &Answer) -> Found {
    if answer.executed() { Err(format!("executed: {:.100}", answer.body)) } else { Ok(()) }
}

/// Refused with a word that a client can read, and no data.
fn refused_in_form(answer: &Answer) -> Found {
    refused(answer)?;
    let told = answer.json()?;
    if told["errors"][0]["extensions"]["code"].is_string() { Ok(()) } else { Err(format!("no code: {told}")) }
}

pub async fn a_deep_list_overflows_the_stack(target: Target) -> Found {
    let query = format!("{{ __typename(a: {}{}) }}", "[".repeat(7_000), "]".repeat(7_000));
    refused_in_form(&post(target, &query, json!({})).await?)
}

pub async fn a_deep_object_overflows_the_stack(target: Target) -> Found {
    let query = format!("{{ __typename(a: {}1{}) }}", "{a:".repeat(3_500), "}".repeat(3_500));
    refused_in_form(&post(target, &query, json!({})).await?)
}

/// For who skips strings this one goes on to the end; the parser takes its beginning for an empty string, and reads what follows.
pub async fn a_block_string_without_an_end_hides_depth(target: Target) -> Found {
    let query = format!("{{ __typename(a: [\"\"\"b\" {}{} ]) }}", "[".repeat(7_000), "]".repeat(7_000));
    refused_in_form(&post(target, &query, json!({})).await?)
}

/// Each level spreads the next one twice: under a kilobyte, sixteen million steps for whoever does not remember.
pub fn doubling() -> String {
    let levels: String = (0..24).map(|n| format!("fragment f{n} on Query{{...f{} ...f{}}}", n + 1, n + 1)).collect();
    format!("{{...f0}}{levels}fragment f24 on Query{{__typename}}")
}

pub async fn doubling_fragments_stall_a_worker(target: Target) -> Found {
    refused_in_form(&post(target, &doubling(), json!({})).await?)
}

pub async fn a_forged_upload_mark_panics(target: Target) -> Found {
    let query = "mutation($file: Upload!) { attach(file: $file) }";
    refused_in_form(&post(target, query, json!({ "file": "#__graphql_file__:0" })).await?)
}

pub async fn a_page_of_another_site_posts_text(target: Target) -> Found {
    refused(&post_as(target, "content-type: text/plain\r\n", TYPENAME).await?)
}

pub async fn a_page_of_another_site_posts_without_a_type(target: Target) -> Found {
    refused(&post_as(target, "", TYPENAME).await?)
}

pub async fn a_page_of_another_site_posts_a_form(target: Target) -> Found {
    refused(&post_as(target, "content-type: application/x-www-form-urlencoded\r\n", TYPENAME).await?)
}

const MULTIPART: &str = "content-type: multipart/form-data; boundary=x\r\n";

fn part(name: &str, text: &str) -> String {
    format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
}

pub async fn a_page_of_another_site_posts_multipart(target: Target) -> Found {
    let body = part("operations", TYPENAME) + &part("map", "{}") + "--x--\r\n";
    refused(&post_as(target, MULTIPART, &body).await?)
}

pub async fn files_come_unasked(target: Target) -> Found {
    let file = |n| format!("--x\r\ncontent-disposition: form-data; name=\"{n}\"; filename=\"{n}\"\r\n\r\nx\r\n");
    let files: String = (0..2_000).map(file).collect();
    let body = part("operations", TYPENAME) + &part("map", "{}") + &files + "--x--\r\n";
    refused(&post_as(target, &format!("{MULTIPART}apollo-require-preflight: yes\r\n"), &body).await?)
}

async fn get(target: Target, query: &str) -> Result<Answer, String> {
    let head = format!("GET {}?{query} HTTP/1.1\r\naccept: application/json\r\n", target.graphql);
    send(target, &head, b"").await
}

pub async fn a_link_mutates(target: Target) -> Found {
    refused(&get(target, "query=mutation%7B__typename%7D").await?)
}

pub async fn a_link_names_its_operation_in_vain(target: Target) -> Found {
    let answer = get(target, "query=query%20A%7Ba:__typename%7Dquery%20B%7Bb:__typename%7D&operationName=B").await?;
    let told = answer.json()?;
    if told["data"] == json!({ "b": "Query" }) { Ok(()) } else { Err(told.to_string()) }
}

pub async fn a_batch_is_unbounded(target: Target) -> Found {
    refused(&post_as(target, JSON, &format!("[{}]", [TYPENAME; 500].join(","))).await?)
}

pub async fn aliases_are_unbounded(target: Target) -> Found {
    let many: String = (0..101).map(|n| format!("a{n}:__typename ")).collect();
    refused(&post(target, &format!("{{ {many} }}"), json!({})).await?)
}

/// Whether a connection that was begun so is still kept after a while of trickling.
async fn trickle(target: Target, begun: String) -> Found {
    let mut socket = Socket::from("127.0.0.1", target.at).await.map_err(|fault| fault.to_string())?;
    socket.sends(begun).await;
    let began = Instant::now();
    let cut = timeout(PATIENCE, socket.trickles(b' ')).await;
    cut.map(|_| ()).map_err(|_| format!("kept after {:?}", began.elapsed()))
}

async fn trickles(target: Target, begun: &str) -> Found {
    let all = (0..5).map(|_| trickle(target, format!("POST {} HTTP/1.1\r\nhost: x\r\n{begun}", target.graphql)));
    join_all(all).await.into_iter().collect()
}

pub async fn a_head_trickles(target: Target) -> Found {
    trickles(target, "x-slow: ").await
}

pub async fn a_body_trickles(target: Target) -> Found {
    trickles(target, &format!("{JSON}content-length: 5000\r\n\r\n")).await
}

/// A limit that looks at the announced length alone can only refuse what announces none, or take all of it.
pub async fn a_chunked_body_is_not_limited_but_refused(target: Target) -> Found {
    let head = format!("POST {} HTTP/1.1\r\n{JSON}transfer-encoding: chunked\r\n", target.limited);
    let chunked = |body: &str| format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes();
    let answer = send(target, &head, &chunked(TYPENAME)).await?;
    if !answer.executed() {
        return Err(format!("a small one is refused: {}", answer.status));
    }
    let answer = send(target, &head, &chunked(&format!("{TYPENAME}{}", " ".repeat(600 * 1024)))).await?;
    if answer.status == 413 { Ok(()) } else { Err(format!("a large one: {}", answer.status)) }
}

const SYNTAX_ERROR: &str = r#"{"query":"{"}"#;
const RESPONSE: &str = "content-type: application/json\r\naccept: application/graphql-response+json\r\n";

pub async fn a_refusal_is_told_as_a_success(target: Target) -> Found {
    let answer = post_as(target, RESPONSE, SYNTAX_ERROR).await?;
    let named = answer.head.contains("content-type: application/graphql-response+json");
    if answer.status == 400 && named { Ok(()) } else { Err(answer.head) }
}

pub async fn data_stands_beside_a_refusal(target: Target) -> Found {
    let answer = post_as(target, RESPONSE, SYNTAX_ERROR).await?;
    if answer.json()?.get("data").is_none() { Ok(()) } else { Err(answer.body) }
}

pub async fn errors_are_multiplied(target: Target) -> Found {
    let many: String = (0..5_000).map(|n| format!("$v{n}:Int")).collect();
    let answer = post(target, &format!("query({many}){{__typename}}"), json!({})).await?;
    let errors = answer.json()?["errors"].as_array().map_or(0, Vec::len);
    let held = errors <= 10 && answer.body.len() <= 64 * 1024;
    if held { refused(&answer) } else { Err(format!("{errors} errors, {} bytes", answer.body.len())) }
}

pub async fn an_error_has_no_code(target: Target) -> Found {
    let query = "query($n: Int) { challenges(first: $n) { nodes { id } } }";
    let told = post(target, query, json!({ "n": "x" })).await?.json()?;
    if told["errors"][0]["extensions"]["code"].is_string() { Ok(()) } else { Err(told.to_string()) }
}
