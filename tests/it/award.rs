//! What happens at once, who sees an objection, and what a list costs, from the notice to the board.

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Competition, Person, TestApp};

#[tokio::test]
async fn of_awards_at_once_one_counts() {
    let app = TestApp::new().await;
    let (competition, _) = Competition::noticed(&app).await;
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    let (one, two) = (app.person("organizer").await, app.person("organizer2").await);
    let query = "mutation($input: AwardChallengeInput!) { awardChallenge(input: $input) { projects { id } } }";
    let input = json!({ "input": { "challengeId": competition.challenge } });
    let keyed = json!({ "input": { "challengeId": competition.challenge, "idempotencyKey": "award" } });
    let plain = join_all(
        (0..4).map(|place| if place % 2 == 0 { &one } else { &two }).map(|who| who.sends(query, input.clone())),
    );
    let again = join_all((0..3).map(|_| one.sends(query, keyed.clone())));
    let (plain, again) = futures_util::join!(plain, again);
    let codes: Vec<_> =
        plain.iter().chain(&again).map(|(_, answer)| answer["errors"][0]["extensions"]["code"].clone()).collect();
    // With a key the first may be told three times, without one once: all the rest come too late.
    let won = codes.iter().filter(|code| code.is_null()).count();
    assert!(won == 1 || won == 3, "{codes:?}");
    assert!(codes.iter().all(|code| code.is_null() || code == "NOT_NOW"), "{codes:?}");
    let all = app.anybody().asks(PROJECTS, json!({ "id": competition.challenge })).await;
    assert_eq!(all["challenge"]["projects"].as_array().unwrap().len(), 1);
    let events = app.anybody().asks(FEED, json!({ "id": competition.challenge })).await;
    let kinds = events["events"]["nodes"].as_array().unwrap();
    assert_eq!(kinds.iter().filter(|event| event["kind"] == "challenge.awarded").count(), 1);
}

const PROJECTS: &str =
    "query($id: ID!) { challenge(id: $id) { projects { id availableActions } notice { id endsAt } } }";
const FEED: &str = "query($id: ID!) { events(subject: $id, first: 100) { nodes { kind } } }";

#[tokio::test]
async fn an_agreement_is_signed_once_and_its_form_is_checked() {
    let app = TestApp::new().await;
    let (_, project) = Competition::awarded(&app).await;
    let organizer = app.person("organizer").await;
    let sign = |number: &str| json!({ "projectId": project, "contractNo": number });
    app.anybody().may_not("signAgreement", sign("A"), "UNAUTHENTICATED").await;
    for other in ["aurora", "urban", "supervisor", "judge1"] {
        app.person(other).await.may_not("signAgreement", sign("A"), "FORBIDDEN").await;
    }
    let wrong = json!({ "projectId": project, "contractNo": "", "contractSha256": "00", "effectiveAt": "2026-04-01T00:00:00Z" });
    let refusal = organizer.fails("signAgreement", wrong).await;
    assert_eq!(refusal.fields, ["contractNo: required", "contractSha256: not_a_hash", "effectiveAt: before_award"]);
    let far = json!({ "projectId": project, "contractNo": "A", "effectiveAt": "2028-01-01T00:00:00Z" });
    assert_eq!(organizer.fails("signAgreement", far).await.fields, ["effectiveAt: too_far"]);
    let query = "mutation($input: SignAgreementInput!) { signAgreement(input: $input) { project { status } } }";
    let all =
        join_all((0..4).map(|number| organizer.sends(query, json!({ "input": sign(&format!("GX-{number}")) })))).await;
    let codes: Vec<_> = all.iter().map(|(_, answer)| answer["errors"][0]["extensions"]["code"].clone()).collect();
    assert_eq!(codes.iter().filter(|code| code.is_null()).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| *code == "NOT_NOW").count(), 3, "{codes:?}");
}

#[tokio::test]
async fn an_objection_is_seen_by_staff_and_its_bidder() {
    let app = TestApp::new().await;
    let (competition, notice) = Competition::noticed(&app).await;
    let object = json!({ "noticeId": notice, "grounds": "业绩材料存疑" });
    let raised = app.person("beacon").await.does("raiseObjection", object).await["objection"].clone();
    let query = "query($notice: ID!, $objection: ID!) {
        notice: node(id: $notice) { ... on Notice { winners { id bidder { name } } objections { totalCount nodes { grounds } } } }
        objection: node(id: $objection) { id }
        events(subject: $objection) { totalCount }
    }";
    let variables = json!({ "notice": notice, "objection": raised["id"] });
    for (name, sees, logged) in [
        ("organizer", true, true),
        ("organizer3", true, true),
        ("supervisor", true, true),
        ("beacon", true, false),
        ("cedar", false, false),
        ("aurora", false, false),
        ("delta", false, false),
        ("urban", false, false),
        ("judge1", false, false),
        ("sysadmin", false, false),
        ("auditor", false, true),
    ] {
        let seen = app.person(name).await.asks(query, variables.clone()).await;
        let expected = i32::from(sees);
        assert_eq!(seen["notice"]["objections"]["totalCount"], expected, "{name}");
        assert_eq!(seen["notice"]["objections"]["nodes"].as_array().unwrap().len(), sees as usize, "{name}");
        assert_eq!(seen["objection"].is_object(), sees, "{name}");
        assert_eq!(seen["events"]["totalCount"], i32::from(logged), "{name}");
        assert_eq!(seen["notice"]["winners"][0]["id"], competition.bids[0].1, "{name}");
    }
    let seen = app.anybody().asks(query, variables).await;
    assert_eq!(seen["objection"], Value::Null);
    assert_eq!(seen["notice"]["objections"]["totalCount"], 0);
    assert_eq!(seen["notice"]["winners"].as_array().unwrap().len(), 1);
    // That there is one is public, by whom is not.
    let feed = "query($id: ID!) { events(subject: $id) { nodes { kind actor { id } publicText } } }";
    let told = app.anybody().asks(feed, json!({ "id": notice })).await["events"]["nodes"].clone();
    let told = told.as_array().unwrap().iter().find(|event| event["kind"] == "objection.raised").unwrap().clone();
    assert_eq!(told["actor"], Value::Null);
    assert!(!told["publicText"].as_str().unwrap().contains("org_"));
}

#[tokio::test]
async fn what_can_be_done_is_said() {
    let app = TestApp::new().await;
    let (competition, notice) = Competition::noticed(&app).await;
    let query = "query($id: ID!) { challenge(id: $id) { availableActions projects { availableActions } } }";
    let id = json!({ "id": competition.challenge });
    let says = async |name: &str, action: &str| {
        let said = app.person(name).await.asks(query, id.clone()).await["challenge"]["availableActions"].clone();
        said.as_array().unwrap().iter().any(|one| one == action)
    };
    assert!(says("beacon", "raiseObjection").await);
    assert!(!says("delta", "raiseObjection").await);
    assert!(!says("organizer", "awardChallenge").await);
    assert!(!says("organizer", "publishNotice").await);
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    assert!(!says("beacon", "raiseObjection").await);
    assert!(says("organizer", "awardChallenge").await);
    assert!(!says("urban", "awardChallenge").await);
    let late = json!({ "noticeId": notice, "grounds": "迟了" });
    app.person("beacon").await.may_not("raiseObjection", late, "DEADLINE_PASSED").await;
    app.person("organizer").await.does("awardChallenge", json!({ "challengeId": competition.challenge })).await;
    let said = app.person("organizer").await.asks(query, id.clone()).await["challenge"].clone();
    assert_eq!(said["projects"][0]["availableActions"], json!(["signAgreement", "revokeAward"]));
    assert!(!said["availableActions"].as_array().unwrap().iter().any(|one| one == "awardChallenge"));
}

/// A long list takes as many statements as a short one.
async fn cost_the_same(app: &TestApp, person: &Person, query: &str, (few, many): (i32, i32)) {
    let ask = async |first: i32| _ = person.asks(query, json!({ "first": first })).await;
    let least = app.costs(u64::MAX, async || ask(few).await).await;
    assert_eq!(app.costs(least, async || ask(many).await).await, least, "{query}");
}

#[tokio::test]
async fn lists_cost_the_same_whatever_their_length() {
    let app = TestApp::new().await;
    let organizer = app.person("organizer").await;
    let technologies = "query($first: Int!) { technologies(first: $first) { nodes { name lead { name } countsTowardTarget availableActions } } }";
    cost_the_same(&app, &organizer, technologies, (2, 100)).await;
    let board = "query($first: Int!) { targets(year: 2026) { name actual met
        evidence(first: $first) { nodes { counts reason subject { id } } } } }";
    cost_the_same(&app, &organizer, board, (1, 50)).await;

    let (_, _) = Competition::awarded(&app).await;
    let projects = "query($first: Int!) { projects(first: $first) { nodes {
        status lead { name } challenge { title } bid { label } countsTowardTarget } } }";
    cost_the_same(&app, &organizer, projects, (1, 100)).await;
}

#[tokio::test]
async fn who_is_no_longer_verified_neither_is_proposed_nor_wins() {
    let app = TestApp::new().await;
    let competition = Competition::ranked(&app).await;
    let organizer = app.person("organizer").await;
    let organization = |name: &'static str| {
        let app = &app;
        async move {
            let viewer = app.person(name).await.asks("{ viewer { organization { id } } }", json!({})).await;
            viewer["viewer"]["organization"]["id"].as_str().unwrap().to_owned()
        }
    };
    let (aurora, beacon) = (organization("aurora").await, organization("beacon").await);
    let refuse = |id: &str| json!({ "organizationId": id, "reason": "证照注销" });
    let propose = |place: usize| json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[place].1], "reason": "第一名已不合格" });
    organizer.does("refuseOrganization", refuse(&aurora)).await;
    let refusal = organizer.fails("publishNotice", propose(0)).await;
    assert_eq!(refusal.fields, ["winnerBidIds.0: organization_not_verified"]);
    organizer.does("publishNotice", propose(1)).await;
    organizer.does("refuseOrganization", refuse(&beacon)).await;
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    let award = json!({ "challengeId": competition.challenge });
    organizer.may_not("awardChallenge", award.clone(), "NOT_NOW").await;
    let verify = json!({ "organizationId": beacon, "registeredInZone": true });
    organizer.does("verifyOrganization", verify).await;
    organizer.does("awardChallenge", award).await;
}
