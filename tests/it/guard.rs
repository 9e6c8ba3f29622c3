//! What may be asked at most, and GraphQL over HTTP to the letter. Each hole of the stock stack is a test here.

use std::process::Command;
use std::time::Instant;

use jiebang_server::config::Profile;
use poem::http::StatusCode;
use serde_json::{Value, json};
use support::{Refusal, TestApp, operation};

/// Asks with what clients take by default; the refusal's code and reason, or nothing.
async fn refused(app: &TestApp, query: &str, variables: Value) -> Option<(String, String)> {
    let begun = Instant::now();
    let (_, answer) = app.anybody().sends(query, variables).await;
    // Far from the seconds that the stock stack takes, whatever else this machine does.
    assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
    answer.get("errors")?;
    let code = Refusal::of(&answer).code;
    assert!(code != "TOO_COMPLEX" || answer.get("data").is_none(), "{answer}");
    let extensions = &answer["errors"][0]["extensions"];
    let word = |name: &str| extensions[name].as_str().unwrap_or_default().to_owned();
    Some((code, word("reason")))
}

async fn limit(app: &TestApp, query: &str, variables: Value) -> Option<String> {
    let (code, reason) = refused(app, query, variables).await?;
    assert_eq!(code, "TOO_COMPLEX", "{query:.100}");
    Some(reason)
}

#[tokio::test]
async fn every_limit_lets_pass_what_it_names_and_refuses_one_more() {
    let app = TestApp::new().await;
    let none = || json!({});
    let passes = async |query: String| assert_eq!(refused(&app, &query, none()).await, None, "{query:.200}");
    let fails = async |query: String, reason: &str| {
        assert_eq!(limit(&app, &query, none()).await.as_deref(), Some(reason), "{query:.200}");
    };
    let padded = |length: usize| format!("{{ clock {{ now }} }}{}", " ".repeat(length - 17));
    passes(padded(16 * 1024)).await;
    fails(padded(16 * 1024 + 1), "text").await;

    let aliases = |count: usize| {
        let many: String = (0..count).map(|n| format!("a{n}: __typename ")).collect();
        format!("{{ {many} }}")
    };
    passes(aliases(15)).await;
    fails(aliases(16), "aliases").await;

    let directives = |count: usize| format!("{{ clock {{ now {} }} }}", "@include(if: true) ".repeat(count));
    assert_ne!(limit_word(&app, &directives(20)).await.as_deref(), Some("directives"));
    fails(directives(21), "directives").await;

    // Fields count once fragments are written out: 5 within each of so many.
    let fields = |spreads: usize, more: usize| {
        let (spread, typename) = ("...c ".repeat(spreads), "__typename ".repeat(more));
        format!("{{ {spread} {typename} }} fragment c on Query {{ clock {{ now rehearsal __typename }} __typename }}")
    };
    passes(fields(50, 0)).await;
    fails(fields(50, 1), "fields").await;

    let tokens = |count: usize| format!("{{ clock {{ now }} }} {}", "query ".repeat(count - 6));
    assert_ne!(limit_word(&app, &tokens(1000)).await.as_deref(), Some("tokens"));
    fails(tokens(1001), "tokens").await;

    let nested =
        |depth: usize| format!("{{ challenge(id: {}\"x\"{}) {{ id }} }}", "[".repeat(depth), "]".repeat(depth));
    assert_ne!(limit_word(&app, &nested(38)).await.as_deref(), Some("nesting"));
    fails(nested(39), "nesting").await;

    // One, two for each of four, and what stands inside.
    let deep = |inside: &str| {
        let (open, close) = ("projects { challenge { ".repeat(4), "} } ".repeat(4));
        format!("{{ challenge(id: \"chl_x\") {{ {open} {inside} {close} }} }}")
    };
    assert_ne!(limit_word(&app, &deep("id")).await.as_deref(), Some("depth"));
    fails(deep("projects { id }"), "depth").await;

    // Introspection is deeper, as its standard question is: ten `ofType` within a field's type.
    let introspection = |inside: &str| {
        let (open, close) = ("ofType { ".repeat(10), "} ".repeat(10));
        format!("{{ __schema {{ types {{ fields {{ type {{ {open} {inside} {close} }} }} }} }} }}")
    };
    passes(introspection("name")).await;
    fails(introspection("ofType { name }"), "depth").await;

    // 1 + 10 × (1 + 1 + 89 × (1 + 0.1)) = 1,000.
    let cost = |more: &str| {
        format!("{{ {more} challenges(first: 10) {{ nodes {{ questions(first: 89) {{ nodes {{ id }} }} }} }} }}")
    };
    passes(cost("")).await;
    fails(cost("__typename"), "cost").await;

    let variables = |count: usize| {
        let many: String = (0..count).map(|n| format!("$v{n}: Int ")).collect();
        format!("query({many}) {{ clock {{ now }} }}")
    };
    assert_ne!(limit_word(&app, &variables(50)).await.as_deref(), Some("variables"));
    fails(variables(51), "variables").await;
}

async fn limit_word(app: &TestApp, query: &str) -> Option<String> {
    let (code, reason) = refused(app, query, json!({})).await?;
    (code == "TOO_COMPLEX").then_some(reason)
}

#[tokio::test]
async fn a_list_costs_as_often_as_it_may_be_long_and_the_cost_is_told() {
    let app = TestApp::new().await;
    // challenges 1 + nodes 1 each + id, title 0.1 each + department 1 and its name 0.1.
    let page = "query($n: Int = 5) { challenges(first: $n) { nodes { id title department { name } } } }";
    let cost = async |query: &str, variables: Value| {
        let (_, answer) = app.anybody().sends(query, variables).await;
        answer["extensions"]["cost"].as_u64().unwrap_or_else(|| panic!("{answer}"))
    };
    assert_eq!(cost(page, json!({})).await, 13);
    assert_eq!(cost(page, json!({ "n": 10 })).await, 24);
    let default = page.replace("(first: $n)", "").replace("($n: Int = 5)", "");
    assert_eq!(cost(&default, json!({})).await, 47);
    assert_eq!(cost("{ clock { now } }", json!({})).await, 2);
    let nested = "{ challenges(first: 100) { nodes { questions(first: 100) { nodes { id } } } } }";
    assert_eq!(limit(&app, nested, json!({})).await.as_deref(), Some("cost"));
    // A page beyond the longest is told as such, with its place.
    let (_, answer) = app.anybody().sends(page, json!({ "n": 101 })).await;
    assert_eq!(Refusal::of(&answer).code, "INVALID_INPUT");
    assert!(Refusal::of(&answer).fields[0].starts_with("first: "));
}

#[tokio::test]
async fn what_stalls_or_crashes_the_stock_stack_is_refused_at_once() {
    let app = TestApp::new().await;
    for depth in [2_000, 7_000] {
        let lists = format!("{{ __typename(a: {}", "[".repeat(depth));
        assert_eq!(limit_word(&app, &lists).await.as_deref(), Some("nesting"));
        let objects = format!("{{ __typename(a: {}", "{a:".repeat(depth.min(5_000)));
        assert_eq!(limit_word(&app, &objects).await.as_deref(), Some("nesting"));
    }
    // A block string that never ends is an empty string to the parser, and a string, and then what follows.
    for depth in [100, 500, 7_000] {
        let hidden = format!("{{ __typename(a: [\"\"\"b\" {}{}]) }}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(refused(&app, &hidden, json!({})).await.unwrap().0, "INVALID_INPUT");
    }
    // Each level spreads the next one twice: 2^24 fields, and as many steps where nobody remembers.
    let doubling: String =
        (0..24).map(|n| format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1)).collect();
    let used = format!("{{ ...f0 }} {doubling} fragment f24 on Query {{ __typename }}");
    assert_eq!(limit_word(&app, &used).await.as_deref(), Some("fields"));
    let unused = format!("{{ __typename }} {doubling} fragment f24 on Query {{ __typename }}");
    assert_eq!(limit_word(&app, &unused).await.as_deref(), Some("fields"));
    for cycle in [
        "{ ...a } fragment a on Query { ...a ...a }",
        "{ ...a } fragment a on Query { ...b ...b } fragment b on Query { ...a ...a }",
        "{ __typename } fragment a on Query { clock { ...a } }",
    ] {
        assert_eq!(refused(&app, cycle, json!({})).await.unwrap().0, "INVALID_INPUT", "{cycle}");
    }
    // Five thousand unused variables would be told one by one.
    let many: String = (0..50).map(|n| format!("$v{n}: Int ")).collect();
    let (_, answer) = app.anybody().sends(&format!("query({many}) {{ clock {{ now }} }}"), json!({})).await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 10);
    assert!(answer.to_string().len() < 64 * 1024);
    // Nor does what is wrong with an input come back for each of its texts, with names of the client's own.
    let page = "query($after: String) { challenges(after: $after) { nodes { id } } }";
    for (bad, told) in [(50, 50), (51, 50), (50_000, 50)] {
        let (_, answer) = app.anybody().sends(page, json!({ "after": vec!["\0"; bad] })).await;
        let fields = Refusal::of(&answer).fields;
        assert_eq!((fields.len(), fields[0].as_str()), (told, "after.0: bad_characters"));
    }
    // What is written out as six characters each comes to the most.
    for name in ["榜", "\u{1}"] {
        let (_, answer) = app.anybody().sends(page, json!({ name.repeat(40_000): vec!["\0"; 100] })).await;
        assert!(answer.to_string().len() < 64 * 1024, "{}", answer.to_string().len());
        assert_eq!(Refusal::of(&answer).fields, vec![format!("{}: bad_characters", name.repeat(150)); 50]);
    }
    let twins = json!({ "challengeId": "x", "winnerBidIds": vec!["x"; 100], "reason": "x" });
    let many: String =
        (0..15).map(|n| format!("a{n}: awardChallenge(input: $input) {{ projects {{ id }} }} ")).collect();
    let award = format!("mutation($input: AwardChallengeInput!) {{ {many} }}");
    let (_, answer) = app.person("organizer").await.sends(&award, json!({ "input": twins })).await;
    assert!(
        answer["errors"].as_array().unwrap().len() > 5 && answer["errors"].to_string().len() < 64 * 1024,
        "{answer}"
    );
    // A mark by which the library takes a text for a file that came beside the request.
    for text in ["#__graphql_file__:0", "a\0b"] {
        let input = json!({ "input": { "title": text, "background": "x" } });
        let refusal = app.person("urban").await.fails("draftChallenge", input["input"].clone()).await;
        assert_eq!(refusal.fields, ["title: bad_characters"]);
        let literal = json!(text).to_string();
        let (_, answer) = app.anybody().sends(&format!("{{ challenge(code: {literal}) {{ id }} }}"), json!({})).await;
        assert_eq!(Refusal::of(&answer).fields, ["code: bad_characters"]);
    }
    // What cannot be coerced has a code, too.
    let page = "query($n: Int) { challenges(first: $n) { nodes { id } } }";
    for wrong in [json!("x"), json!({}), json!(1e300), json!([[1]])] {
        let (_, answer) = app.anybody().sends(page, json!({ "n": wrong })).await;
        assert_eq!(Refusal::of(&answer).code, "INVALID_INPUT", "{wrong}");
    }
    for default in [r#"\u0000"#, "#__graphql_file__:0"] {
        let query = format!("query($s: String = \"{default}\") {{ challenge(code: $s) {{ id }} }}");
        let (_, answer) = app.anybody().sends(&query, json!({})).await;
        assert_eq!(Refusal::of(&answer).fields, ["s: bad_characters"]);
    }
    // Types point at one another: five such levels were 72 MB.
    let lists = |levels: usize| {
        let (open, close) = ("possibleTypes { interfaces { ".repeat(levels), " } }".repeat(levels));
        format!("{{ __type(name: \"Node\") {{ {open} name {close} }} }}")
    };
    assert_eq!(limit_word(&app, &lists(1)).await, None);
    for levels in 2..=5 {
        assert_eq!(limit_word(&app, &lists(levels)).await.as_deref(), Some("introspection"));
    }
    let by_fragment = "{ __schema { types { ...t } } } fragment t on __Type { fields { type { ...f } } } \
                       fragment f on __Type { inputFields { name } }";
    assert_eq!(limit_word(&app, by_fragment).await.as_deref(), Some("introspection"));
    let mut deep = json!(1);
    for _ in 0..200 {
        deep = json!([deep]);
    }
    let body = format!("{{\"query\":\"{{__typename}}\",\"variables\":{{\"a\":{deep}}}}}");
    let answer = app.door().post("/graphql").content_type("application/json").body(body).send().await;
    assert_eq!(answer.0.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_closed_server_answers_posts_only_and_tells_nothing_of_its_schema() {
    let app = TestApp::new().await;
    let closed = app.door_as(Profile::Closed);
    let post = async |query: &str| {
        let answer = closed.post("/graphql").body_json(&json!({ "query": query })).send().await;
        serde_json::from_str::<Value>(&answer.0.into_body().into_string().await.unwrap()).unwrap()
    };
    let answer = closed.get("/graphql?query=%7B__typename%7D").send().await;
    assert_eq!(answer.0.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.0.headers().get("allow").unwrap(), "POST");
    let asked = post("{ __schema { types { name } } __type(name: \"Bid\") { name } }").await;
    assert_eq!(asked["data"], json!({ "__schema": null, "__type": null }));
    assert!(asked.get("errors").is_none());
    for misspelt in ["{ clok { now } }", "{ clock { noww } }", "query($a: Challeng) { __typename }"] {
        let told = post(misspelt).await.to_string();
        assert!(!told.contains("Did you mean"), "{told}");
    }
}

#[tokio::test]
async fn an_open_server_is_learned_from() {
    let app = TestApp::new().await;
    let open = app.door_as(Profile::Open);
    let get = async |question: &str| {
        let answer = open.get(format!("/graphql?{question}")).send().await;
        let status = answer.0.status();
        (status, serde_json::from_str::<Value>(&answer.0.into_body().into_string().await.unwrap()).unwrap())
    };
    let (status, answer) = get("query=query%20A%7Bclock%7Bnow%7D%7D%20query%20B%7B__typename%7D&operationName=B").await;
    assert_eq!((status, &answer["data"]), (StatusCode::OK, &json!({ "__typename": "Query" })));
    let (status, _) = get("query=mutation%7BsignOut%7BsignedOut%7D%7D").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (_, answer) = get("query=%7Bclok%7Bnow%7D%7D").await;
    assert!(answer.to_string().contains("Did you mean"), "{answer}");
    let asked = app.anybody().asks(&operation("introspection"), json!({})).await;
    assert!(asked["__schema"]["types"].as_array().unwrap().len() > 100);
}

#[tokio::test]
async fn the_status_says_what_the_client_can_hear() {
    let app = TestApp::new().await;
    let door = app.door();
    let response = "application/graphql-response+json";
    for (query, accept, status) in [
        ("{", "application/json", StatusCode::OK),
        ("{", response, StatusCode::BAD_REQUEST),
        ("{ nothing }", "*/*", StatusCode::OK),
        ("{ nothing }", response, StatusCode::BAD_REQUEST),
        ("{ clock { now } }", response, StatusCode::OK),
        // What is refused in its place was executed.
        ("mutation { draftChallenge(input: { title: \"x\" }) { challenge { id } } }", response, StatusCode::OK),
        ("subscription { challengeChanged(challengeId: \"x\") { id } }", response, StatusCode::BAD_REQUEST),
    ] {
        let request = door.post("/graphql").header("accept", accept).body_json(&json!({ "query": query }));
        let answer = request.send().await;
        assert_eq!(answer.0.status(), status, "{query} {accept}");
        let kind = if accept == response { response } else { "application/json" };
        assert_eq!(answer.0.content_type().unwrap(), format!("{kind}; charset=utf-8"));
    }
    for (kind, encoding) in [("application/json; charset=gbk", "identity"), ("application/json", "gzip")] {
        let request =
            door.post("/graphql").header("content-type", kind).header("content-encoding", encoding).body("{}");
        assert_eq!(request.send().await.0.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind} {encoding}");
    }
}

/// The audits of npm's graphql-http: 58 of 61 of a closed server, all of an open one.
#[tokio::test]
async fn the_audits_of_graphql_over_http_pass() {
    let app = TestApp::new().await;
    for (profile, word) in [(Profile::Closed, "closed"), (Profile::Open, "open")] {
        let url = format!("http://{}/graphql", app.serve_as(profile).await.unwrap());
        let audit = concat!(env!("CARGO_MANIFEST_DIR"), "/contract/audit");
        let run = move || Command::new(audit).args([&url, word]).output().unwrap();
        let run = tokio::task::spawn_blocking(run).await.unwrap();
        let told = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{told}");
    }
}
