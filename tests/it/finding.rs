//! Finding: words of any script, every other filter, every order, for everybody what they may see; the same on both databases.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use support::{DEADLINE, Person, TestApp, challenge_input};

const LIST: &str = "query($f: ChallengeFilter, $o: ChallengeOrder, $n: Int, $a: String) {
    challenges(filter: $f, orderBy: $o, first: $n, after: $a) {
        totalCount nodes { id title submissionDeadline } pageInfo { hasNextPage endCursor } } }";
const ORDERS: [&str; 3] = ["DEADLINE_ASC", "DEADLINE_DESC", "PUBLISHED_DESC"];

fn texts(list: &Value, field: &str) -> Vec<String> {
    list["nodes"].as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

/// All titles that a filter finds, by page, in an order; as many as are counted.
async fn paged(person: &Person, filter: &Value, order: &str, first: usize) -> Vec<String> {
    let (mut titles, mut ids, mut after) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let asked = json!({ "f": filter, "o": order, "n": first, "a": after });
        let page = person.asks(LIST, asked).await["challenges"].clone();
        titles.extend(texts(&page, "title"));
        ids.extend(texts(&page, "id"));
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], ids.len(), "{filter} {order}");
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{filter} {order}");
            return titles;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// The titles that a filter finds, sorted.
async fn titles(person: &Person, filter: Value) -> Vec<String> {
    let mut titles = paged(person, &filter, "DEADLINE_ASC", 100).await;
    titles.sort();
    titles
}

async fn found(person: &Person, text: &str) -> Vec<String> {
    titles(person, json!({ "text": text })).await
}

/// A scenario of this title, otherwise of words that nobody looks for here.
fn scenario(title: &str, more: Value) -> Value {
    let mut input = challenge_input();
    for text in ["background", "problemStatement", "siteConditions"] {
        input[text] = json!("—— zzz ——");
    }
    for indicator in input["indicators"].as_array_mut().unwrap() {
        indicator["name"] = json!("zzz");
    }
    input["title"] = json!(title);
    for (key, value) in more.as_object().into_iter().flatten() {
        input[key] = value.clone();
    }
    input
}

async fn drafts(app: &TestApp, department: &str, title: &str, more: Value) -> String {
    let drafted = app.person(department).await.does("draftChallenge", scenario(title, more)).await;
    drafted["challenge"]["id"].as_str().unwrap().to_owned()
}

async fn publishes(app: &TestApp, department: &str, id: &str, deadline: &str) {
    app.person(department).await.does("submitChallenge", json!({ "challengeId": id })).await;
    app.person("organizer").await.does("approveChallenge", json!({ "challengeId": id })).await;
    let input = json!({ "challengeId": id, "submissionDeadline": deadline });
    app.person("organizer2").await.does("publishChallenge", input).await;
}

async fn published(app: &TestApp, title: &str, more: Value) -> String {
    let id = drafts(app, "urban", title, more).await;
    publishes(app, "urban", &id, DEADLINE).await;
    id
}

#[tokio::test]
async fn words_of_any_script_find_what_has_them_and_nothing_else() {
    let app = TestApp::new().await;
    let own @ [flood, twin, net, odd] =
        ["暴雨涵洞蓄水监测", "涵洞，洞蓄，蓄水", "５Ｇ专网与ＢＩＭ平台 Ⅳ期", "𠮷野家の「こんにちは」 ÉTÉ b_m 100%"];
    for title in [flood, twin, net, odd] {
        published(&app, title, json!({})).await;
    }
    let long = "q".repeat(100);
    published(&app, &format!("长词 {long}"), json!({})).await;
    let anybody = app.anybody();
    for (text, expected) in [
        ("涵洞", vec![flood, twin]),
        ("蓄水", vec![flood, twin]),
        ("蓄", vec![flood, twin]),
        // What has all its pairs, but not the whole, is not found.
        ("涵洞蓄水", vec![flood]),
        ("涵洞蓄", vec![flood]),
        ("暴雨涵洞蓄水监测", vec![flood]),
        ("蓄水 暴雨", vec![flood]),
        (" 蓄水，暴雨！ ", vec![flood]),
        ("蓄水 没有的词", vec![]),
        ("水蓄", vec![]),
        ("5g专网", vec![net]),
        ("5G", vec![net]),
        ("5g 平台", vec![net]),
        ("ｂｉｍ", vec![net]),
        ("BIM平台", vec![net]),
        ("iv", vec![net]),
        ("bi", vec![]),
        ("im平台", vec![]),
        ("5", vec![]),
        ("𠮷野家", vec![odd]),
        ("𠮷", vec![odd]),
        ("こんにちは", vec![odd]),
        ("été", vec![odd]),
        ("E\u{301}té", vec![odd]),
        ("100", vec![odd]),
        ("100%", vec![odd]),
        // No pattern of any database: they only part words.
        ("b_m", vec![odd]),
        ("涵%水", vec![flood, twin]),
        ("涵_", vec![flood, twin]),
        ("%", vec![]),
        ("_", vec![]),
        ("\\", vec![]),
        ("'; --", vec![]),
        ("。、！", vec![]),
        ("\u{200b}涵\u{feff}洞\u{fe0f}", vec![flood, twin]),
        ("\u{202e}\u{10ffff}\u{fffd}", vec![]),
        ("=domain:URBAN_OPERATION", vec![]),
    ] {
        let mut expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        expected.sort();
        // Whatever else the rehearsal has of such words.
        let mut all = found(&anybody, text).await;
        all.retain(|title| own.contains(&title.as_str()));
        assert_eq!(all, expected, "{text:?}");
    }
    assert_eq!(found(&anybody, &long).await.len(), 1);
    assert_eq!(found(&anybody, &long[1..]).await.len(), 0);
    assert_eq!(found(&anybody, &"水".repeat(100)).await.len(), 0);
    // Blank is as good as none.
    let all = titles(&anybody, json!({})).await;
    assert_eq!(found(&anybody, " \u{3000}\n").await, all);
    assert!(all.len() > 5);
    let refusal = anybody.fails_to_read("challenges", json!({ "filter": { "text": "涵\u{0}洞" } })).await;
    assert_eq!(refusal.fields, ["filter.text: bad_characters"]);
    let refusal = anybody.fails_to_read("challenges", json!({ "filter": { "text": "水".repeat(101) } })).await;
    assert_eq!(refusal.fields, ["filter.text: too_long"]);
}

#[tokio::test]
async fn a_challenge_is_found_by_all_that_bidders_read_of_it() {
    let app = TestApp::new().await;
    let more = json!({
        "background": "背景甲甲", "problemStatement": "问题乙乙", "siteConditions": "现场丙丙", "contact": "联系丁丁",
        "indicators": [{ "name": "指标戊戊", "unit": "%", "comparator": "GTE", "target": "1", "testMethod": "测试己己",
                         "mandatory": true, "weight": 100 }],
    });
    let id = published(&app, "标题庚庚", more).await;
    let anybody = app.anybody();
    let whole =
        anybody.asks("query($id: ID!) { challenge(id: $id) { code department { name } } }", json!({ "id": id })).await;
    let (code, department) = (&whole["challenge"]["code"], &whole["challenge"]["department"]["name"]);
    for text in ["甲甲", "乙乙", "丙丙", "戊戊", "庚庚", "甲甲 庚庚 戊戊", code.as_str().unwrap()] {
        assert_eq!(found(&anybody, text).await, ["标题庚庚"], "{text}");
    }
    assert_eq!(found(&anybody, &format!("庚庚 {}", department.as_str().unwrap())).await, ["标题庚庚"]);
    assert!(found(&anybody, "丁丁").await.is_empty());
}

#[tokio::test]
async fn a_draft_s_words_tell_nobody_anything() {
    let app = TestApp::new().await;
    let id = drafts(&app, "urban", "隐语草稿", json!({ "background": "密辛" })).await;
    let others = ["aurora", "social", "market", "judge1", "supervisor"];
    let tells = async |filter: Value, to: &[&str]| {
        for name in ["urban", "organizer", "organizer2"].iter().chain(&others) {
            let seen = !titles(&app.person(name).await, filter.clone()).await.is_empty();
            assert_eq!(seen, to.contains(name), "{name} {filter}");
        }
        assert_eq!(!titles(&app.anybody(), filter.clone()).await.is_empty(), to.contains(&"anybody"), "{filter}");
    };
    let insiders = ["urban", "organizer", "organizer2"];
    tells(json!({ "text": "隐语" }), &insiders).await;
    tells(json!({ "text": "密辛 草稿" }), &insiders).await;
    tells(json!({ "text": "密辛", "domains": ["URBAN_OPERATION"], "statuses": ["DRAFT"] }), &insiders).await;
    tells(json!({ "text": "密辛", "openNow": true }), &[]).await;
    tells(json!({ "text": "密辛", "deadlineFrom": "2026-01-01T00:00:00Z" }), &[]).await;
    // What was changed is found by what it says now.
    let changes = json!({ "challengeId": id, "changes": { "title": "改题草稿" } });
    app.person("urban").await.does("reviseChallenge", changes).await;
    tells(json!({ "text": "隐语" }), &[]).await;
    tells(json!({ "text": "改题" }), &insiders).await;
    app.person("urban").await.does("submitChallenge", json!({ "challengeId": id })).await;
    let back = json!({ "challengeId": id, "reason": "再议" });
    app.person("organizer").await.does("returnChallenge", back).await;
    tells(json!({ "text": "改题" }), &insiders).await;
    publishes(&app, "urban", &id, DEADLINE).await;
    let everybody: Vec<_> = insiders.iter().chain(&others).copied().chain(["anybody"]).collect();
    tells(json!({ "text": "改题" }), &everybody).await;
    tells(json!({ "text": "密辛", "statuses": ["PUBLISHED"] }), &everybody).await;
    tells(json!({ "text": "密辛", "statuses": ["DRAFT"] }), &[]).await;
}

#[tokio::test]
async fn amended_texts_are_found_by_what_they_say_now() {
    let app = TestApp::new().await;
    let id = published(&app, "变更之题", json!({ "background": "旧话连篇" })).await;
    published(&app, "不变之题", json!({})).await;
    let anybody = app.anybody();
    assert_eq!(found(&anybody, "旧话").await, ["变更之题"]);
    let amend = json!({
        "challengeId": id, "summary": "更正", "material": true, "newDeadline": "2026-05-20T17:00:00+08:00",
        "changes": { "background": "新话一句" },
    });
    app.person("organizer").await.does("amendChallenge", amend).await;
    assert!(found(&anybody, "旧话").await.is_empty());
    assert_eq!(found(&anybody, "新话").await, ["变更之题"]);
    // It stands where its new deadline puts it, and nowhere else.
    for first in [1, 10] {
        assert_eq!(paged(&anybody, &json!({ "text": "之题" }), "DEADLINE_ASC", first).await, ["不变之题", "变更之题"]);
        assert_eq!(paged(&anybody, &json!({ "text": "之题" }), "DEADLINE_DESC", first).await, ["变更之题", "不变之题"]);
    }
    app.person("organizer").await.does("cancelChallenge", json!({ "challengeId": id, "reason": "撤项" })).await;
    assert_eq!(titles(&anybody, json!({ "text": "新话", "statuses": ["CANCELLED"] })).await, ["变更之题"]);
}

#[tokio::test]
async fn every_filter_narrows_and_every_order_pages_without_gap_or_double() {
    let app = TestApp::new().await;
    for (number, department) in ["urban", "social", "market"].into_iter().cycle().take(9).enumerate() {
        let domain = ["URBAN_OPERATION", "SOCIAL_GOVERNANCE", "MARKET_REGULATION"][number / 3];
        let mechanism = if number % 2 == 0 { "OPEN_COMPETITION" } else { "HORSE_RACE" };
        let total = (number as i64 + 1) * 1_000_000;
        let budget = json!({ "total": total, "fiscal": total, "demander": 0, "bidder": 0 });
        let more = json!({ "domain": domain, "mechanism": mechanism, "budget": budget });
        let id = drafts(&app, department, &format!("寻物之{number}"), more).await;
        if number != 4 {
            // Some share a deadline; all share the instant of publication.
            publishes(&app, department, &id, &format!("2026-04-{:02}T17:00:00+08:00", 10 + number / 2)).await;
        }
    }
    let (anybody, organizer, social) = (app.anybody(), app.person("organizer").await, app.person("social").await);
    let numbers = |found: Vec<String>| -> BTreeSet<usize> {
        let own = found.iter().filter_map(|title| title.strip_prefix("寻物之"));
        own.map(|number| number.parse().unwrap()).collect()
    };
    let departments = anybody.reads("organizations", json!({ "first": 100 })).await;
    let social_id =
        departments["nodes"].as_array().unwrap().iter().find(|one| one["name"].as_str().unwrap().contains("社会"));
    let social_id = social_id.unwrap()["id"].clone();
    for (filter, expected) in [
        (json!({ "text": "寻物" }), vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (json!({ "domains": ["URBAN_OPERATION"] }), vec![0, 1, 2]),
        (json!({ "domains": ["URBAN_OPERATION", "MARKET_REGULATION", "URBAN_OPERATION"] }), vec![0, 1, 2, 6, 7, 8]),
        (json!({ "domains": [] }), vec![]),
        (json!({ "mechanism": "HORSE_RACE" }), vec![1, 3, 5, 7]),
        (json!({ "mechanism": "HORSE_RACE", "domains": ["SOCIAL_GOVERNANCE"], "text": "物之" }), vec![3, 5]),
        (json!({ "department": social_id }), vec![1, 4, 7]),
        (json!({ "department": social_id, "mechanism": "HORSE_RACE" }), vec![1, 7]),
        (json!({ "budgetFrom": 3_000_000, "budgetTo": "5000000" }), vec![2, 3, 4]),
        (json!({ "budgetTo": 1_000_000, "text": "寻物" }), vec![0]),
        (json!({ "budgetFrom": 9_000_000, "text": "寻物" }), vec![8]),
        (json!({ "deadlineFrom": "2026-04-12T09:00:00Z", "deadlineTo": "2026-04-13T17:00:00+08:00" }), vec![5, 6, 7]),
        (json!({ "deadlineFrom": "2026-04-12T09:00:00.001Z", "deadlineTo": "2026-04-13T08:59:59Z" }), vec![]),
        (json!({ "deadlineTo": "2026-04-10T17:00:00+08:00", "text": "寻物" }), vec![0, 1]),
        (json!({ "text": "寻物", "statuses": ["PUBLISHED"] }), vec![0, 1, 2, 3, 5, 6, 7, 8]),
        (json!({ "text": "寻物", "statuses": ["DRAFT", "PUBLISHED", "DRAFT"] }), vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (json!({ "statuses": ["DRAFT"] }), vec![4]),
        (json!({ "text": "寻物", "openNow": false }), vec![4]),
        (json!({ "statuses": ["PUBLISHED"], "openNow": false }), vec![]),
        (json!({ "statuses": ["PUBLISHED", "CLOSED"], "openNow": true, "budgetTo": 2_000_000 }), vec![0, 1]),
    ] {
        let expected: BTreeSet<usize> = expected.into_iter().collect();
        let open: BTreeSet<usize> = expected.iter().copied().filter(|number| *number != 4).collect();
        // Number 4 is a draft of `social`.
        for (person, expected) in [(&organizer, &expected), (&social, &expected), (&anybody, &open)] {
            let mut whole = Vec::new();
            for order in ORDERS {
                let by_page = paged(person, &filter, order, 2).await;
                assert_eq!(by_page, paged(person, &filter, order, 100).await, "{filter} {order}");
                assert_eq!(numbers(by_page.clone()), *expected, "{filter} {order}");
                whole.push(by_page);
            }
            whole[1].reverse();
            assert_eq!(whole[0], whole[1], "{filter}");
        }
    }
    // The clock closes what is stored as open: in every filter at once.
    app.drift("2026-04-11T17:00:00+08:00");
    for text in [Value::Null, json!("寻物")] {
        for (filter, expected) in [
            (json!({ "text": text, "openNow": true }), vec![5, 6, 7, 8]),
            (json!({ "text": text, "openNow": false }), vec![0, 1, 2, 3]),
            (json!({ "text": text, "statuses": ["CLOSED"] }), vec![0, 1, 2, 3]),
            (json!({ "text": text, "statuses": ["PUBLISHED"] }), vec![5, 6, 7, 8]),
        ] {
            for order in ORDERS {
                let found = paged(&anybody, &filter, order, 3).await;
                assert_eq!(numbers(found), expected.iter().copied().collect(), "{filter} {order}");
            }
        }
    }
}

#[tokio::test]
async fn faults_of_a_filter_are_named_at_once() {
    let app = TestApp::new().await;
    let anybody = app.anybody();
    let fails = async |filter: Value| anybody.fails_to_read("challenges", json!({ "filter": filter })).await.fields;
    assert_eq!(
        fails(json!({
            "text": "x".repeat(101), "department": "x", "budgetFrom": -1, "budgetTo": "1.5", "deadlineFrom": "soon",
            "deadlineTo": "1999-01-01T00:00:00Z",
        }))
        .await,
        [
            "filter.budgetFrom: not_money",
            "filter.budgetTo: not_money",
            "filter.deadlineFrom: not_an_instant",
            "filter.deadlineTo: not_an_instant",
            "filter.department: not_an_id",
            "filter.text: too_long",
        ]
    );
    let reversed = json!({
        "budgetFrom": 2, "budgetTo": 1, "deadlineFrom": "2026-04-02T00:00:00Z", "deadlineTo": "2026-04-02T07:59:59+08:00",
    });
    assert_eq!(fails(reversed).await, ["filter.budgetTo: out_of_range", "filter.deadlineTo: out_of_range"]);
    // Counting names them too.
    let (_, answer) = anybody.sends("{ challenges(filter: { budgetTo: -1 }) { totalCount } }", json!({})).await;
    assert_eq!(support::Refusal::of(&answer).fields, ["filter.budgetTo: not_money"]);
}

#[tokio::test]
async fn what_an_earlier_version_left_out_is_found_after_the_next_start() {
    let app = TestApp::new().await;
    let id = drafts(&app, "urban", "旧版草稿", json!({})).await;
    published(&app, "旧版榜单", json!({})).await;
    let (anybody, organizer) = (app.anybody(), app.person("organizer").await);
    let all = found(&organizer, "智能").await;
    assert!(!all.is_empty());
    assert_eq!(app.shelve_all().await, 0);
    // As the tables are when they are new, with challenges in them already.
    app.tamper("delete from search_words").await;
    app.tamper("delete from search_texts").await;
    assert!(found(&organizer, "旧版").await.is_empty());
    assert!(app.shelve_all().await >= 14);
    assert_eq!(found(&organizer, "智能").await, all);
    assert_eq!(found(&organizer, "旧版").await, ["旧版榜单", "旧版草稿"]);
    assert_eq!(found(&anybody, "旧版").await, ["旧版榜单"]);
    // It goes on where it was stopped, and two may do it at once.
    app.tamper("delete from search_words where id in (select id from challenges where title like '旧版%')").await;
    app.tamper("delete from search_texts where id in (select id from challenges where title like '旧版%')").await;
    let (one, other) = tokio::join!(app.shelve_all(), app.shelve_all());
    assert!(one + other >= 2);
    assert_eq!(found(&organizer, "旧版").await, ["旧版榜单", "旧版草稿"]);
    let changes = json!({ "challengeId": id, "changes": { "title": "新版草稿" } });
    app.person("urban").await.does("reviseChallenge", changes).await;
    assert_eq!(found(&organizer, "旧版").await, ["旧版榜单"]);
}

#[tokio::test]
async fn a_search_costs_few_statements_whatever_it_finds() {
    let app = TestApp::new().await;
    let cost = async |text: &str| {
        let query = "query($t: String) { challenges(filter: { text: $t }) { nodes { id department { name } } } }";
        app.costs(2, async || _ = app.anybody().asks(query, json!({ "t": text })).await).await
    };
    // The page with its departments; for several words first how frequent each is.
    assert_eq!(cost("智能").await, 1);
    assert_eq!(cost("没有").await, 1);
    assert_eq!(cost("智能识别").await, 2);
    assert_eq!(cost("智能 识别 预警 积水 车辆 平台 a b c d e f g h i j k l m n").await, 2);
}

/// Few letters, so that texts often have what is looked for.
fn letters(least: usize, most: usize) -> impl Strategy<Value = String> {
    let letters = prop::sample::select(vec!["水", "务", "隧", "道", "ｱ", "a", "B", "ｃ", "7", " ", "，", "-"]);
    prop::collection::vec(letters, least..most).prop_map(|letters| letters.concat())
}

/// The definition, letter by letter: each term of the query is somewhere in the text, and no word goes on beyond its ends.
fn has(text: &str, query: &str) -> bool {
    let fold =
        |text: &str| -> Vec<char> { text.to_lowercase().replace('ｃ', "c").replace('ｱ', "ア").chars().collect() };
    let word = |letter: Option<&char>| letter.is_some_and(char::is_ascii_alphanumeric);
    let (text, query) = (fold(text), fold(query));
    let mut terms = query.split(|letter| !letter.is_alphanumeric()).filter(|term| !term.is_empty()).peekable();
    terms.peek().is_some()
        && terms.all(|term| {
            (0..text.len()).filter(|at| text[*at..].starts_with(term)).any(|at| {
                let before = word(term.first()) && at > 0 && word(text.get(at - 1));
                let behind = word(term.last()) && word(text.get(at + term.len()));
                !before && !behind
            })
        })
}

#[tokio::test]
async fn random_queries_find_what_the_definition_finds() {
    let app = TestApp::new().await;
    let mut runner = TestRunner::default();
    let mut one = |least, most| letters(least, most).new_tree(&mut runner).unwrap().current();
    // Nothing else has such words: what is laid out has them, but is no competition of these titles.
    let mut all: Vec<(String, bool)> = Vec::new();
    for number in 0..24 {
        let title = format!("甲乙 {number}n {}", one(0, 25)).trim().to_owned();
        let id = drafts(&app, "urban", &title, json!({})).await;
        if number % 3 == 0 {
            publishes(&app, "urban", &id, &format!("2026-04-{:02}T17:00:00+08:00", 1 + number / 2)).await;
        }
        all.push((title, number % 3 == 0));
    }
    let (anybody, organizer) = (app.anybody(), app.person("organizer").await);
    let mut hits = 0;
    for round in 0..100 {
        let query = format!("{} 甲乙", one(1, 7));
        let (person, only_published) = if round % 2 == 0 { (&anybody, true) } else { (&organizer, false) };
        let seen = all.iter().filter(|(_, published)| *published || !only_published);
        // The department's name is searched too, and has none of these letters.
        let mut expected: Vec<_> =
            seen.filter(|(title, _)| has(title, &query)).map(|(title, _)| title.clone()).collect();
        let mut found = paged(person, &json!({ "text": query }), ORDERS[round % 3], 1 + round % 9).await;
        hits += found.len();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{query:?}");
    }
    assert!(hits > 50, "{hits}");
}
