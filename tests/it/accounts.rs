//! Accounts: who gets in, for how long, and how fast somebody is out.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Person, TestApp, challenge_input};

async fn signed_in(app: &TestApp, username: &str) -> Value {
    app.anybody().does("signIn", json!({ "username": username, "password": "Rehearsal-2026" })).await
}

/// Whether the bearer of a token is somebody.
async fn is_let_in(app: &TestApp, token: &str) -> bool {
    let (_, answer) = app.bearer(token).sends("{ viewer { user { id } } }", json!({})).await;
    answer["data"]["viewer"]["user"]["id"].is_string()
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_are_told_alike() {
    let app = TestApp::new().await;
    let wrong = app.anybody().fails("signIn", json!({ "username": "aurora", "password": "wrong" })).await;
    let unknown = app.anybody().fails("signIn", json!({ "username": "nobody", "password": "wrong" })).await;
    assert_eq!(wrong, unknown);
    assert_eq!(wrong.code, "UNAUTHENTICATED");
}

#[tokio::test]
async fn five_failures_lock_a_name_for_a_quarter_of_an_hour() {
    let app = TestApp::new().await;
    let wrong = json!({ "username": "aurora", "password": "wrong" });
    for _ in 0..5 {
        app.anybody().may_not("signIn", wrong.clone(), "UNAUTHENTICATED").await;
    }
    let right = json!({ "username": "aurora", "password": "Rehearsal-2026" });
    // Locked, in the same words; others are not.
    let locked = app.anybody().fails("signIn", right.clone()).await;
    assert_eq!(locked, app.anybody().fails("signIn", json!({ "username": "nobody", "password": "x" })).await);
    app.person("beacon").await;
    app.machine_runs(TimeDelta::minutes(16));
    app.anybody().does("signIn", right).await;
}

#[tokio::test]
async fn an_address_is_slowed_down() {
    let app = TestApp::new().await;
    let mut codes = Vec::new();
    for number in 0..35 {
        let input = json!({ "username": format!("guess{number}"), "password": "wrong" });
        codes.push(app.anybody().fails("signIn", input).await.code);
    }
    assert!(codes[..30].iter().all(|code| code == "UNAUTHENTICATED"), "{codes:?}");
    assert!(codes[31..].iter().all(|code| code == "RATE_LIMITED"), "{codes:?}");
    app.machine_runs(TimeDelta::minutes(2));
    app.person("aurora").await;
}

/// Whoever comes while the database is out of order has not guessed at anything: afterwards neither the address is slowed down nor
/// the name locked.
#[tokio::test]
async fn what_the_server_could_not_do_is_no_attempt() {
    let app = TestApp::new().await;
    let right = json!({ "username": "aurora", "password": "Rehearsal-2026" });
    for table in ["sign_in_failures", "sessions"] {
        app.tamper(&format!("alter table {table} rename to away")).await;
        for _ in 0..32 {
            let code = app.anybody().fails("signIn", right.clone()).await.code;
            assert_eq!(code, "INTERNAL", "{table}");
        }
        app.tamper(&format!("alter table away rename to {table}")).await;
        app.anybody().does("signIn", right.clone()).await;
    }
}

/// Counted one by one, however many travel in one request.
#[tokio::test]
async fn aliases_are_attempts() {
    let app = TestApp::new().await;
    let person = app.anybody();
    let tries = |names: &[&str]| {
        let fields = names.iter().enumerate().map(|(n, name)| {
            format!("a{n}: signIn(input: {{ username: \"{name}\", password: \"wrong\" }}) {{ expiresAt }} ")
        });
        format!("mutation {{ {}}}", fields.collect::<String>())
    };
    let codes = |answer: &Value| -> Vec<String> {
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap().to_owned()).collect()
    };
    // Ten to a document: an answer tells of ten errors at most.
    let names: Vec<String> = (0..40).map(|n| format!("guess{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (round, ten) in names.chunks(10).enumerate() {
        let told = codes(&person.sends(&tries(ten), json!({})).await.1);
        let code = if round < 3 { "UNAUTHENTICATED" } else { "RATE_LIMITED" };
        assert_eq!(told, vec![code; 10], "{round}");
    }
    // Five under one name in one document lock it, and the sixth alias, with the right password, is refused.
    app.machine_runs(TimeDelta::minutes(2));
    let mut five = tries(&["aurora"; 5]);
    five.truncate(five.len() - 1);
    let six = five + "right: signIn(input: { username: \"aurora\", password: \"Rehearsal-2026\" }) { accessToken } }";
    let answer = person.sends(&six, json!({})).await.1;
    assert_eq!(codes(&answer), ["UNAUTHENTICATED"; 6]);
    app.anybody()
        .may_not("signIn", json!({ "username": "aurora", "password": "Rehearsal-2026" }), "UNAUTHENTICATED")
        .await;
}

#[tokio::test]
async fn an_access_token_lasts_five_minutes_and_cannot_be_made_up() {
    use base64::Engine;
    let app = TestApp::new().await;
    let session = signed_in(&app, "aurora").await;
    let token = session["accessToken"].as_str().unwrap().to_owned();
    assert!(is_let_in(&app, &token).await);
    let b64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let parts: Vec<_> = token.split('.').collect();
    let claims: Value = serde_json::from_slice(&b64.decode(parts[1]).unwrap()).unwrap();
    for claim in ["iss", "aud", "sub", "exp", "nbf", "iat", "jti"] {
        assert!(!claims[claim].is_null(), "{claim}");
    }
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    let none = b64.encode(json!({ "alg": "none", "typ": "at+jwt" }).to_string());
    let hmac = b64.encode(json!({ "alg": "HS256", "typ": "at+jwt" }).to_string());
    let mut later = claims.clone();
    later["exp"] = json!(claims["exp"].as_i64().unwrap() + 1);
    let later = b64.encode(later.to_string());
    let flipped: String = token
        .char_indices()
        .map(|(at, c)| if at == token.len() - 10 { if c == 'A' { 'B' } else { 'A' } } else { c })
        .collect();
    for forged in [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{hmac}.{}.{}", parts[1], parts[2]),
        format!("{}.{later}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        flipped,
        session["refreshToken"].as_str().unwrap().to_owned(),
        String::new(),
        "a.b.c".to_owned(),
    ] {
        assert!(!is_let_in(&app, &forged).await, "{forged}");
        app.bearer(&forged).may_not("draftChallenge", challenge_input(), "UNAUTHENTICATED").await;
    }
    app.machine_runs(TimeDelta::seconds(310));
    assert!(!is_let_in(&app, &token).await);
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_reuse_ends_the_session() {
    let app = TestApp::new().await;
    let first = signed_in(&app, "aurora").await["refreshToken"].clone();
    let second = app.anybody().does("refreshSession", json!({ "refreshToken": first })).await;
    let token = second["accessToken"].as_str().unwrap();
    assert!(is_let_in(&app, token).await);
    app.anybody().may_not("refreshSession", json!({ "refreshToken": first }), "UNAUTHENTICATED").await;
    assert!(!is_let_in(&app, token).await, "the family has ended");
    app.anybody().may_not("refreshSession", json!({ "refreshToken": second["refreshToken"] }), "UNAUTHENTICATED").await;
    app.anybody().may_not("refreshSession", json!({ "refreshToken": "x" }), "UNAUTHENTICATED").await;
    app.anybody().may_not("refreshSession", json!({}), "UNAUTHENTICATED").await;
}

#[tokio::test]
async fn of_many_uses_at_once_one_succeeds() {
    let app = TestApp::new().await;
    for _ in 0..3 {
        let token = signed_in(&app, "aurora").await["refreshToken"].clone();
        let document = support::operation("refreshSession");
        let tries = (0..20).map(|_| {
            let (person, document, token) = (app.anybody(), document.clone(), token.clone());
            async move { person.sends(&document, json!({ "input": { "refreshToken": token } })).await.1 }
        });
        let answers = join_all(tries).await;
        let won = answers.iter().filter(|answer| answer["data"]["refreshSession"].is_object()).count();
        assert_eq!(won, 1);
    }
}

#[tokio::test]
async fn sessions_idle_out_and_end_in_the_evening() {
    let app = TestApp::new().await;
    let idle = signed_in(&app, "aurora").await["refreshToken"].clone();
    app.machine_runs(TimeDelta::minutes(31));
    app.anybody().may_not("refreshSession", json!({ "refreshToken": idle }), "UNAUTHENTICATED").await;
    let mut token = signed_in(&app, "aurora").await["refreshToken"].clone();
    for _ in 0..(12 * 3 - 1) {
        app.machine_runs(TimeDelta::minutes(20));
        token = app.anybody().does("refreshSession", json!({ "refreshToken": token })).await["refreshToken"].clone();
    }
    app.machine_runs(TimeDelta::minutes(21));
    app.anybody().may_not("refreshSession", json!({ "refreshToken": token }), "UNAUTHENTICATED").await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let app = TestApp::new().await;
    let (first, second) = (app.person("aurora").await, app.person("aurora").await);
    let sessions = first.reads("viewer", json!({})).await["sessions"].clone();
    let sessions = sessions.as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| session["current"] == false).unwrap()["id"].clone();
    let stranger = app.person("beacon").await;
    stranger.may_not("endSession", json!({ "sessionId": other }), "NOT_FOUND").await;
    first.does("endSession", json!({ "sessionId": other })).await;
    assert!(!is_let_in(&app, second.token().unwrap()).await);
    let third = app.person("aurora").await;
    let out = first.does("signOut", json!({ "everywhere": true })).await;
    assert_eq!(out["signedOut"], 2);
    assert!(!is_let_in(&app, first.token().unwrap()).await && !is_let_in(&app, third.token().unwrap()).await);
}

#[tokio::test]
async fn a_password_is_changed_by_the_rules_and_ends_the_other_sessions() {
    let app = TestApp::new().await;
    let (here, there) = (app.person("aurora").await, app.person("aurora").await);
    let change = |new: &str| json!({ "currentPassword": "Rehearsal-2026", "newPassword": new });
    for (new, fault) in [
        ("Short-1", "too_short"),
        ("alllowercase1", "password_weak"),
        ("My-aurora-2026", "password_weak"),
        ("Password123!", "password_common"),
        ("Rehearsal-2026", "password_reused"),
    ] {
        let refusal = here.fails("changePassword", change(new)).await;
        assert_eq!(refusal.fields, [format!("newPassword: {fault}")], "{new}");
    }
    let refusal = here.fails("changePassword", json!({ "currentPassword": "x", "newPassword": "Another-2026" })).await;
    assert_eq!(refusal.fields, ["currentPassword: password_wrong"]);
    assert_eq!(here.does("changePassword", change("Another-2026")).await["endedSessions"], 1);
    assert!(is_let_in(&app, here.token().unwrap()).await);
    assert!(!is_let_in(&app, there.token().unwrap()).await);
    app.anybody()
        .may_not("signIn", json!({ "username": "aurora", "password": "Rehearsal-2026" }), "UNAUTHENTICATED")
        .await;
    app.sign_in("aurora", "Another-2026").await;
}

#[tokio::test]
async fn a_suspended_person_is_out_at_once() {
    let app = TestApp::new().await;
    let aurora = app.person("aurora").await;
    let user = aurora.reads("viewer", json!({})).await["user"]["id"].clone();
    let suspend = json!({ "userId": user, "reason": "冒用账号" });
    for other in ["organizer", "sysadmin", "auditor"] {
        app.person(other).await.may_not("suspendUser", suspend.clone(), "FORBIDDEN").await;
    }
    app.person("beacon").await.may_not("suspendUser", suspend.clone(), "NOT_FOUND").await;
    let security = app.person("secadmin").await;
    let own = security.reads("viewer", json!({})).await["user"]["id"].clone();
    security.may_not("suspendUser", json!({ "userId": own, "reason": "x" }), "FORBIDDEN").await;
    security.does("suspendUser", suspend).await;
    assert!(!is_let_in(&app, aurora.token().unwrap()).await);
    app.anybody()
        .may_not("signIn", json!({ "username": "aurora", "password": "Rehearsal-2026" }), "UNAUTHENTICATED")
        .await;
    security.does("reinstateUser", json!({ "userId": user, "reason": "查清" })).await;
    app.person("aurora").await;
}

#[tokio::test]
async fn an_enterprise_registers_itself_and_bids_once_it_is_verified() {
    let app = TestApp::new().await;
    let competition = support::Competition::published(&app).await;
    let register = |uscc: &str, username: &str| {
        json!({ "name": "新晖科技有限公司", "uscc": uscc, "username": username, "password": "Rehearsal-2026",
                "contactName": "陆见深" })
    };
    for (uscc, fault) in
        [("91350100M000100Y44", "uscc_check_digit"), ("9135010", "uscc_form"), ("11000000000000019Q", "uscc_kind")]
    {
        let refusal = app.anybody().fails("registerEnterprise", register(uscc, "xinhui")).await;
        assert_eq!((refusal.code.as_str(), refusal.fields), ("INVALID_INPUT", vec![format!("uscc: {fault}")]));
    }
    let made = app.anybody().does("registerEnterprise", register(" 91350100m000100y43", "xinhui")).await;
    assert_eq!(made["organization"]["uscc"], "91350100M000100Y43");
    app.anybody().may_not("registerEnterprise", register("91350100M000100Y43", "xinhui2"), "CONFLICT").await;
    let xinhui = app.person("xinhui").await;
    let draft = json!({ "challengeId": competition.challenge, "solution": { "title": "方案" } });
    xinhui.may_not("draftBid", draft.clone(), "FORBIDDEN").await;
    let organization = made["organization"]["id"].clone();
    let verify = json!({ "organizationId": organization, "registeredInZone": true });
    // Who may not see it is told that it is not there.
    for (other, code) in
        [("urban", "NOT_FOUND"), ("aurora", "NOT_FOUND"), ("sysadmin", "FORBIDDEN"), ("xinhui", "FORBIDDEN")]
    {
        let refusal = app.person(other).await.fails("verifyOrganization", verify.clone()).await;
        assert_eq!(refusal.code, code, "{other}");
    }
    assert_eq!(
        app.person("organizer").await.does("verifyOrganization", verify).await["organization"]["verified"],
        true
    );
    app.person("xinhui").await.does("draftBid", draft).await;
    let refuse = json!({ "organizationId": organization, "reason": "证照注销" });
    app.person("organizer").await.does("refuseOrganization", refuse).await;
}

#[tokio::test]
async fn accounts_are_made_by_the_system_administrator_by_the_rules_of_roles() {
    let app = TestApp::new().await;
    let account = |roles: Value, more: Value| {
        let mut input = json!({ "username": "someone", "password": "Rehearsal-2026", "name": "某人", "roles": roles });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    for other in ["organizer", "secadmin", "auditor", "aurora"] {
        app.person(other).await.may_not("createAccount", account(json!(["ORGANIZER"]), json!({})), "FORBIDDEN").await;
    }
    let sysadmin = app.person("sysadmin").await;
    let aurora = app.person("aurora").await.asks("{ viewer { organization { id } } }", json!({})).await;
    let aurora = aurora["viewer"]["organization"]["id"].clone();
    for (roles, more, fault) in [
        (json!(["SYSTEM_ADMIN", "AUDIT_ADMIN"]), json!({}), "roles: roles_conflict"),
        (json!(["JUDGE", "ORGANIZER"]), json!({ "judgeKind": "LEGAL" }), "roles: roles_conflict"),
        (json!(["JUDGE"]), json!({}), "judgeKind: judge_kind_needed"),
        (json!(["ORGANIZER"]), json!({ "judgeKind": "LEGAL" }), "judgeKind: judge_kind_unwanted"),
        (json!(["DEMANDER"]), json!({}), "organizationId: organization_needed"),
        (json!(["ORGANIZER"]), json!({ "organizationId": aurora }), "organizationId: organization_kind_wrong"),
        (json!(["SUPERVISOR"]), json!({ "organizationId": aurora }), "organizationId: organization_kind_wrong"),
        (json!([]), json!({}), "roles: required"),
    ] {
        let refusal = sysadmin.fails("createAccount", account(roles.clone(), more)).await;
        assert_eq!(refusal.fields, [fault], "{roles}");
    }
    sysadmin.does("createAccount", account(json!(["ORGANIZER"]), json!({}))).await;
    sysadmin.may_not("createAccount", account(json!(["ORGANIZER"]), json!({})), "CONFLICT").await;
    let department = json!({ "name": "新部门", "kind": "DEPARTMENT", "uscc": "12000000000000019M" });
    app.person("organizer").await.may_not("createOrganization", department.clone(), "FORBIDDEN").await;
    let refusal = sysadmin
        .fails("createOrganization", json!({ "name": "x", "kind": "ENTERPRISE", "uscc": "11000000000000019Q" }))
        .await;
    assert_eq!(refusal.fields, ["uscc: uscc_kind"]);
    let _: &Person = &sysadmin;
}
