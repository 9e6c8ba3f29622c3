//! Sessions, tokens and locks, on a database.

use chrono::TimeDelta;

use super::*;
use crate::access::Viewer;
use crate::base::error::FaultCode;
use crate::base::words::{JudgeKind, Role};
use crate::base::{Error, Reason};
use crate::testing;
use crate::{App, accounts};

const START: &str = "2026-03-02T01:00:00Z";
const PASSWORD: &str = "Rehearsal-2026";

async fn account(app: &App, username: &str, role: Role) -> crate::base::id::UserId {
    let new = CreateAccount {
        username: username.into(),
        password: PASSWORD.into(),
        name: username.into(),
        roles: vec![role],
        judge_kind: (role == Role::Judge).then_some(JudgeKind::Technical),
        organization_id: None,
        idempotency_key: None,
    };
    create_account_as_operator(app, new).await.unwrap().user
}

async fn enter(app: &App, username: &str, password: &str) -> crate::base::Result<SignedIn> {
    let new = SignIn {
        username: username.into(),
        password: password.into(),
        totp: None,
        user_agent: Some("test".into()),
        address: None,
    };
    sign_in(app, new).await
}

async fn viewer(app: &App, signed_in: &SignedIn) -> Viewer {
    Viewer::Person(authenticate(app, &signed_in.access_token).await.unwrap())
}

fn renew(app: &App, token: &str) -> impl Future<Output = crate::base::Result<SignedIn>> {
    refresh_session(app, RefreshSession { refresh_token: token.into() })
}

fn ended<T>(outcome: &crate::base::Result<T>) -> bool {
    matches!(outcome, Err(Error::SignIn(Reason::SessionEnded | Reason::RefreshRefused)))
}

#[tokio::test]
async fn tokens_run_out() {
    let (app, _folder) = testing::app(START).await;
    account(&app, "organizer", Role::Organizer).await;
    let first = enter(&app, " Organizer ", PASSWORD).await.unwrap();
    let actor = authenticate(&app, &first.access_token).await.unwrap();
    assert_eq!((actor.user, actor.session, actor.roles()), (first.user, Some(first.session), &[Role::Organizer][..]));
    for forged in ["", "a.b.c", first.access_token.trim_end_matches(|c: char| c != '.')] {
        assert!(ended(&authenticate(&app, forged).await), "{forged}");
    }
    assert!(app.clock.advance_machine(TimeDelta::minutes(5)));
    assert!(ended(&authenticate(&app, &first.access_token).await));
    let second = renew(&app, &first.refresh_token).await.unwrap();
    authenticate(&app, &second.access_token).await.unwrap();
    assert!(app.clock.advance_machine(IDLE));
    assert!(ended(&renew(&app, &second.refresh_token).await));
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_family() {
    let (app, _folder) = testing::app(START).await;
    account(&app, "organizer", Role::Organizer).await;
    let first = enter(&app, "organizer", PASSWORD).await.unwrap();
    let all = futures_util::future::join_all((0..20).map(|_| renew(&app, &first.refresh_token))).await;
    let won: Vec<_> = all.into_iter().filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1);
    assert!(ended(&renew(&app, &won[0].refresh_token).await));
    assert!(ended(&authenticate(&app, &won[0].access_token).await));
}

#[tokio::test]
async fn five_failures_lock_even_the_right_password() {
    let (app, _folder) = testing::app(START).await;
    account(&app, "organizer", Role::Organizer).await;
    let wrong =
        |outcome: &crate::base::Result<SignedIn>| matches!(outcome, Err(Error::SignIn(Reason::WrongCredentials)));
    for name in ["organizer", "nobody"] {
        let all = futures_util::future::join_all((0..5).map(|_| enter(&app, name, "Wrong-password-1"))).await;
        assert!(all.iter().all(wrong));
    }
    assert!(wrong(&enter(&app, "ORGANIZER", PASSWORD).await));
    assert!(app.clock.advance_machine(TimeDelta::minutes(15)));
    enter(&app, "organizer", PASSWORD).await.unwrap();
    for _ in 0..2 {
        for _ in 0..4 {
            assert!(wrong(&enter(&app, "organizer", "Wrong-password-1").await));
        }
        enter(&app, "organizer", PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn passwords_change_and_other_sessions_end() {
    let (app, _folder) = testing::app(START).await;
    account(&app, "organizer", Role::Organizer).await;
    let (here, there) =
        (enter(&app, "organizer", PASSWORD).await.unwrap(), enter(&app, "organizer", PASSWORD).await.unwrap());
    let me = viewer(&app, &here).await;
    let fault = |outcome: crate::base::Result<PasswordChanged>| match outcome {
        Err(Error::Invalid(faults)) => faults.first().map(|fault| (fault.path.clone(), fault.code)),
        _ => None,
    };
    let change =
        |current: &str, new: &str| ChangePassword { current_password: current.into(), new_password: new.into() };
    let outcome = change_password(&app, &me, change("Wrong-password-1", "Another-2026")).await;
    assert_eq!(fault(outcome), Some(("currentPassword".into(), FaultCode::PasswordWrong)));
    let passwords: Vec<String> = (0..6).map(|n| format!("Rehearsal-202{}", n + 6)).collect();
    for pair in passwords[..5].windows(2) {
        assert_eq!(
            change_password(&app, &me, change(&pair[0], &pair[1])).await.map(|_| ()).map_err(|e| e.to_string()),
            Ok(())
        );
    }
    let outcome = change_password(&app, &me, change(&passwords[4], &passwords[0])).await;
    assert_eq!(fault(outcome), Some(("newPassword".into(), FaultCode::PasswordReused)));
    change_password(&app, &me, change(&passwords[4], &passwords[5])).await.unwrap();
    change_password(&app, &me, change(&passwords[5], &passwords[0])).await.unwrap();
    authenticate(&app, &here.access_token).await.unwrap();
    assert!(ended(&authenticate(&app, &there.access_token).await));
    let listed = accounts::read::sessions(app.db.read(), &me, app.clock.machine_now()).await.unwrap();
    assert_eq!(listed.iter().map(|session| (session.id, session.current)).collect::<Vec<_>>(), [(here.session, true)]);
}

#[tokio::test]
async fn the_suspended_lose_access_at_once() {
    let (app, _folder) = testing::app(START).await;
    let organizer = account(&app, "organizer", Role::Organizer).await;
    account(&app, "secadmin", Role::SecurityAdmin).await;
    let (theirs, mine) =
        (enter(&app, "organizer", PASSWORD).await.unwrap(), enter(&app, "secadmin", PASSWORD).await.unwrap());
    let me = viewer(&app, &mine).await;
    let suspend = |user: crate::base::id::UserId| SuspendUser {
        user_id: user.to_string(),
        reason: "调查".into(),
        idempotency_key: None,
    };
    assert!(matches!(suspend_user(&app, &me, suspend(mine.user)).await, Err(Error::NotYours(Reason::OwnAccount))));
    suspend_user(&app, &me, suspend(organizer)).await.unwrap();
    assert!(matches!(suspend_user(&app, &me, suspend(organizer)).await, Err(Error::NotNow(_))));
    assert!(ended(&authenticate(&app, &theirs.access_token).await));
    assert!(ended(&renew(&app, &theirs.refresh_token).await));
    assert!(enter(&app, "organizer", PASSWORD).await.is_err());
    let reinstate = ReinstateUser { user_id: organizer.to_string(), reason: "了结".into(), idempotency_key: None };
    reinstate_user(&app, &me, reinstate).await.unwrap();
    assert!(ended(&authenticate(&app, &theirs.access_token).await));
    enter(&app, "organizer", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn an_enterprise_registers_once() {
    let (app, _folder) = testing::app(START).await;
    let new = |uscc: &str, key: Option<&str>| RegisterEnterprise {
        name: "极光智能".into(),
        uscc: uscc.into(),
        username: "aurora".into(),
        password: PASSWORD.into(),
        contact_name: "".into(),
        address: None,
        idempotency_key: key.map(str::to_owned),
    };
    let Err(Error::Invalid(faults)) = register_enterprise(&app, new("11000000000000019Q", None)).await else {
        panic!("not refused");
    };
    let faults: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.code)).collect();
    assert_eq!(faults, [("uscc", FaultCode::UsccKind), ("contactName", FaultCode::Required)]);
    let good = |key| RegisterEnterprise { contact_name: "王".into(), ..new("91000000MA00000157", key) };
    let first = register_enterprise(&app, good(Some("one"))).await.unwrap();
    let again = register_enterprise(&app, good(Some("one"))).await.unwrap();
    assert_eq!(first.organization, again.organization);
    assert!(matches!(register_enterprise(&app, good(None)).await, Err(Error::Conflict(Reason::TaxCodeTaken))));
    let known =
        crate::organizations::read::by_ids(app.db.read(), &Viewer::Anybody, &[first.organization]).await.unwrap();
    assert_eq!(known, []);
    let entered = enter(&app, "aurora", PASSWORD).await.unwrap();
    let me = viewer(&app, &entered).await;
    let known = crate::organizations::read::by_ids(app.db.read(), &me, &[first.organization]).await.unwrap();
    assert_eq!(known.len(), 1);
}
