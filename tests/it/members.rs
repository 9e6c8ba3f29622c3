//! The people of an enterprise, how far each acts for it, and the programs that act on their behalf.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::join;
use serde_json::{Value, json};
use support::{Competition, Person, TestApp, solution_input};

const PASSWORD: &str = "Rehearsal-2026";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn user(person: &Person) -> String {
    text(&person.asks("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"])
}

fn inviting(right: &str) -> Value {
    json!({ "right": right, "note": "给同事", "password": PASSWORD })
}

async fn invites(owner: &Person, right: &str) -> (String, String) {
    let told = owner.does("inviteMember", inviting(right)).await;
    let code = text(&told["code"]);
    assert_eq!(told["link"], format!("https://jiebang.test/join#{code}"));
    (text(&told["invitation"]["id"]), code)
}

fn joining(code: &str, username: &str) -> Value {
    json!({ "code": code, "username": username, "password": PASSWORD, "name": "沈一舟" })
}

/// Somebody invited by this owner, signed in.
async fn colleague(app: &TestApp, owner: &Person, right: &str, username: &str) -> Person {
    let (_, code) = invites(owner, right).await;
    app.anybody().does("acceptInvitation", joining(&code, username)).await;
    app.sign_in(username, PASSWORD).await
}

async fn members(person: &Person) -> Vec<(String, String)> {
    let seen = person.reads("members", json!({ "first": 100 })).await["organization"]["members"].clone();
    let all: Vec<_> =
        seen["nodes"].as_array().unwrap().iter().map(|one| (text(&one["user"]["id"]), text(&one["right"]))).collect();
    assert_eq!(seen["totalCount"], all.len());
    all
}

async fn token(person: &Person, scope: &str, days: i64, password: &str) -> (String, String) {
    let input = json!({ "name": "投标系统", "scope": scope, "days": days, "password": password });
    let made = person.does("createApiToken", input).await;
    (text(&made["token"]["id"]), text(&made["secret"]))
}

#[tokio::test]
async fn colleagues_are_invited_by_link_and_act_as_far_as_their_right_goes() {
    let app = TestApp::new().await;
    let (owner, rival, anybody) = (app.person("aurora").await, app.person("beacon").await, app.anybody());
    let (invitation, code) = invites(&owner, "EDITOR").await;

    // Whoever has the code sees what it is for, and nobody sees the code again.
    let offer = anybody.reads("membershipOffer", json!({ "code": code })).await;
    let name =
        owner.asks("{ viewer { organization { name } } }", json!({})).await["viewer"]["organization"]["name"].clone();
    assert_eq!((&offer["organizationName"], &offer["right"]), (&name, &json!("EDITOR")));
    let waiting = owner.reads("members", json!({})).await["memberInvitations"].clone();
    assert_eq!((&waiting["totalCount"], &waiting["nodes"][0]["id"]), (&json!(1), &json!(invitation)));
    assert_eq!(rival.reads("members", json!({})).await["memberInvitations"]["totalCount"], 0);
    for (person, code_told) in
        [(&anybody, "UNAUTHENTICATED"), (&rival, "NOT_FOUND"), (&app.person("organizer").await, "NOT_FOUND")]
    {
        person.may_not("revokeInvitation", json!({ "invitationId": invitation }), code_told).await;
    }
    anybody.may_not("acceptInvitation", joining("nothing", "yizhou"), "NOT_FOUND").await;
    assert_eq!(anybody.reads("membershipOffer", json!({ "code": "nothing" })).await, Value::Null);
    let faulty = json!({ "code": code, "username": "A B", "password": "short", "name": "" });
    assert_eq!(
        anybody.fails("acceptInvitation", faulty).await.fields,
        ["name: required", "password: too_short", "username: bad_characters"]
    );
    anybody.may_not("acceptInvitation", joining(&code, "aurora"), "CONFLICT").await;

    // Accepted once.
    anybody.does("acceptInvitation", joining(&code, "yizhou")).await;
    anybody.may_not("acceptInvitation", joining(&code, "another"), "NOT_NOW").await;
    assert_eq!(anybody.reads("membershipOffer", json!({ "code": code })).await, Value::Null);
    owner.may_not("revokeInvitation", json!({ "invitationId": invitation }), "NOT_NOW").await;
    let editor = app.sign_in("yizhou", PASSWORD).await;
    let reader = colleague(&app, &owner, "READER", "xiaoyu").await;
    let rights: BTreeSet<String> = members(&reader).await.into_iter().map(|(_, right)| right).collect();
    assert_eq!(rights, BTreeSet::from(["EDITOR", "OWNER", "READER"].map(String::from)));

    // An editor drafts what a reader reads, and an owner hands in.
    let competition = Competition::published(&app).await;
    let solution = |title: &str| solution_input(&competition.indicators, title, 100_000_000);
    let draft = json!({ "challengeId": competition.challenge, "solution": solution("初稿") });
    for (person, code_told) in [(&reader, "FORBIDDEN"), (&app.bearer("jbt_none"), "UNAUTHENTICATED")] {
        person.may_not("draftBid", draft.clone(), code_told).await;
    }
    let bid = text(&editor.does("draftBid", draft.clone()).await["bid"]["id"]);
    owner.may_not("draftBid", draft, "CONFLICT").await;
    let of = "query($id: ID!) { node(id: $id) { ... on Bid { version draft { title } availableActions } } }";
    let seen = reader.asks(of, json!({ "id": bid })).await["node"].clone();
    assert_eq!(seen, json!({ "version": 1, "draft": { "title": "初稿" }, "availableActions": [] }));
    assert_eq!(rival.asks(of, json!({ "id": bid })).await["node"], Value::Null);
    // Two who type at once: the second is shown that somebody else did, and who.
    let revise =
        |title: &str, version: i64| json!({ "bidId": bid, "solution": solution(title), "expectedVersion": version });
    let (one, other) = join(
        editor.sends(&support::operation("reviseBid"), json!({ "input": revise("甲稿", 1) })),
        owner.sends(&support::operation("reviseBid"), json!({ "input": revise("乙稿", 1) })),
    )
    .await;
    let codes: Vec<_> = [&one.1, &other.1].map(|answer| answer["errors"][0]["extensions"]["code"].clone()).to_vec();
    assert!(codes.contains(&Value::Null) && codes.contains(&json!("CONFLICT")), "{codes:?}");
    let events = "query($of: ID!) { events(subject: $of, first: 100) { nodes { kind publicText } } }";
    let told = reader.asks(events, json!({ "of": bid })).await["events"]["nodes"].clone();
    let revised = told.as_array().unwrap().iter().find(|event| event["kind"] == "bid.revised").unwrap();
    let by: Value = serde_json::from_str(revised["publicText"].as_str().unwrap()).unwrap();
    let first = if codes[0].is_null() { &editor } else { &owner };
    assert_eq!(by["facts"]["person"], user(first).await);

    for (person, act) in [(&editor, "submitBid"), (&reader, "submitBid")] {
        let refusal = person.fails(act, json!({ "bidId": bid, "pledgeAccepted": true })).await;
        assert_eq!(refusal.code, "FORBIDDEN");
    }
    let receipt = owner.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await["receipt"].clone();
    assert!(receipt["compact"].is_string());
    editor.may_not("withdrawBid", json!({ "bidId": bid }), "FORBIDDEN").await;
    editor.does("reviseBid", revise("二稿", 2)).await;
    reader.may_not("reviseBid", revise("三稿", 3), "FORBIDDEN").await;
    // What everybody may see, an editor may ask about, and a reader not.
    let question = json!({ "challengeId": competition.challenge, "text": "泵站数据何时开放？" });
    reader.may_not("askQuestion", question.clone(), "FORBIDDEN").await;
    editor.does("askQuestion", question).await;
    let capability =
        json!({ "title": "积水预报", "domains": ["URBAN_OPERATION"], "description": "两地运行。", "words": ["雷达"] });
    reader.may_not("addCapability", capability.clone(), "FORBIDDEN").await;
    editor.does("addCapability", capability).await;
    // Neither looks after people.
    for person in [&editor, &reader] {
        person.may_not("inviteMember", inviting("OWNER"), "FORBIDDEN").await;
        assert_eq!(person.reads("members", json!({})).await["memberInvitations"]["totalCount"], 0);
    }
}

#[tokio::test]
async fn somebody_stays_an_owner_and_whoever_goes_is_out_at_once() {
    let app = TestApp::new().await;
    let owner = app.person("aurora").await;
    let editor = colleague(&app, &owner, "EDITOR", "yizhou").await;
    let (owner_id, editor_id) = (user(&owner).await, user(&editor).await);
    let set = |user: &str, right: &str| json!({ "userId": user, "right": right, "password": PASSWORD });
    let gone = |user: &str| json!({ "userId": user, "password": PASSWORD });

    // The last owner neither goes nor becomes less, whoever asks.
    for refusal in [
        owner.fails("removeMember", gone(&owner_id)).await,
        owner.fails("setMemberRight", set(&owner_id, "EDITOR")).await,
    ] {
        assert_eq!(refusal.code, "NOT_NOW", "{refusal:?}");
    }
    // Of other organizations' people nobody is told that they are there, nor of people of none.
    let rival = app.person("beacon").await;
    for stranger in
        [owner_id.clone(), user(&app.person("organizer").await).await, "usr_01890a5d3c007000800000000x".into()]
    {
        let refusal = rival.fails("removeMember", gone(&stranger)).await;
        assert!(["NOT_FOUND", "INVALID_INPUT"].contains(&refusal.code.as_str()), "{refusal:?}");
    }
    app.person("organizer").await.may_not("removeMember", gone(&editor_id), "FORBIDDEN").await;
    let wrong = json!({ "userId": editor_id, "password": "wrong" });
    assert_eq!(owner.fails("removeMember", wrong).await.fields, ["password: password_wrong"]);
    editor.may_not("setMemberRight", set(&editor_id, "OWNER"), "FORBIDDEN").await;
    editor.may_not("removeMember", gone(&owner_id), "FORBIDDEN").await;
    let seen = "query($of: ID!) { node(id: $of) { ... on Organization { members { totalCount } } } }";
    let own = owner.asks("{ viewer { organization { id } } }", json!({})).await["viewer"]["organization"]["id"].clone();
    for (person, told) in
        [(&rival, 0), (&app.anybody(), 0), (&app.person("organizer").await, 2), (&app.person("judge1").await, 0)]
    {
        let many = person.asks(seen, json!({ "of": own })).await["node"]["members"]["totalCount"].clone();
        assert_eq!(many, told);
    }

    // Two owners who let one another go, or make one another less, at once: one of them stays an owner.
    owner.does("setMemberRight", set(&editor_id, "OWNER")).await;
    let document = support::operation("setMemberRight");
    let (one, other) = join(
        owner.sends(&document, json!({ "input": set(&editor_id, "READER") })),
        editor.sends(&document, json!({ "input": set(&owner_id, "READER") })),
    )
    .await;
    let done = [&one.1, &other.1].into_iter().filter(|answer| answer.get("errors").is_none()).count();
    assert_eq!(done, 1, "{one:?} {other:?}");
    let (stays, less) = if one.1.get("errors").is_none() { (&owner, &editor) } else { (&editor, &owner) };
    let rights = members(stays).await;
    assert_eq!(rights.iter().filter(|(_, right)| right == "OWNER").count(), 1, "{rights:?}");

    // Whoever is let go is out at once, on every session and with every token.
    let less_id = user(less).await;
    let username = if less_id == owner_id { "aurora" } else { "yizhou" };
    let (_, secret) = token(less, "READ", 30, PASSWORD).await;
    let second = app.sign_in(username, PASSWORD).await;
    let program = app.bearer(&secret);
    program.asks("{ viewer { organization { id } } }", json!({})).await;
    stays.does("removeMember", gone(&less_id)).await;
    for out in [less, &second, &program] {
        let (_, answer) = out.sends("{ viewer { roles } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer}");
    }
    let again = json!({ "username": username, "password": PASSWORD });
    app.anybody().may_not("signIn", again, "UNAUTHENTICATED").await;
    stays.may_not("removeMember", gone(&less_id), "NOT_FOUND").await;
    assert_eq!(members(stays).await.len(), 1);
    // The account stays an account: its name is not given to another.
    let (_, code) = invites(stays, "EDITOR").await;
    app.anybody().may_not("acceptInvitation", joining(&code, username), "CONFLICT").await;
    app.anybody().does("acceptInvitation", joining(&code, "yizhou2")).await;
    // An invitation holds no longer than its inviter's own right, and nothing else is done behind one's own farewell.
    let second = colleague(&app, stays, "OWNER", "zweite").await;
    let (_, held) = invites(&second, "OWNER").await;
    let both = "mutation($me: ID!, $p: String!) {
        removeMember(input: { userId: $me, password: $p }) { userId }
        inviteMember(input: { right: OWNER, note: \"x\", password: $p }) { code }
    }";
    let (_, answer) = second.sends(both, json!({ "me": user(&second).await, "p": PASSWORD })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer}");
    assert_eq!(app.anybody().reads("membershipOffer", json!({ "code": held })).await, Value::Null);
    app.anybody().may_not("acceptInvitation", joining(&held, "dritte"), "NOT_NOW").await;
    // Nor does it come back with its inviter's right.
    let third = colleague(&app, stays, "OWNER", "dritte").await;
    let (_, held) = invites(&third, "OWNER").await;
    let third = user(&third).await;
    for right in ["EDITOR", "OWNER"] {
        stays.does("setMemberRight", set(&third, right)).await;
    }
    app.anybody().may_not("acceptInvitation", joining(&held, "vierte"), "NOT_NOW").await;
    stays.does("removeMember", gone(&third)).await;
    // And leaving is open to everybody but the last owner.
    let leaves = app.sign_in("yizhou2", PASSWORD).await;
    leaves.does("removeMember", gone(&user(&leaves).await)).await;
    assert_eq!(members(stays).await.len(), 1);
}

#[tokio::test]
async fn an_invitation_runs_out_is_revoked_and_there_are_so_many() {
    let app = TestApp::new().await;
    let owner = app.person("aurora").await;
    let (invitation, code) = invites(&owner, "READER").await;
    owner.does("revokeInvitation", json!({ "invitationId": invitation })).await;
    app.anybody().may_not("acceptInvitation", joining(&code, "late"), "NOT_NOW").await;
    // A repeat shows neither code nor link again.
    let mut input = inviting("READER");
    input["idempotencyKey"] = json!("invite-1");
    let first = owner.does("inviteMember", input.clone()).await;
    let again = owner.does("inviteMember", input).await;
    assert_eq!(first["invitation"]["id"], again["invitation"]["id"]);
    assert!(first["code"].is_string() && again["code"].is_null() && again["link"].is_null());
    for _ in 1..20 {
        invites(&owner, "READER").await;
    }
    owner.may_not("inviteMember", inviting("READER"), "NOT_NOW").await;
    app.machine_runs(TimeDelta::days(7));
    app.anybody().may_not("acceptInvitation", joining(&text(&first["code"]), "late"), "NOT_NOW").await;
    let owner = app.person("aurora").await;
    assert_eq!(owner.reads("members", json!({})).await["memberInvitations"]["totalCount"], 0);
    invites(&owner, "READER").await;
    assert_eq!(
        owner
            .fails("inviteMember", json!({ "right": "READER", "note": "", "password": "Rehearsal-2026" }))
            .await
            .fields,
        ["note: required"]
    );
    // Departments' people, judges and staff are made by the system administrator; enterprises' own people decide once somebody owns it.
    for other in ["urban", "organizer", "judge1", "sysadmin"] {
        app.person(other).await.may_not("inviteMember", inviting("READER"), "FORBIDDEN").await;
    }
    let own = owner.asks("{ viewer { organization { id } } }", json!({})).await["viewer"]["organization"]["id"].clone();
    let account =
        json!({ "username": "planted", "password": PASSWORD, "name": "x", "roles": ["BIDDER"], "organizationId": own });
    assert_eq!(
        app.person("sysadmin").await.fails("createAccount", account).await.fields,
        ["organizationId: has_owner"]
    );
}

#[tokio::test]
async fn a_program_acts_on_somebody_s_behalf_and_no_further() {
    let app = TestApp::new().await;
    let owner = app.person("aurora").await;
    let make = |scope: &str, days: i64, password: &str| json!({ "name": "投标系统", "scope": scope, "days": days, "password": password });
    assert_eq!(owner.fails("createApiToken", make("READ", 1, "wrong")).await.fields, ["password: password_wrong"]);
    assert_eq!(owner.fails("createApiToken", make("READ", 367, "Rehearsal-2026")).await.fields, ["days: out_of_range"]);
    for other in ["urban", "organizer", "judge1", "secadmin"] {
        app.person(other).await.may_not("createApiToken", make("READ", 1, "Rehearsal-2026"), "FORBIDDEN").await;
    }
    let (read_id, read) = token(&owner, "READ", 30, "Rehearsal-2026").await;
    let (_, draft) = token(&owner, "DRAFT", 30, "Rehearsal-2026").await;
    let (submit_id, submit) = token(&owner, "SUBMIT", 1, "Rehearsal-2026").await;
    let (reads, drafts, submits) = (app.bearer(&read), app.bearer(&draft), app.bearer(&submit));
    assert!(read.starts_with("jbt_") && read.len() == 68);

    // An enterprise's own system bids.
    let competition = Competition::published(&app).await;
    let solution = solution_input(&competition.indicators, "系统投递", 100_000_000);
    let input = json!({ "challengeId": competition.challenge, "solution": solution });
    reads.may_not("draftBid", input.clone(), "FORBIDDEN").await;
    let bid = text(&drafts.does("draftBid", input).await["bid"]["id"]);
    let hand_in = json!({ "bidId": bid, "pledgeAccepted": true });
    let of = "query($id: ID!) { node(id: $id) { ... on Bid { status draft { title } } } }";
    assert_eq!(reads.asks(of, json!({ "id": bid })).await["node"]["draft"]["title"], "系统投递");
    drafts.may_not("submitBid", hand_in.clone(), "FORBIDDEN").await;
    submits.does("submitBid", hand_in).await;
    assert_eq!(reads.asks(of, json!({ "id": bid })).await["node"]["status"], "SUBMITTED");

    // What is for people alone no program does: passwords, sessions, second factors, people, tokens.
    let me = user(&owner).await;
    for (act, input) in [
        ("changePassword", json!({ "currentPassword": "Rehearsal-2026", "newPassword": "Andere-2026-xyz" })),
        ("enrolTotp", json!({ "password": "Rehearsal-2026" })),
        ("confirmTotp", json!({ "code": "000000" })),
        ("endSession", json!({ "sessionId": "ses_01890a5d3c0070008000000000" })),
        ("signOut", json!({ "everywhere": true })),
        ("createApiToken", make("READ", 1, "Rehearsal-2026")),
        ("revokeApiToken", json!({ "tokenId": read_id })),
        ("inviteMember", inviting("OWNER")),
        ("removeMember", json!({ "userId": me, "password": "Rehearsal-2026" })),
        ("setMemberRight", json!({ "userId": me, "right": "OWNER", "password": "Rehearsal-2026" })),
    ] {
        let refusal = submits.fails(act, input).await;
        assert_eq!(refusal.code, "FORBIDDEN", "{act}: {refusal:?}");
    }
    let events = "query($of: ID!) { events(subject: $of, first: 100) { totalCount } }";
    assert_eq!(submits.asks(events, json!({ "of": me })).await["events"]["totalCount"], 0);
    assert_ne!(owner.asks(events, json!({ "of": me })).await["events"]["totalCount"], 0);
    let seen = submits.asks("{ viewer { sessions { id } apiTokens { totalCount } } }", json!({})).await;
    assert_eq!(seen["viewer"], json!({ "sessions": [], "apiTokens": { "totalCount": 0 } }));

    // Listed with their last use, of colleagues to an owner alone.
    let editor = colleague(&app, &owner, "EDITOR", "yizhou").await;
    editor.may_not("createApiToken", make("SUBMIT", 1, PASSWORD), "FORBIDDEN").await;
    let (own_id, own) = token(&editor, "DRAFT", 30, PASSWORD).await;
    let list = async |person: &Person| person.reads("members", json!({})).await["apiTokens"].clone();
    let all = list(&owner).await;
    assert_eq!(all["totalCount"], 4);
    let by_id = |id: &str| all["nodes"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
    assert!(by_id(&submit_id)["lastUsedAt"].is_string() && by_id(&own_id)["lastUsedAt"].is_null(), "{all}");
    assert_eq!(list(&editor).await["totalCount"], 1);
    assert_eq!(list(&app.person("beacon").await).await["totalCount"], 0);
    for (person, code) in
        [(&editor, "FORBIDDEN"), (&app.person("beacon").await, "NOT_FOUND"), (&app.anybody(), "UNAUTHENTICATED")]
    {
        person.may_not("revokeApiToken", json!({ "tokenId": submit_id }), code).await;
    }

    // A token goes no further than its holder: less for the holder is less for the token at once.
    let question = json!({ "challengeId": competition.challenge, "text": "数据何时开放？" });
    app.bearer(&own).does("askQuestion", question.clone()).await;
    owner
        .does("setMemberRight", json!({ "userId": user(&editor).await, "right": "READER", "password": PASSWORD }))
        .await;
    app.bearer(&own).may_not("askQuestion", question, "FORBIDDEN").await;

    // Revoked at once, by an owner too; run out; of a suspended person.
    owner.does("revokeApiToken", json!({ "tokenId": own_id })).await;
    owner.may_not("revokeApiToken", json!({ "tokenId": own_id }), "NOT_NOW").await;
    let refused = async |secret: &str| {
        let (_, answer) = app.bearer(secret).sends("{ viewer { roles } }", json!({})).await;
        answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    };
    assert!(refused(&own).await && refused("jbt_").await && refused(&format!("{draft}0")).await);
    app.machine_runs(TimeDelta::days(1));
    assert!(refused(&submit).await && !refused(&draft).await);
    let me = json!({ "userId": me, "reason": "核查" });
    app.person("secadmin").await.does("suspendUser", me.clone()).await;
    assert!(refused(&draft).await);
    app.person("secadmin").await.does("reinstateUser", me).await;
    assert!(refused(&draft).await, "what was suspended comes back without its tokens");

    // So many, and the secret is kept nowhere.
    let owner = app.person("aurora").await;
    let mut keyed = make("READ", 30, "Rehearsal-2026");
    keyed["idempotencyKey"] = json!("token-1");
    let first = owner.does("createApiToken", keyed.clone()).await;
    let again = owner.does("createApiToken", keyed).await;
    assert_eq!(first["token"]["id"], again["token"]["id"]);
    assert!(first["secret"].is_string() && again["secret"].is_null());
    for _ in 1..20 {
        token(&owner, "READ", 30, "Rehearsal-2026").await;
    }
    owner.may_not("createApiToken", make("READ", 30, "Rehearsal-2026"), "NOT_NOW").await;
}

/// Refused, and on the bidder's own record: each of the first twenty, for the bidder alone to read.
#[tokio::test]
async fn what_comes_too_late_is_recorded() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let (_, bid) = &competition.bids[0];
    let aurora = app.person("aurora").await;
    app.set_clock(support::DEADLINE).await;
    for act in ["withdrawBid", "confirmBid"] {
        aurora.may_not(act, json!({ "bidId": bid }), "DEADLINE_PASSED").await;
    }
    let hand_in = json!({ "bidId": bid, "pledgeAccepted": true });
    for _ in 0..25 {
        aurora.may_not("submitBid", hand_in.clone(), "DEADLINE_PASSED").await;
    }
    app.person("beacon").await.may_not("submitBid", hand_in, "NOT_FOUND").await;
    let events = "query($of: ID!) { events(subject: $of, first: 100) { nodes { kind at publicText } } }";
    let late = async |person: &Person| {
        let told = person.asks(events, json!({ "of": bid })).await["events"]["nodes"].clone();
        told.as_array().unwrap().iter().filter(|event| event["kind"] == "bid.late").cloned().collect::<Vec<_>>()
    };
    let told = late(&aurora).await;
    assert_eq!(told.len(), 20);
    let facts: Value = serde_json::from_str(told[0]["publicText"].as_str().unwrap()).unwrap();
    assert_eq!(facts["facts"]["act"], "withdrawBid");
    for other in ["beacon", "organizer", "supervisor", "urban", "auditor"] {
        assert_eq!(late(&app.person(other).await).await.len(), 0, "{other}");
    }
}
