//! From a department's draft to an open challenge with sealed bids.

use serde_json::json;
use support::{Competition, TestApp, challenge_input};

#[tokio::test]
async fn a_scenario_is_drafted_and_published() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["status"], "PUBLISHED");
    assert_eq!(seen["title"], challenge_input()["title"]);
    competition.bid(&app, "aurora", 100).await;
}
