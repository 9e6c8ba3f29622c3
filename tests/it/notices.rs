//! The notice (公示) as everybody reads it: what it shows when, to nobody in particular, and how it looks in a browser that runs no script.

use poem::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use support::{Browser, Competition, TestApp, operation, pictures, solution_input};

async fn got(app: &TestApp, path: &str, headers: &[(&'static str, &str)]) -> (StatusCode, HeaderMap, String) {
    let door = app.door();
    let request = headers.iter().fold(door.get(path), |request, (name, value)| request.header(*name, *value));
    let answer = request.send().await.0;
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.into_body().into_string().await.unwrap())
}

async fn page(app: &TestApp, notice: &str) -> String {
    let (status, _, text) = got(app, &format!("/notices/{notice}"), &[("accept", "text/html,*/*")]).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(!text.contains("<script"), "{text}");
    text
}

async fn has(app: &TestApp, notice: &str, parts: &[&str], others: &[&str]) -> String {
    let text = page(app, notice).await;
    for part in parts {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    for other in others {
        assert!(!text.contains(other), "{other} is in\n{text}");
    }
    text
}

/// The name and the code of the organization that somebody acts for.
async fn organization(app: &TestApp, who: &str) -> [String; 2] {
    let viewer = app.person(who).await.asks("{ viewer { organization { name uscc } } }", json!({})).await;
    ["name", "uscc"].map(|field| viewer["viewer"]["organization"][field].as_str().unwrap().to_owned())
}

const RUNNING: &str = "公示中";
const OVER: &str = "公示期已满";
const VOID: &str = "作废";
const CALLED_OFF: &str = "本榜单已终止";
const SUSPENDED: &str = "程序已中止";

/// A competition with a title that would be markup, and breaks nowhere, ranked.
async fn ranked(app: &TestApp) -> Competition {
    let title = format!("<b>积水</b>预报{}", "x".repeat(80));
    let mut competition = Competition::published_with(app, json!({ "title": title })).await;
    for (bidder, funding) in [("aurora", 151_234_567), ("beacon", 141_234_567), ("cedar", 131_234_567)] {
        competition.bid(app, bidder, funding).await;
    }
    let (competition, judges) = competition.opens(app).await.checks(app).await.draws(app).await;
    competition.declares(app).await.0.scores(app, &judges).await.ranks(app).await
}

#[tokio::test]
async fn everybody_reads_a_notice_and_nobody_more() {
    let app = TestApp::new().await;
    let competition = ranked(&app).await;
    let (competition, notice) = competition.notices(&app).await;
    let [aurora, aurora_code] = organization(&app, "aurora").await;
    let [beacon, beacon_code] = organization(&app, "beacon").await;
    let [cedar, cedar_code] = organization(&app, "cedar").await;
    let others = [&beacon, &beacon_code, &cedar, &cedar_code].map(String::as_str);
    let hidden = ["沈望舒", "1512345", "151.23", "沈砚舟", "<b>", OVER, VOID, CALLED_OFF, SUSPENDED];
    let parts = [
        "拟立项公示",
        "Public notice of proposed winners",
        RUNNING,
        "JB-2026-",
        "&lt;b&gt;积水&lt;",
        "城市管理运行",
        "urban operation",
        "揭榜挂帅",
        "实验场试用",
        "200.00 万元",
        "9 个月",
        "预报提前量",
        "≥ 10",
        "误报率",
        "必达",
        "市政设施科 0371-00000000",
        "2026-04-03 至 2026-04-10，共 5 个工作日",
        "2026-04-10 24:00（北京时间）",
        "raiseObjection",
        &aurora,
        &aurora_code,
    ];
    let hidden: Vec<&str> = hidden.into_iter().chain(others).collect();
    let text = has(&app, &notice, &parts, &hidden).await;

    // The same to whoever has signed in, and as the operation tells it to nobody.
    let path = format!("/notices/{notice}");
    let supervisor = format!("Bearer {}", app.person("supervisor").await.token().unwrap());
    for bearer in [supervisor.as_str(), "Bearer nonsense"] {
        assert_eq!(got(&app, &path, &[("authorization", bearer)]).await.2, text);
    }
    let told = app.anybody().asks(&operation("noticePage"), json!({ "id": notice })).await;
    for (path, headers) in [
        (format!("{path}?format=json"), vec![("accept", "text/html")]),
        (path.clone(), vec![("accept", "application/json")]),
        (format!("{path}?format=json"), vec![("authorization", supervisor.as_str())]),
    ] {
        let (status, headers, text) = got(&app, &path, &headers).await;
        assert_eq!(
            (status, &headers["content-type"]),
            (StatusCode::OK, &"application/json; charset=utf-8".parse().unwrap())
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), told);
    }
    assert_eq!(told["node"]["page"], path);
    let public = told["node"]["challenge"]["openData"].as_str().unwrap();
    assert_eq!(got(&app, public, &[]).await.0, StatusCode::OK);

    let (_, headers, _) = got(&app, &path, &[]).await;
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("cache-control"), "public, no-cache");
    assert_eq!((header("vary").as_str(), header("content-type").as_str()), ("accept", "text/html; charset=utf-8"));
    assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    let bare = notice.strip_prefix("ntc_").unwrap();
    let unknown = format!("ntc_{}", competition.challenge.strip_prefix("chl_").unwrap());
    for wrong in [&unknown, &format!("chl_{bare}"), &competition.challenge, &competition.bids[0].1, "ntc_", "x", "%00"]
    {
        let (status, headers, text) = got(&app, &format!("/notices/{wrong}"), &[("accept", "text/html")]).await;
        assert_eq!(
            (status, &headers["cache-control"]),
            (StatusCode::NOT_FOUND, &"no-store".parse().unwrap()),
            "{wrong} {text}"
        );
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(told["errors"][0]["extensions"]["code"], "NOT_FOUND");
    }
}

#[tokio::test]
async fn what_becomes_of_a_notice_is_told_on_it() {
    let app = TestApp::new().await;
    let (competition, first) = ranked(&app).await.notices(&app).await;
    let ([aurora, _], [beacon, _]) = (organization(&app, "aurora").await, organization(&app, "beacon").await);
    app.set_clock("2026-04-07T10:00:00+08:00").await;
    let object = json!({ "noticeId": first, "grounds": "业绩材料存疑" });
    let objection = app.person("beacon").await.does("raiseObjection", object).await["objection"]["id"].clone();
    has(&app, &first, &[RUNNING, SUSPENDED, &aurora], &["业绩材料存疑", &beacon, VOID]).await;
    let ruling = json!({ "objectionId": objection, "upheld": true, "ruling": "业绩不实" });
    app.person("supervisor").await.does("resolveObjection", ruling).await;
    // Void: since when, and nobody is named on it any more.
    let void = ["已于 2026-04-07 10:00（北京时间）作废", "It is void", "不列示单位"];
    has(&app, &first, &void, &[&aurora, &beacon, RUNNING, OVER, SUSPENDED, "现行公示"]).await;
    let input =
        json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[1].1], "reason": "异议成立" });
    let second = app.person("organizer").await.does("publishNotice", input).await["notice"]["id"].clone();
    let second = second.as_str().unwrap();
    has(&app, &first, &["作废", "现行公示", second], &[&aurora, &beacon]).await;
    has(&app, second, &[RUNNING, &beacon], &[&aurora, VOID, "异议成立", "现行公示"]).await;
    // The clock alone ends it, whether or not a timer ran; and what happens to the challenge shows on it.
    app.drift("2026-04-14T23:59:59+08:00");
    has(&app, second, &[RUNNING], &[OVER]).await;
    app.drift("2026-04-15T00:00:00+08:00");
    has(&app, second, &[OVER, &beacon], &[RUNNING, VOID]).await;
    has(&app, &first, &["作废"], &[OVER]).await;
    app.person("organizer")
        .await
        .does("cancelChallenge", json!({ "challengeId": competition.challenge, "reason": "经费取消" }))
        .await;
    has(&app, second, &[CALLED_OFF], &[RUNNING, OVER]).await;
}

#[tokio::test]
async fn a_notice_costs_the_same_whomever_it_names() {
    let app = TestApp::new().await;
    let (_, one) = Competition::noticed(&app).await;
    let indicator = |name: &str, comparator: &str, target: &str, tolerance: Value| {
        json!({ "name": name, "unit": "%", "comparator": comparator, "target": target, "tolerance": tolerance,
            "testMethod": "复核", "mandatory": false, "weight": 10 })
    };
    let mut indicators = vec![indicator("甲", "GTE", "10", Value::Null), indicator("乙", "LTE", "5", Value::Null)];
    indicators.extend(["丙", "丁", "戊"].map(|name| indicator(name, "APPROX", "5.5", json!("0.5"))));
    let race = json!({ "mechanism": "HORSE_RACE", "piLed": true, "indicators": indicators });
    app.drift("2026-04-16T09:00:00+08:00");
    let drafted = Competition::drafted_with(&app, race).await;
    app.person("urban").await.does("submitChallenge", json!({ "challengeId": drafted.challenge })).await;
    app.person("organizer").await.does("approveChallenge", json!({ "challengeId": drafted.challenge })).await;
    let publish = json!({ "challengeId": drafted.challenge, "submissionDeadline": "2026-05-20T17:00:00+08:00" });
    app.person("organizer2").await.does("publishChallenge", publish).await;
    let mut race = Competition::of(&app.anybody(), drafted.challenge).await;
    for (bidder, funding) in [("aurora", 150_000_000), ("beacon", 140_000_000), ("cedar", 130_000_000)] {
        let person = app.person(bidder).await;
        let mut solution = solution_input(&race.indicators, "方案", funding);
        for indicator in &race.indicators[2..] {
            solution["commitments"].as_array_mut().unwrap().push(json!({ "indicatorId": indicator, "value": "5.5" }));
        }
        let draft = json!({ "challengeId": race.challenge, "solution": solution });
        let bid = person.does("draftBid", draft).await["bid"]["id"].as_str().unwrap().to_owned();
        person.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
        race.bids.push((bidder.to_owned(), bid));
    }
    app.set_clock("2026-05-21T09:00:00+08:00").await;
    for organizer in ["organizer", "organizer2"] {
        app.person(organizer).await.does("openBids", race.opening()).await;
    }
    let (race, judges) = race.checks(&app).await.draws(&app).await;
    let race = race.declares(&app).await.0.scores(&app, &judges).await.ranks(&app).await;
    let input = json!({ "challengeId": race.challenge, "winnerBidIds": [race.bids[0].1, race.bids[1].1] });
    let two = app.person("organizer").await.does("publishNotice", input).await["notice"]["id"].clone();
    let two = two.as_str().unwrap();
    let names = [organization(&app, "aurora").await, organization(&app, "beacon").await].concat();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = has(&app, two, &[&names[..], &["赛马制", "实行 PI 制", "≈ 5.5 ± 0.5"]].concat(), &[]).await;
    assert!(text.find(names[0]) < text.find(names[2]), "in the order of the notice");
    let few = app.costs(u64::MAX, async || _ = page(&app, &one).await).await;
    assert_eq!(app.costs(few, async || _ = page(&app, two).await).await, few);
}

/// How far two colours are apart by WCAG 2 (GB/T 37668-2019 asks for 4.5 too), and how small letters are, of everything that is written.
const LEGIBLE: &str = "(() => {
    const light = (text) => {
        const part = text.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255).map((c) => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
        return .2126 * part[0] + .7152 * part[1] + .0722 * part[2];
    };
    const behind = (element) => {
        for (; element; element = element.parentElement) {
            const colour = getComputedStyle(element).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const all = [...document.body.querySelectorAll('*')].filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    const worst = (numbers) => Math.min(...numbers);
    return {
        written: all.length,
        contrast: worst(all.map((one) => {
            const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
            return (a + .05) / (b + .05);
        })),
        letters: worst(all.map((one) => parseFloat(getComputedStyle(one).fontSize))),
    };
})()";

/// For whoever wants to see what it looked like.
fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = pictures() {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

/// Whether the page is wider than its window.
const WIDER: &str = "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth";
/// Every part of it that lies beside what the window shows.
const BESIDE: &str =
    "[...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > document.scrollingElement.clientWidth + .5)
    .map((one) => one.outerHTML.slice(0, 200))";

#[tokio::test]
async fn a_browser_without_scripts_reads_it_on_a_phone_at_a_desk_and_on_paper() {
    let app = TestApp::new().await;
    let (competition, notice) = ranked(&app).await.notices(&app).await;
    let served = app.served(|_| {}).await;
    let mut browser = Browser::without_scripts().await;
    // That scripts are off is seen, not believed.
    browser.opens("data:text/html,<p>x</p><script>document.title = 'ran'</script>", 360).await;
    assert_eq!(browser.finds("document.title").await, "");
    let address = format!("http://{}/notices/{notice}", served.address);
    let aurora = organization(&app, "aurora").await[0].clone();
    for width in [360, 1280] {
        let fetched = browser.opens(&address, width).await;
        assert_eq!(fetched, [address.as_str()], "nothing comes with it");
        assert_eq!(browser.finds("innerWidth").await, width);
        assert_eq!(browser.finds(WIDER).await, false, "{width}");
        assert_eq!(browser.finds(BESIDE).await, json!([]), "{width}");
        let text = browser.finds("document.body.innerText").await;
        let text = text.as_str().unwrap();
        for part in [
            "拟立项公示",
            "Public notice of proposed winners",
            &aurora,
            "考核指标",
            "预报提前量",
            "联系单位",
            "Objections until",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        // Chinese before English, and each said to be what it is.
        assert!(text.find("拟立项公示") < text.find("Public notice"));
        assert_eq!(browser.finds("document.documentElement.lang").await, "zh-CN");
        let english =
            "[...document.querySelectorAll('[lang=en]')].every((one) => !/[\\u4e00-\\u9fff]/.test(one.textContent))";
        assert_eq!(browser.finds(english).await, true);
        let tables = "[...document.querySelectorAll('table')].map((one) => !!one.caption && [...one.querySelectorAll('th')].every((th) => th.scope)
            && one.querySelectorAll('th').length > 1)";
        assert_eq!(browser.finds(tables).await, json!([true, true, true, true]));
        let legible = browser.finds(LEGIBLE).await;
        assert!(legible["written"].as_u64().unwrap() > 60, "{legible}");
        assert!(legible["contrast"].as_f64().unwrap() >= 4.5, "{legible}");
        assert!(legible["letters"].as_f64().unwrap() >= 11.0, "{legible}");
        keep(&format!("notice-{width}.png"), &browser.picture().await);
    }
    let paper = browser.prints().await;
    keep("notice.pdf", &paper);
    let printed = String::from_utf8_lossy(&paper);
    assert!(printed.starts_with("%PDF-"));
    // A4 in points.
    let sheets: Vec<&str> = printed.split("/MediaBox [").skip(1).map(|rest| rest.split(']').next().unwrap()).collect();
    assert!((1..=2).contains(&sheets.len()), "{sheets:?}");
    assert!(sheets.iter().all(|sheet| sheet.starts_with("0 0 594.9") || sheet.starts_with("0 0 595")), "{sheets:?}");

    // What is void says so at once and at first sight, also to whoever has read it before.
    let object = json!({ "noticeId": notice, "grounds": "业绩材料存疑" });
    let objection = app.person("beacon").await.does("raiseObjection", object).await["objection"]["id"].clone();
    let ruling = json!({ "objectionId": objection, "upheld": true, "ruling": "业绩不实" });
    app.person("supervisor").await.does("resolveObjection", ruling).await;
    let input =
        json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[1].1], "reason": "异议成立" });
    app.person("organizer").await.does("publishNotice", input).await;
    for width in [360, 1280] {
        browser.opens(&address, width).await;
        assert_eq!(browser.finds(WIDER).await, false, "{width}");
        let bottom = browser.finds("document.querySelector('.ended').getBoundingClientRect().bottom").await;
        assert!(bottom.as_f64().unwrap() < 800.0, "{bottom}");
        assert!(browser.finds("document.title").await.as_str().unwrap().starts_with("（已作废）"));
        assert!(browser.finds(LEGIBLE).await["contrast"].as_f64().unwrap() >= 4.5);
        keep(&format!("void-{width}.png"), &browser.picture().await);
    }
}
