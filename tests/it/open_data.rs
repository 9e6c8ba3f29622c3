//! Open data: what is public of a challenge as OCDS releases, held against the published schema, step by step; and that nothing
//! shows in it before its time.

mod made_up;

use poem::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use support::{Competition, Person, TestApp};

use made_up::{is_valid, people};

async fn got(app: &TestApp, path: &str) -> (StatusCode, HeaderMap, String) {
    let answer = app.door().get(path).send().await.0;
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.into_body().into_string().await.unwrap())
}

fn path(challenge: &str) -> String {
    format!("/open-data/ocds/ocds-abc123-{challenge}")
}

/// The package of a challenge as it was handed out, found valid.
async fn package(app: &TestApp, challenge: &str) -> String {
    let (status, headers, text) = got(app, &path(challenge)).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(headers["cache-control"], "public, max-age=60");
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    is_valid(&serde_json::from_str(&text).unwrap());
    text
}

async fn releases(app: &TestApp, challenge: &str) -> Vec<Value> {
    let package: Value = serde_json::from_str(&package(app, challenge).await).unwrap();
    package["releases"].as_array().unwrap().clone()
}

/// The releases alone, byte for byte.
fn inner(package: &str) -> &str {
    package.split_once(r#""releases":["#).unwrap().1.strip_suffix("]}").unwrap()
}

fn tags(release: &Value) -> Vec<&str> {
    release["tag"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect()
}

fn last(releases: &[Value]) -> &Value {
    releases.last().unwrap()
}

/// The name and the code of the organization that somebody acts for.
async fn organization(app: &TestApp, who: &str) -> [String; 2] {
    let viewer = app.person(who).await.asks("{ viewer { organization { name uscc } } }", json!({})).await;
    ["name", "uscc"].map(|field| viewer["viewer"]["organization"][field].as_str().unwrap().to_owned())
}

/// What is looked for in everything that is handed out, step by step.
struct Watch<'a> {
    app: &'a TestApp,
    challenge: String,
    before: String,
    steps: usize,
}

impl Watch<'_> {
    /// What was there before still begins what there is, and nothing of this is in it.
    async fn grows(&mut self, by: usize, never: &[String]) -> Vec<Value> {
        let text = package(self.app, &self.challenge).await;
        assert!(inner(&text).starts_with(inner(&self.before)), "{}\n{text}", self.before);
        for word in never {
            assert!(!text.contains(word.as_str()), "{word} shows in\n{text}");
        }
        self.before = text;
        let releases = releases(self.app, &self.challenge).await;
        assert_eq!(releases.len(), self.steps + by);
        self.steps += by;
        releases
    }
}

#[tokio::test]
async fn a_challenge_is_released_step_by_step_and_nothing_shows_before_its_time() {
    let app = TestApp::new().await;
    let drafted = Competition::approved(&app).await;
    assert_eq!(got(&app, &path(&drafted.challenge)).await.0, StatusCode::NOT_FOUND);
    let mut competition = Competition::published(&app).await;
    let challenge = competition.challenge.clone();
    let organizer = app.person("organizer").await;
    let department = organization(&app, "urban").await;
    let mut never: Vec<String> =
        ["沈望舒", "0371-00000000", "市政设施科", "Q-PLANTED", "usr_"].map(str::to_owned).into();
    // Members of the panel and whoever acts, by the names that the rehearsal gives them.
    never.extend(people());
    let losers = [organization(&app, "beacon").await, organization(&app, "cedar").await].concat();
    let winner = organization(&app, "aurora").await;
    let hidden = |beside: &[&str]| {
        let beside = beside.iter().map(|word| (*word).to_owned());
        never.iter().chain(&losers).chain(&winner).cloned().chain(beside).collect::<Vec<_>>()
    };
    let mut watch =
        Watch { app: &app, challenge: challenge.clone(), before: package(&app, &challenge).await, steps: 0 };

    let tender = watch.grows(1, &hidden(&["numberOfTenderers", "bid_"])).await.remove(0);
    assert_eq!(tags(&tender), ["planning", "tender"]);
    assert_eq!(tender["ocid"], format!("ocds-abc123-{challenge}"));
    assert_eq!(
        (&tender["tender"]["status"], &tender["tender"]["procurementMethod"]),
        (&json!("active"), &json!("open"))
    );
    assert_eq!(tender["tender"]["value"], json!({ "amount": 2_000_000, "currency": "CNY" }));
    assert_eq!(tender["planning"]["budget"]["description"], "财政 800000 元；发榜方 600000 元；揭榜方自筹 600000 元");
    assert_eq!(tender["tender"]["procurementMethodDetails"], "揭榜挂帅 · 实验场试用");
    assert_eq!(tender["tender"]["tenderPeriod"]["endDate"], "2026-04-01T09:00:00.000Z");
    assert_eq!(tender["parties"][0]["identifier"]["legalName"], department[0]);
    assert_eq!(tender["parties"][0]["identifier"]["id"], department[1]);
    assert_eq!(tender["parties"][0]["roles"], json!(["buyer", "procuringEntity"]));
    assert_eq!(tender["tender"]["milestones"][1]["title"], "预报提前量");
    assert!(tender["tender"]["awardCriteriaDetails"].as_str().unwrap().starts_with("技术方案 50%，不低于 60 分"));

    // What is asked says nothing that the standard could say; what is offered and amended does.
    let ask = json!({ "challengeId": challenge, "text": "Q-PLANTED 雨量数据的时间分辨率？" });
    let question = app.person("beacon").await.does("askQuestion", ask).await["question"]["id"].clone();
    organizer.does("answerQuestion", json!({ "questionId": question, "answer": "Q-PLANTED 每分钟" })).await;
    watch.grows(0, &hidden(&["numberOfTenderers", "bid_"])).await;
    let offer = json!({ "challengeId": challenge, "kind": "SITE_VISIT", "description": "看现场",
        "whereabouts": "隧道口", "takesPlaceAt": "2026-03-10T01:00:00Z" });
    organizer.does("offerAccess", offer).await;
    let offered = watch.grows(1, &hidden(&["numberOfTenderers", "bid_"])).await;
    assert_eq!(last(&offered)["tender"]["milestones"][0]["type"], "engagement");
    let amend = json!({ "challengeId": challenge, "summary": "预算与指标", "material": true, "changes": {
        "budget": { "total": 200_000_001i64, "fiscal": 80_000_001i64, "demander": 60_000_000i64, "bidder": 60_000_000i64 },
        "durationMonths": 8,
    } });
    organizer.does("amendChallenge", amend).await;
    let amended = watch.grows(1, &hidden(&["numberOfTenderers", "bid_"])).await;
    let amended = last(&amended);
    assert_eq!(tags(amended), ["tenderAmendment", "planningUpdate"]);
    assert_eq!(amended["tender"]["value"]["amount"].to_string(), "2000000.01");
    assert_eq!(amended["tender"]["amendments"][0]["rationale"], "预算与指标");
    assert_eq!(amended["tender"]["amendments"][0]["amendsReleaseID"], tender["id"]);
    assert_eq!(amended["planning"]["rationale"], tender["planning"]["rationale"]);

    for (bidder, funding) in [("aurora", 151_234_567), ("beacon", 141_234_567), ("cedar", 131_234_567)] {
        competition.bid(&app, bidder, funding).await;
    }
    watch.grows(0, &hidden(&["numberOfTenderers", "bid_"])).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    app.person("organizer").await.does("openBids", competition.opening()).await;
    watch.grows(0, &hidden(&["numberOfTenderers", "bid_"])).await;
    app.person("organizer2").await.does("openBids", competition.opening()).await;
    let opened = watch.grows(1, &hidden(&["bid_", "suppliers"])).await;
    assert_eq!(last(&opened)["tender"]["numberOfTenderers"], 3);
    let (competition, judges) = competition.checks(&app).await.draws(&app).await;
    let competition = competition.declares(&app).await.0.scores(&app, &judges).await.ranks(&app).await;
    watch.grows(0, &hidden(&["bid_", "suppliers"])).await;

    // From the notice on the winner, and nobody else; never what it asked for.
    let (competition, notice) = competition.notices(&app).await;
    let funding = ["1512345.67", "151234567", "1412345", "1312345"].map(str::to_owned);
    let lost: Vec<String> = competition.bids[1..].iter().map(|(_, bid)| bid.clone()).collect();
    let hidden: Vec<String> = never.iter().chain(&losers).chain(&lost).chain(&funding).cloned().collect();
    let noticed = watch.grows(1, &hidden).await;
    let award = &last(&noticed)["awards"][0];
    assert_eq!((tags(last(&noticed)), &award["status"]), (vec!["award"], &json!("pending")));
    assert_eq!(award["suppliers"][0]["name"], winner[0]);
    assert_eq!(last(&noticed)["parties"][1]["identifier"]["id"], winner[1]);
    assert_eq!(last(&noticed)["parties"][1]["roles"], json!(["tenderer", "supplier"]));
    assert_eq!(award["documents"][0]["url"], format!("https://jiebang.test/notices/{notice}"));
    // An objection that is dismissed changes nothing.
    let object = json!({ "noticeId": notice, "grounds": "Q-PLANTED 业绩材料存疑" });
    let objection = app.person("beacon").await.does("raiseObjection", object).await["objection"]["id"].clone();
    let ruling = json!({ "objectionId": objection, "upheld": false, "ruling": "Q-PLANTED 查无实据" });
    app.person("supervisor").await.does("resolveObjection", ruling).await;
    watch.grows(0, &hidden).await;
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    watch.grows(0, &hidden).await;
    let awarded = organizer_again(&app).await.does("awardChallenge", json!({ "challengeId": challenge })).await;
    let project = awarded["projects"][0]["id"].clone();
    let released = watch.grows(1, &hidden).await;
    assert_eq!(tags(last(&released)), ["awardUpdate", "tenderUpdate"]);
    assert_eq!(last(&released)["awards"][0]["status"], "active");
    assert_eq!(last(&released)["tender"]["status"], "complete");
    organizer_again(&app)
        .await
        .does(
            "signAgreement",
            json!({ "projectId": project, "contractNo": "GX-PLANTED", "terms": { "funding": 151_000_000 } }),
        )
        .await;
    let hidden: Vec<String> = hidden.into_iter().chain(["GX-PLANTED".to_owned()]).collect();
    let signed = watch.grows(1, &hidden).await;
    let contract = &last(&signed)["contracts"][0];
    assert_eq!((&contract["id"], &contract["awardID"]), (&project, &last(&released)["awards"][0]["id"]));
    // What was agreed is a contract's, and open; what was asked for is a bid's.
    assert_eq!(contract["value"], json!({ "amount": 1_510_000, "currency": "CNY" }));
}

async fn organizer_again(app: &TestApp) -> Person {
    app.person("organizer").await
}

#[tokio::test]
async fn a_notice_that_is_void_cancels_its_awards_and_a_call_off_ends_all() {
    let app = TestApp::new().await;
    let (competition, notice) = Competition::noticed(&app).await;
    let object = json!({ "noticeId": notice, "grounds": "业绩材料存疑" });
    let objection = app.person("beacon").await.does("raiseObjection", object).await["objection"]["id"].clone();
    let ruling = json!({ "objectionId": objection, "upheld": true, "ruling": "业绩不实" });
    app.person("supervisor").await.does("resolveObjection", ruling).await;
    let void = releases(&app, &competition.challenge).await;
    assert_eq!(
        (tags(last(&void)), &last(&void)["awards"][0]["status"]),
        (vec!["awardCancellation"], &json!("cancelled"))
    );
    let input =
        json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[1].1], "reason": "异议成立" });
    let organizer = app.person("organizer").await;
    organizer.does("publishNotice", input).await;
    let again = releases(&app, &competition.challenge).await;
    assert_ne!(last(&again)["awards"][0]["id"], last(&void)["awards"][0]["id"]);
    assert_eq!(last(&again)["awards"][0]["suppliers"][0]["name"], organization(&app, "beacon").await[0]);
    organizer.does("cancelChallenge", json!({ "challengeId": competition.challenge, "reason": "经费取消" })).await;
    let ended = releases(&app, &competition.challenge).await;
    assert_eq!(tags(last(&ended)), ["tenderCancellation", "awardCancellation"]);
    assert_eq!(last(&ended)["tender"]["status"], "cancelled");
    assert_eq!(last(&ended)["awards"].as_array().unwrap().len(), 1);
    assert_eq!(last(&ended)["awards"][0]["id"], last(&again)["awards"][0]["id"]);
}

#[tokio::test]
async fn without_bids_it_is_unsuccessful_and_says_no_number() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await.opens(&app).await;
    let text = package(&app, &competition.challenge).await;
    assert!(!text.contains("numberOfTenderers"), "{text}");
    let releases = releases(&app, &competition.challenge).await;
    assert_eq!(
        (tags(last(&releases)), &last(&releases)["tender"]["status"]),
        (vec!["tenderUpdate"], &json!("unsuccessful"))
    );
    // Another attempt says which process it follows.
    let again = app.person("urban").await.does("rerunChallenge", json!({ "challengeId": competition.challenge })).await;
    let again = again["challenge"]["id"].as_str().unwrap().to_owned();
    app.person("urban").await.does("submitChallenge", json!({ "challengeId": again })).await;
    app.person("organizer").await.does("approveChallenge", json!({ "challengeId": again })).await;
    let publish = json!({ "challengeId": again, "submissionDeadline": "2026-05-20T17:00:00+08:00" });
    app.person("organizer2").await.does("publishChallenge", publish).await;
    let first = self::releases(&app, &again).await.remove(0);
    assert_eq!(first["relatedProcesses"][0]["relationship"], json!(["unsuccessfulProcess"]));
    assert_eq!(first["relatedProcesses"][0]["identifier"], releases[0]["ocid"]);
}

#[tokio::test]
async fn a_race_has_an_award_for_each_winner() {
    let app = TestApp::new().await;
    let mut race = Competition::published_with(&app, json!({ "mechanism": "HORSE_RACE" })).await;
    for (bidder, funding) in [("aurora", 150_000_000), ("beacon", 140_000_000), ("cedar", 130_000_000)] {
        race.bid(&app, bidder, funding).await;
    }
    let (race, judges) = race.opens(&app).await.checks(&app).await.draws(&app).await;
    let race = race.declares(&app).await.0.scores(&app, &judges).await.ranks(&app).await;
    let winners = [&race.bids[0].1, &race.bids[1].1];
    let organizer = app.person("organizer").await;
    organizer.does("publishNotice", json!({ "challengeId": race.challenge, "winnerBidIds": winners })).await;
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    let organizer = app.person("organizer").await;
    let projects = organizer.does("awardChallenge", json!({ "challengeId": race.challenge })).await["projects"].clone();
    for (number, project) in projects.as_array().unwrap().iter().enumerate() {
        let sign = json!({ "projectId": project["id"], "contractNo": format!("GX-{number}") });
        organizer.does("signAgreement", sign).await;
    }
    let releases = releases(&app, &race.challenge).await;
    let awards: Vec<_> = releases.iter().flat_map(|release| release["awards"].as_array()).collect();
    assert_eq!(awards.iter().map(|awards| awards.len()).collect::<Vec<_>>(), [2, 2]);
    let ids = |awards: &[Value]| awards.iter().map(|award| award["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(awards[0]), ids(awards[1]));
    let of: Vec<_> = releases.iter().flat_map(|release| release["contracts"].as_array()).flatten().collect();
    assert_eq!(of.iter().map(|contract| contract["awardID"].clone()).collect::<Vec<_>>(), ids(awards[0]));
    assert!(releases[0]["tender"]["procurementMethodDetails"].as_str().unwrap().starts_with("赛马制"));
}

#[tokio::test]
async fn what_is_not_open_to_all_or_run_elsewhere_is_not_called_open() {
    let app = TestApp::new().await;
    for changes in [
        json!({ "eligibilityRegion": "ZONE_ONLY", "fairCompetitionReviewNo": "郑高公竞〔2026〕3号" }),
        json!({ "legalRoute": "TENDER_EXTERNAL", "externalUrl": "https://ggzy.example.invalid/zbgg/1" }),
    ] {
        let competition = Competition::published_with(&app, changes.clone()).await;
        let tender = releases(&app, &competition.challenge).await.remove(0)["tender"].clone();
        assert_eq!(tender["procurementMethod"], Value::Null, "{changes}");
        let elsewhere = changes["externalUrl"].is_string();
        assert_eq!(tender["submissionMethod"].is_array(), !elsewhere);
        assert_eq!(tender["documents"][0]["url"], changes["externalUrl"]);
        if !elsewhere {
            continue;
        }
        app.set_clock("2026-04-02T09:00:00+08:00").await;
        let result = json!({ "challengeId": competition.challenge, "won": true, "result": "甲公司中标",
            "url": "https://ggzy.example.invalid/zbgg/2" });
        app.person("organizer").await.does("recordExternalResult", result).await;
        let releases = releases(&app, &competition.challenge).await;
        assert_eq!(last(&releases)["tender"]["status"], "complete");
        assert_eq!(last(&releases)["tender"]["documents"][0]["documentType"], "awardNotice");
    }
}

#[tokio::test]
async fn what_there_is_not_is_not_found_and_a_page_has_bounds() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let bare = competition.challenge.strip_prefix("chl_").unwrap();
    for wanted in [
        format!("/open-data/ocds/{}", competition.challenge),
        format!("/open-data/ocds/ocds-000000-{}", competition.challenge),
        format!("/open-data/ocds/ocds-abc123-bid_{bare}"),
        format!("/open-data/ocds/ocds-abc123-chl_{}", bare.to_uppercase()),
        "/open-data/ocds/ocds-abc123-JB-2026-0001".to_owned(),
        "/open-data/ocds/%00".to_owned(),
    ] {
        let (status, _, text) = got(&app, &wanted).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{wanted} {text}");
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(told["errors"][0]["extensions"]["code"], "NOT_FOUND");
    }
    for wrong in ["first=0", "first=101", "first=x", "after=x", "after="] {
        let (status, _, text) = got(&app, &format!("/open-data/ocds?{wrong}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong} {text}");
    }
}

#[tokio::test]
async fn the_index_leads_to_every_published_challenge_and_costs_the_same() {
    let app = TestApp::new().await;
    Competition::approved(&app).await;
    let mut known = index(&app, "/open-data/ocds?first=100").await.0;
    let had = known.len();
    for title in ["甲", "乙", "丙"] {
        Competition::published_with(&app, json!({ "title": title })).await;
    }
    let all = index(&app, "/open-data/ocds?first=100").await.0;
    assert_eq!(all[..had], known[..], "what is new comes last");
    known = all;
    assert_eq!(known.len(), had + 3);
    // Page by page the same, and each leads to a package that is as old as it says.
    let mut walked = Vec::new();
    let mut next = Some("/open-data/ocds?first=2".to_owned());
    while let Some(page) = next {
        let (processes, behind) = index(&app, &page).await;
        assert!(processes.len() <= 2);
        walked.extend(processes);
        next = behind.map(|link| link.strip_prefix("https://jiebang.test").unwrap().to_owned());
    }
    assert_eq!(walked, known);
    for process in &known {
        let uri = process["uri"].as_str().unwrap().strip_prefix("https://jiebang.test").unwrap();
        let (status, _, text) = got(&app, uri).await;
        assert_eq!(status, StatusCode::OK);
        let package: Value = serde_json::from_str(&text).unwrap();
        is_valid(&package);
        assert_eq!(package["publishedDate"], process["lastRelease"]);
        assert_eq!(package["uri"], process["uri"]);
        assert_eq!(package["releases"][0]["tender"]["title"], process["title"]);
        assert_eq!(package["releases"][0]["date"], process["published"]);
    }
    let costs = async |wanted: &str| {
        let before = app.statements();
        assert_eq!(got(&app, wanted).await.0, StatusCode::OK);
        app.statements() - before
    };
    assert_eq!((costs("/open-data/ocds?first=1").await, costs("/open-data/ocds?first=100").await), (2, 2));
    let few = Competition::published(&app).await;
    let (many, _) = Competition::awarded(&app).await;
    assert_eq!((costs(&path(&few.challenge)).await, costs(&path(&many.challenge)).await), (1, 1));
}

async fn index(app: &TestApp, wanted: &str) -> (Vec<Value>, Option<String>) {
    let (status, headers, text) = got(app, wanted).await;
    assert_eq!((status, &headers["cache-control"]), (StatusCode::OK, &"public, max-age=60".parse().unwrap()), "{text}");
    let page: Value = serde_json::from_str(&text).unwrap();
    (page["processes"].as_array().unwrap().clone(), page["next"].as_str().map(str::to_owned))
}
