//! What the page `schema/access.txt` says of protected fields is what the door does: SQL narrows what policy decides.

use std::collections::HashMap;

use serde_json::{Value, json};
use support::{Competition, Person, TestApp};

/// The page: by the beginning of a row's head, by kind of person, the letter in each state.
struct Page(HashMap<String, HashMap<String, Vec<String>>>, Vec<String>);

impl Page {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/access.txt");
        let text = std::fs::read_to_string(path).unwrap();
        let states = text.lines().filter_map(|line| line.strip_prefix("  ")?.trim().split_once(' '));
        let states = states.filter(|(number, _)| number.parse::<usize>().is_ok()).map(|(_, state)| state.to_owned());
        let mut rows: HashMap<String, HashMap<String, Vec<String>>> = HashMap::new();
        let mut head = String::new();
        for line in text.lines() {
            match line.strip_prefix("  ") {
                Some(line) if !head.is_empty() => {
                    let cells: Vec<_> = line.split_whitespace().rev().take(18).map(str::to_owned).collect();
                    let name = line.get(..line.len().saturating_sub(18 * 2 - 1)).unwrap_or_default().trim();
                    let row = rows.entry(head.clone()).or_default();
                    row.insert(name.to_owned(), cells.into_iter().rev().collect());
                }
                Some(_) => {}
                None => head = line.to_owned(),
            }
        }
        Self(rows, states.collect())
    }

    fn says(&self, head: &str, person: &str, state: &str) -> bool {
        let mut rows = self.0.iter().filter(|(row, _)| row.starts_with(head));
        let (Some((_, row)), None) = (rows.next(), rows.next()) else { panic!("not one row begins with {head}") };
        let place = self.1.iter().position(|known| known == state).unwrap();
        match row.get(person).unwrap_or_else(|| panic!("no {person}"))[place].as_str() {
            "Y" => true,
            "." => false,
            other => panic!("{head}, {person}, {state}: {other}"),
        }
    }
}

const ASK: &str = "query($challenge: ID!, $bid: ID!) {
    challenge(id: $challenge) {
        status bids { nodes { id } } bidCount notice { id }
        ranking { nodes { bid { id } } }
        panel { id statistics { ratings } draw { seed }
            judges { user { id } sheetsTotal recused } }
    }
    bid: node(id: $bid) { ... on Bid {
        status receipt { salt } solution { title } formalCheck { passed } sheets { judge { id } }
    } }
}";

/// What is told of each row, as far as this answer shows it.
fn told(answer: &Value, bid: &str, true_status: &str) -> Vec<(&'static str, bool)> {
    let (challenge, of) = (&answer["challenge"], &answer["bid"]);
    let panel = &challenge["panel"];
    let ranked = challenge["ranking"]["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let sheets = of["sheets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let judge = &panel["judges"][0];
    let some = |value: &Value| !value.is_null();
    vec![
        ("Challenge.bids", some(&challenge["bids"])),
        ("Challenge.bidCount", some(&challenge["bidCount"])),
        ("Bid.id, ", some(of)),
        ("Bid.status (as it is", of["status"] == true_status),
        ("Bid.draft, Bid.receipt", some(&of["receipt"]["salt"])),
        ("Bid.solution", some(&of["solution"])),
        ("Bid.formalCheck", some(&of["formalCheck"])),
        ("Challenge.panel", some(panel)),
        ("PanelDraw.seed", some(&panel["draw"]["seed"])),
        ("Panel.judges", some(&judge["user"])),
        ("PanelJudge.sheetsSubmitted", some(&judge["sheetsTotal"])),
        ("PanelJudge.recused", some(&judge["recused"])),
        ("Panel.statistics", some(&panel["statistics"])),
        ("Challenge.ranking, Bid.sheets (of every bid)", ranked.len() == 3),
        ("Challenge.ranking, Bid.sheets (of the own bid", ranked.iter().any(|line| line["bid"]["id"] == bid)),
        ("Challenge.notice", some(&challenge["notice"])),
    ]
    .into_iter()
    // Who wrote a sheet is told only of sheets that are shown.
    .chain((sheets.len() > 1).then(|| ("ScoreSheet.judge", sheets.iter().any(|sheet| some(&sheet["judge"])))))
    .collect()
}

/// Everybody's answer in one state, against the page.
async fn holds(app: &TestApp, competition: &Competition, judge: Option<&str>, state: &str, bid_state: &str) {
    let page = Page::read();
    let people = [
        ("anybody, suspended people too", ""),
        ("demander, the author", "urban"),
        ("demander of another department", "market"),
        ("organizer", "organizer3"),
        ("bidder, the bid's own", "aurora"),
        ("bidder, a rival", "beacon"),
        ("bidder without a bid", "delta"),
        ("judge, declared", judge.unwrap_or_default()),
        ("supervisor", "supervisor"),
        ("system administrator", "sysadmin"),
        ("audit administrator", "auditor"),
    ];
    let (_, bid) = &competition.bids[0];
    for (kind, username) in people.into_iter().filter(|(kind, name)| !name.is_empty() || kind.starts_with("anybody")) {
        let person: Person = if username.is_empty() { app.anybody() } else { app.person(username).await };
        let answer = person.asks(ASK, json!({ "challenge": competition.challenge, "bid": bid })).await;
        assert_eq!(answer["challenge"]["status"], state);
        for (head, told) in told(&answer, bid, bid_state) {
            assert_eq!(told, page.says(head, kind, state), "{head}, {kind}, {state}: {answer:#}");
        }
    }
}

#[tokio::test]
async fn sealed_bids_are_told_as_the_page_says() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    holds(&app, &competition, None, "PUBLISHED", "SUBMITTED").await;
}

#[tokio::test]
async fn a_review_is_told_as_the_page_says() {
    let app = TestApp::new().await;
    let competition = Competition::scored(&app).await;
    let judges = competition.judges(&app).await;
    let judge = judges.first().map(String::as_str);
    holds(&app, &competition, judge, "REVIEWING", "FORMAL_PASSED").await;
    let id = json!({ "challengeId": competition.challenge });
    app.person("organizer").await.does("closeReview", id.clone()).await;
    holds(&app, &competition, judge, "NEGOTIATING", "SHORTLISTED").await;
    let winner = json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[0].1] });
    app.person("organizer").await.does("publishNotice", winner).await;
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    holds(&app, &competition, judge, "PUBLICITY", "PROPOSED_WINNER").await;
    app.person("organizer").await.does("awardChallenge", id).await;
    holds(&app, &competition, judge, "AWARDED", "WON").await;
}
