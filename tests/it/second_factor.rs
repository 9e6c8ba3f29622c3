//! The second factor: enrolled, asked for, good once, lost and given back; and who gets nowhere without it.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Person, TestApp, challenge_input, operation};
use totp_rs::Totp;

const PASSWORD: &str = "Rehearsal-2026";

/// What a person's device knows.
struct Device {
    totp: Totp,
    secret: String,
    recovery_codes: Vec<String>,
}

impl Device {
    fn code(&self, app: &TestApp) -> String {
        self.totp.generate(u64::try_from(app.machine_now().timestamp()).unwrap()).to_string()
    }

    /// A code that is wrong now and for a while.
    fn wrong(&self, app: &TestApp) -> String {
        let now = u64::try_from(app.machine_now().timestamp()).unwrap();
        let near: Vec<String> = (0..9).map(|step| self.totp.generate(now + step * 30 - 120).to_string()).collect();
        ["000000", "111111", "222222"].into_iter().find(|code| !near.iter().any(|near| near == code)).unwrap().into()
    }
}

async fn enrol(app: &TestApp, person: &Person, present: Option<&str>) -> Device {
    let begun = person.does("enrolTotp", json!({ "password": PASSWORD, "totp": present })).await;
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let totp = Totp::from_url(begun["url"].as_str().unwrap()).unwrap();
    assert_eq!(totp.secret().to_base32(), secret);
    let mut device = Device { totp, secret, recovery_codes: Vec::new() };
    let done = person.does("confirmTotp", json!({ "code": device.code(app) })).await;
    device.recovery_codes = serde_json::from_value(done["recoveryCodes"].clone()).unwrap();
    device
}

fn credentials(username: &str, code: Option<&str>) -> Value {
    json!({ "username": username, "password": PASSWORD, "totp": code })
}

/// Signs in with a code, or the reason why not.
async fn enters(app: &TestApp, username: &str, code: Option<&str>) -> Result<Person, String> {
    let input = json!({ "input": credentials(username, code) });
    let (_, answer) = app.anybody().sends(&operation("signIn"), input).await;
    match answer["data"]["signIn"]["accessToken"].as_str() {
        Some(token) => Ok(app.bearer(token)),
        None => {
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer}");
            Err(answer["errors"][0]["extensions"]["reason"].as_str().unwrap().to_owned())
        }
    }
}

async fn refused(app: &TestApp, username: &str, code: Option<&str>, reason: &str) {
    assert_eq!(enters(app, username, code).await.err().as_deref(), Some(reason), "{code:?}");
}

async fn is_let_in(person: &Person) -> bool {
    person.sends("{ viewer { user { id } } }", json!({})).await.1["data"]["viewer"]["user"]["id"].is_string()
}

fn in_a_step(app: &TestApp) {
    app.machine_runs(TimeDelta::seconds(30));
}

#[tokio::test]
async fn a_code_is_asked_for_once_it_is_enrolled_and_is_good_once() {
    let app = TestApp::new().await;
    let (here, there) = (app.person("aurora").await, app.person("aurora").await);
    here.may_not("confirmTotp", json!({ "code": "123456" }), "NOT_NOW").await;
    let refusal = here.fails("enrolTotp", json!({ "password": "Wrong-2026" })).await;
    assert_eq!(refusal.fields, ["password: password_wrong"]);
    app.anybody().may_not("enrolTotp", json!({ "password": PASSWORD }), "UNAUTHENTICATED").await;

    let begun = here.does("enrolTotp", json!({ "password": PASSWORD })).await;
    let url = begun["url"].as_str().unwrap();
    assert!(url.starts_with("otpauth://totp/") && url.contains(":aurora?") && url.contains("issuer="), "{url}");
    // Not yet in force: signing in takes no code.
    enters(&app, "aurora", None).await.unwrap();
    let device = enrol(&app, &here, None).await;
    assert_ne!(begun["secret"], device.secret.as_str());
    let mut codes = device.recovery_codes.clone();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 10);
    assert!(is_let_in(&here).await && !is_let_in(&there).await, "the other sessions have ended");
    assert_eq!(
        here.reads("viewer", json!({})).await["totp"],
        json!({ "enrolled": true, "required": false, "recoveryCodesLeft": 10 })
    );

    refused(&app, "aurora", None, "totp_needed").await;
    refused(&app, "aurora", Some(""), "totp_needed").await;
    // Who knows the password and forgets the code is asked for it, as often as it takes.
    for _ in 0..6 {
        refused(&app, "aurora", None, "totp_needed").await;
    }
    // The code that confirmed has been used.
    refused(&app, "aurora", Some(&device.code(&app)), "wrong_totp").await;
    in_a_step(&app);
    let code = device.code(&app);
    enters(&app, "aurora", Some(&format!(" {} {}", &code[..3], &code[3..]))).await.unwrap();
    refused(&app, "aurora", Some(&code), "wrong_totp").await;
    in_a_step(&app);
    refused(&app, "aurora", Some(&code), "wrong_totp").await;
    // A clock that is a step behind does no harm, two steps do.
    let late = device.code(&app);
    in_a_step(&app);
    enters(&app, "aurora", Some(&late)).await.unwrap();
    let later = device.code(&app);
    app.machine_runs(TimeDelta::seconds(60));
    refused(&app, "aurora", Some(&later), "wrong_totp").await;
    // An unknown name and a wrong password are told alike, with and without a code.
    let (code, unknown) = (device.code(&app), "wrong_credentials");
    refused(&app, "nobody", Some(&code), unknown).await;
    let wrong = json!({ "username": "aurora", "password": "Wrong-2026", "totp": code });
    assert_eq!(
        app.anybody().fails("signIn", wrong).await,
        app.anybody().fails("signIn", json!({ "username": "nobody", "password": "Wrong-2026" })).await
    );
    // Others are asked for nothing.
    app.person("beacon").await;
}

#[tokio::test]
async fn of_those_who_show_one_code_at_once_one_is_let_in() {
    let app = TestApp::new().await;
    let device = enrol(&app, &app.person("aurora").await, None).await;
    for round in 0..3 {
        app.machine_runs(TimeDelta::minutes(1));
        let (code, recovery) = (device.code(&app), &device.recovery_codes[round]);
        for shown in [&code, recovery] {
            let all = join_all((0..4).map(|_| enters(&app, "aurora", Some(shown)))).await;
            assert_eq!(all.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{shown}");
            app.machine_runs(TimeDelta::minutes(16));
        }
    }
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_a_lost_device_once() {
    let app = TestApp::new().await;
    let person = app.person("aurora").await;
    let old = enrol(&app, &person, None).await;
    in_a_step(&app);
    let spoken = old.recovery_codes[0].to_uppercase().replace('-', " ");
    let entered = enters(&app, "aurora", Some(&spoken)).await.unwrap();
    refused(&app, "aurora", Some(&old.recovery_codes[0]), "wrong_totp").await;
    refused(&app, "aurora", Some("0000-0000-0000-0000"), "wrong_totp").await;
    assert_eq!(entered.reads("viewer", json!({})).await["totp"]["recoveryCodesLeft"], 9);

    // A new device: not without a code of the old one, or a recovery code.
    for (shown, fault) in [(None, "totp: required"), (Some(old.wrong(&app)), "totp: totp_wrong")] {
        let refusal = entered.fails("enrolTotp", json!({ "password": PASSWORD, "totp": shown })).await;
        assert_eq!(refusal.fields, [fault]);
    }
    let new = enrol(&app, &entered, Some(&old.recovery_codes[1])).await;
    assert!(!is_let_in(&person).await);
    in_a_step(&app);
    refused(&app, "aurora", Some(&old.code(&app)), "wrong_totp").await;
    refused(&app, "aurora", Some(&old.recovery_codes[2]), "wrong_totp").await;
    enters(&app, "aurora", Some(&new.code(&app))).await.unwrap();
}

#[tokio::test]
async fn guessing_at_codes_locks_like_guessing_at_passwords() {
    let app = TestApp::new().await;
    let person = app.person("aurora").await;
    let device = enrol(&app, &person, None).await;
    in_a_step(&app);
    for _ in 0..5 {
        refused(&app, "aurora", Some(&device.wrong(&app)), "wrong_totp").await;
    }
    refused(&app, "aurora", Some(&device.code(&app)), "wrong_credentials").await;
    app.machine_runs(TimeDelta::minutes(16));
    let person = enters(&app, "aurora", Some(&device.code(&app))).await.unwrap();

    in_a_step(&app);
    let present = device.code(&app);
    let begun = person.does("enrolTotp", json!({ "password": PASSWORD, "totp": present })).await;
    let next = Totp::from_url(begun["url"].as_str().unwrap()).unwrap();
    let next = Device { totp: next, secret: String::new(), recovery_codes: Vec::new() };
    for code in std::iter::repeat_n(next.wrong(&app), 5).chain([next.code(&app)]) {
        let refusal = person.fails("confirmTotp", json!({ "code": code })).await;
        assert_eq!(refusal.fields, ["code: totp_wrong"]);
    }
    app.machine_runs(TimeDelta::minutes(16));
    let person = enters(&app, "aurora", Some(&device.code(&app))).await.unwrap();
    person.does("confirmTotp", json!({ "code": next.code(&app) })).await;
}

#[tokio::test]
async fn outside_a_rehearsal_the_staff_and_the_judges_do_nothing_without_it() {
    let app = TestApp::new().await.for_real();
    for name in ["organizer", "urban", "judge1", "supervisor", "sysadmin", "secadmin", "auditor"] {
        let person = app.person(name).await;
        let viewer = person.reads("viewer", json!({})).await;
        assert_eq!(viewer["totp"], json!({ "enrolled": false, "required": true, "recoveryCodesLeft": 0 }), "{name}");
        assert_eq!(viewer["user"]["username"], name);
        let suspend = json!({ "userId": viewer["user"]["id"], "reason": "x" });
        let change = json!({ "currentPassword": PASSWORD, "newPassword": "Another-2026" });
        for (mutation, input) in
            [("draftChallenge", challenge_input()), ("suspendUser", suspend), ("changePassword", change)]
        {
            let (_, answer) = person.sends(&operation(mutation), json!({ "input": input })).await;
            let extensions = &answer["errors"][0]["extensions"];
            assert_eq!((&extensions["code"], &extensions["reason"]), (&json!("FORBIDDEN"), &json!("enrol_totp_first")));
        }
        person.fails_to_read("verifyEvents", json!({})).await;
        // Reading shows what anybody sees.
        let challenges = operation("challenges");
        assert_eq!(person.asks(&challenges, json!({})).await, app.anybody().asks(&challenges, json!({})).await);
        let device = enrol(&app, &person, None).await;
        // The same session is whole now, and the next one takes a code.
        let (_, answer) = person.sends(&operation("draftChallenge"), json!({ "input": challenge_input() })).await;
        assert_ne!(answer["errors"][0]["extensions"]["reason"], "enrol_totp_first", "{name}");
        refused(&app, name, None, "totp_needed").await;
        in_a_step(&app);
        enters(&app, name, Some(&device.code(&app))).await.unwrap();
    }
    let aurora = app.person("aurora").await;
    assert_eq!(aurora.reads("viewer", json!({})).await["totp"]["required"], false);
    // Who only begins may leave again.
    let organizer = app.person("organizer2").await;
    organizer.does("signOut", json!({})).await;
    assert!(!is_let_in(&organizer).await);
}

#[tokio::test]
async fn the_security_administrator_gives_back_what_was_lost() {
    let app = TestApp::new().await;
    let aurora = app.person("aurora").await;
    let user = aurora.reads("viewer", json!({})).await["user"]["id"].clone();
    let reset = |reason: &str| json!({ "userId": user, "reason": reason });
    let secadmin = app.person("secadmin").await;
    secadmin.may_not("resetTotp", reset("手机遗失"), "NOT_NOW").await;
    let device = enrol(&app, &aurora, None).await;
    for (other, code) in
        [("organizer", "FORBIDDEN"), ("sysadmin", "FORBIDDEN"), ("auditor", "FORBIDDEN"), ("beacon", "NOT_FOUND")]
    {
        app.person(other).await.may_not("resetTotp", reset("x"), code).await;
    }
    assert_eq!(secadmin.fails("resetTotp", reset(" ")).await.fields, ["reason: required"]);
    let own = secadmin.reads("viewer", json!({})).await["user"]["id"].clone();
    secadmin.may_not("resetTotp", json!({ "userId": own, "reason": "x" }), "FORBIDDEN").await;
    let mut keyed = reset("手机遗失");
    keyed["idempotencyKey"] = json!("lost");
    for _ in 0..2 {
        assert_eq!(secadmin.does("resetTotp", keyed.clone()).await["endedSessions"], 1);
    }
    assert!(!is_let_in(&aurora).await, "all sessions have ended");
    let aurora = enters(&app, "aurora", None).await.unwrap();
    assert_eq!(aurora.reads("viewer", json!({})).await["totp"]["recoveryCodesLeft"], 0);

    // All of it is on the log, and no secret anywhere.
    let events = aurora.reads("events", json!({ "subject": user, "first": 100 })).await;
    let kinds: Vec<_> =
        events["nodes"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    for kind in ["account.totp_enrolled", "account.totp_reset"] {
        assert_eq!(kinds.iter().filter(|other| **other == kind).count(), 1, "{kinds:?}");
    }
    assert!(events.to_string().contains("手机遗失"));
    if let Some(bytes) = app.bytes_on_disk() {
        let held = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(held(b"account.totp_enrolled"));
        assert!(!held(device.secret.as_bytes()) && !held(device.totp.secret().as_bytes()));
        for code in &device.recovery_codes {
            assert!(!held(code.as_bytes()) && !held(code.replace('-', "").as_bytes()));
        }
    }
}

#[tokio::test]
async fn a_wrapped_secret_is_worth_nothing_on_another_account() {
    let app = TestApp::new().await;
    let device = enrol(&app, &app.person("aurora").await, None).await;
    enrol(&app, &app.person("beacon").await, None).await;
    app.tamper("update users set totp_secret = (select totp_secret from users where username = 'aurora') where username = 'beacon'")
        .await;
    in_a_step(&app);
    let (_, answer) = app
        .anybody()
        .sends(&operation("signIn"), json!({ "input": credentials("beacon", Some(&device.code(&app))) }))
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    enters(&app, "aurora", Some(&device.code(&app))).await.unwrap();
}
