//! A rehearsal's clock: moved by organizers, stored before it moves, shared by all servers on one database.

use chrono::{DateTime, Utc};
use serde_json::json;
use support::{Competition, DEADLINE, TestApp};

#[tokio::test]
async fn that_the_clock_was_set_is_told_before_what_fell_due_by_it() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let before = app.now();
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    let organizer = app.person("organizer").await;
    let mut after = None::<String>;
    let mut told = Vec::new();
    loop {
        let page = organizer.reads("events", json!({ "first": 100, "after": after })).await;
        told.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].as_str().map(str::to_owned);
    }
    let place = |kind: &str, subject: Option<&str>| {
        told.iter().rposition(|event| event["kind"] == kind && subject.is_none_or(|id| event["subject"] == id)).unwrap()
    };
    let (set, closed) = (place("rehearsal.clock_set", None), place("challenge.closed", Some(&competition.challenge)));
    assert!(set < closed);
    let at = |place: usize| told[place]["at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert_eq!((at(set), at(closed)), (before, DEADLINE.parse().unwrap()));
}

#[tokio::test]
async fn a_clock_that_could_not_be_stored_does_not_move() {
    let app = TestApp::new().await;
    let organizer = app.person("organizer").await;
    let before = app.now();
    app.tamper("alter table events rename to lost").await;
    organizer.may_not("setClock", json!({ "now": "2026-04-20T09:00:00+08:00" }), "INTERNAL").await;
    assert_eq!(app.now(), before);
}

#[tokio::test]
async fn two_servers_on_one_rehearsal_follow_the_further_clock() {
    let app = TestApp::new().await;
    let other = app.beside().await;
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    let back = json!({ "now": "2026-03-20T09:00:00+08:00" });
    let refusal = other.person("organizer").await.fails("setClock", back).await;
    assert_eq!(refusal.fields, ["now: backward_clock"]);
    other.keeps_its_clock().await;
    assert_eq!(other.now(), app.now());
    other.set_clock("2026-04-21T09:00:00+08:00").await;
    app.keeps_its_clock().await;
    assert_eq!(app.now(), other.now());
}
