//! The demand pool: filed, argued, listed, matched, and everybody invited alike.

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Person, TestApp};

/// A complete demand, as a department would hand it in.
fn demand_input(title: &str) -> Value {
    json!({
        "title": title,
        "domain": "URBAN_OPERATION", "scale": "SMALL_CUT",
        "site": "三环以内六处下穿隧道",
        "painPoints": "积水来得快，封路总是慢一步。",
        "content": "建设积水短时预报与联动封控。",
        "goals": [{ "name": "预报提前量", "unit": "min", "comparator": "GTE", "target": "10" }],
        "openResources": [{ "kind": "DATA", "detail": "雨量、泵站与视频数据，脱敏后开放" }],
        "technicalRequirements": "接入既有泵站系统，不改动管网。",
        "cooperation": "TRIAL",
        "budgetFrom": 50_000_000i64, "budgetTo": 200_000_000i64,
        "schedule": "汛期前上线，汛期实测。",
        "contact": "市政设施科 0371-00000000",
        "wantedWords": ["雷达", "ＬｉＤＡＲ", "管网"],
        "wantedQualifications": ["HNTE"],
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn user(person: &Person) -> String {
    text(&person.asks("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"])
}

async fn organization(person: &Person) -> String {
    text(&person.asks("{ viewer { organization { id } } }", json!({})).await["viewer"]["organization"]["id"])
}

/// Who acts, signed in.
struct Cast {
    urban: Person,
    social: Person,
    organizer: Person,
    organizer2: Person,
    supervisor: Person,
    judge: Person,
    aurora: Person,
    beacon: Person,
    delta: Person,
    anybody: Person,
}

impl Cast {
    async fn of(app: &TestApp) -> Self {
        Self {
            urban: app.person("urban").await,
            social: app.person("social").await,
            organizer: app.person("organizer").await,
            organizer2: app.person("organizer2").await,
            supervisor: app.person("supervisor").await,
            judge: app.person("judge1").await,
            aurora: app.person("aurora").await,
            beacon: app.person("beacon").await,
            delta: app.person("delta").await,
            anybody: app.anybody(),
        }
    }

    async fn drafted(&self, title: &str) -> String {
        text(&self.urban.does("draftDemand", demand_input(title)).await["demand"]["id"])
    }

    async fn submitted(&self, title: &str) -> String {
        let id = self.drafted(title).await;
        self.urban.does("submitDemand", json!({ "demandId": id })).await;
        id
    }

    async fn arguing(&self, title: &str) -> String {
        let id = self.submitted(title).await;
        let experts = [user(&self.judge).await];
        self.organizer.does("askOpinions", json!({ "demandId": id, "expertIds": experts })).await;
        id
    }

    async fn accepted(&self, title: &str) -> String {
        let id = self.arguing(title).await;
        for (person, verdict) in [(&self.judge, "SUPPORT"), (&self.organizer, "REVISE")] {
            person.does("recordOpinion", opinion(&id, verdict)).await;
        }
        self.organizer.does("acceptDemand", json!({ "demandId": id })).await;
        id
    }

    async fn listed(&self, title: &str) -> String {
        let id = self.accepted(title).await;
        self.organizer.does("releaseDemands", json!({ "demandIds": [id], "title": "机会清单" })).await;
        id
    }
}

fn opinion(demand: &str, verdict: &str) -> Value {
    json!({ "demandId": demand, "verdict": verdict, "text": "指标可测，场地落实。" })
}

fn capability(title: &str, domain: &str, words: &[&str]) -> Value {
    json!({ "title": title, "domains": [domain], "description": "已在两地运行。", "words": words })
}

#[tokio::test]
async fn a_demand_is_filed_argued_listed_matched_and_everybody_is_invited() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let before = cast.anybody.asks("{ demands { totalCount } releaseBatches { totalCount } }", json!({})).await;

    // Begun with a title alone, and whole only when it is handed in.
    let drafted = cast.urban.does("draftDemand", json!({ "title": "隧道积水" })).await["demand"].clone();
    assert_eq!(drafted["status"], "DRAFT");
    assert_eq!(drafted["availableActions"], json!(["reviseDemand", "submitDemand", "withdrawDemand"]));
    let id = text(&drafted["id"]);
    let refusal = cast.urban.fails("submitDemand", json!({ "demandId": id })).await;
    let missing = [
        "contact",
        "content",
        "cooperation",
        "domain",
        "goals",
        "openResources",
        "painPoints",
        "scale",
        "schedule",
        "site",
        "technicalRequirements",
    ];
    assert_eq!(refusal.fields, missing.map(|name| format!("{name}: required")));
    let mut changes = demand_input("下穿隧道积水短时预报");
    let revised = cast.urban.does("reviseDemand", json!({ "demandId": id, "expectedVersion": 1, "changes": changes }));
    assert_eq!(revised.await["demand"]["version"], 2);
    let whole = cast.urban.reads("demand", json!({ "id": id })).await;
    changes["wantedWords"] = json!(["雷达", "lidar", "管网"]);
    for (name, given) in changes.as_object().unwrap() {
        assert_eq!(&whole[name], given, "{name}");
    }
    let submitted = cast.urban.does("submitDemand", json!({ "demandId": id })).await["demand"].clone();
    assert_eq!(
        (&submitted["status"], &submitted["availableActions"]),
        (&json!("SUBMITTED"), &json!(["withdrawDemand"]))
    );

    // Argued: an expert is asked, and one each is heard.
    let expert = user(&cast.judge).await;
    assert_eq!(cast.judge.reads("demand", json!({ "id": id })).await, Value::Null);
    let asked = cast.organizer.does("askOpinions", json!({ "demandId": id, "expertIds": [expert] })).await;
    assert_eq!(asked["demand"]["status"], "ARGUING");
    assert_eq!(asked["demand"]["askedExperts"][0]["id"], json!(expert));
    let seen = cast.judge.reads("demand", json!({ "id": id })).await;
    assert_eq!(seen["availableActions"], json!(["recordOpinion"]));
    cast.organizer.may_not("acceptDemand", json!({ "demandId": id }), "NOT_NOW").await;
    let said = cast.judge.does("recordOpinion", opinion(&id, "SUPPORT")).await["opinion"].clone();
    assert_eq!((&said["giver"], &said["round"], &said["author"]["id"]), (&json!("EXPERT"), &json!(1), &json!(expert)));
    cast.organizer.may_not("acceptDemand", json!({ "demandId": id }), "NOT_NOW").await;
    cast.organizer2.does("recordOpinion", opinion(&id, "REVISE")).await;

    // Until it is decided the department reads nothing of it, and then no name.
    let argument =
        async |person: &Person| person.reads("demandArgument", json!({ "id": id })).await["opinions"].clone();
    assert_eq!(argument(&cast.urban).await["totalCount"], 0);
    assert_eq!(argument(&cast.organizer).await["totalCount"], 2);
    assert_eq!(argument(&cast.judge).await["nodes"].as_array().unwrap().len(), 1);
    let accepted = cast.organizer.does("acceptDemand", json!({ "demandId": id })).await;
    assert_eq!(accepted["demand"]["status"], "ACCEPTED");
    let told = argument(&cast.urban).await;
    assert_eq!(told["totalCount"], 2);
    assert!(told["nodes"].as_array().unwrap().iter().all(|one| one["author"].is_null()), "{told}");

    // Listed, with another, in a numbered batch: from now on it is everybody's.
    let other = cast.accepted("另一需求").await;
    assert_eq!(cast.anybody.reads("demand", json!({ "id": id })).await, Value::Null);
    let batch = cast
        .organizer
        .does("releaseDemands", json!({ "demandIds": [other, id], "title": "2026 年春季机会清单" }))
        .await["batch"]
        .clone();
    assert_eq!(batch["number"], before["releaseBatches"]["totalCount"].as_i64().unwrap() + 1);
    assert_eq!(batch["code"], format!("JH-2026-{:02}", batch["number"].as_i64().unwrap()));
    assert_eq!(batch["demands"]["nodes"].as_array().unwrap().len(), 2);
    let public = cast.anybody.reads("demand", json!({ "id": id })).await;
    assert_eq!((&public["status"], &public["batch"]["code"]), (&json!("LISTED"), &batch["code"]));
    assert_eq!((&public["author"], &public["availableActions"]), (&Value::Null, &json!([])));
    let after = cast.anybody.asks("{ demands { totalCount } }", json!({})).await;
    assert_eq!(after["demands"]["totalCount"], before["demands"]["totalCount"].as_i64().unwrap() + 2);
    let list = json!({ "filter": { "batch": batch["id"], "domains": ["URBAN_OPERATION"], "statuses": ["LISTED"] } });
    assert_eq!(cast.anybody.reads("demands", list).await["nodes"].as_array().unwrap().len(), 2);
    let by_code = cast.anybody.reads("releaseBatch", json!({ "code": batch["code"] })).await;
    assert_eq!((&by_code["id"], &by_code["demands"]["totalCount"]), (&batch["id"], &json!(2)));

    // Who matches, and why.
    cast.aurora.does("addCapability", capability("雷达临近预报", "URBAN_OPERATION", &["雷达", "lidar"])).await;
    cast.beacon.does("addCapability", capability("管网模型", "MARKET_REGULATION", &["管网"])).await;
    let matches = async || cast.organizer.reads("demandMatches", json!({ "id": id })).await;
    let reasons = async |organization: &str| {
        let found = matches().await["matches"]["nodes"].clone();
        let one = found.as_array().unwrap().iter().find(|one| one["organization"]["id"] == *organization).cloned();
        one.map(|one| one["reasons"].clone())
    };
    let (aurora, beacon) = (organization(&cast.aurora).await, organization(&cast.beacon).await);
    let domain = json!({ "kind": "DOMAIN", "detail": "URBAN_OPERATION" });
    let word = |word: &str| json!({ "kind": "WORD", "detail": word });
    let why = reasons(&aurora).await.unwrap();
    let why = why.as_array().unwrap();
    assert!([domain.clone(), word("雷达"), word("lidar")].iter().all(|one| why.contains(one)), "{why:?}");
    assert!(reasons(&beacon).await.unwrap().as_array().unwrap().contains(&word("管网")));

    // An interest is the enterprise's, the organizers' and the supervisors' to know.
    let interest = cast.aurora.does("registerInterest", json!({ "demandId": id, "note": "可在汛期前到场" })).await;
    assert_eq!(interest["interest"]["organization"]["id"], json!(aurora));
    for (person, count) in
        [(&cast.organizer, 1), (&cast.supervisor, 1), (&cast.aurora, 1), (&cast.beacon, 0), (&cast.urban, 0)]
    {
        assert_eq!(person.reads("demandMatches", json!({ "id": id })).await["interests"]["totalCount"], count);
    }

    // One act invites all of them, with one text.
    let message = "诚邀贵单位关注该场景需求。";
    let invited = cast.organizer.does("inviteMatched", json!({ "demandId": id, "message": message })).await;
    let matched = matches().await["matches"].clone();
    assert_eq!(invited["invited"], matched["totalCount"]);
    assert!(matched["nodes"].as_array().unwrap().iter().all(|one| !one["invitedAt"].is_null()), "{matched}");
    let own = cast.aurora.reads("invitations", json!({})).await["invitations"].clone();
    assert_eq!((&own["nodes"][0]["message"], &own["nodes"][0]["demand"]["id"]), (&json!(message), &json!(id)));
    cast.organizer.may_not("inviteMatched", json!({ "demandId": id, "message": message }), "NOT_NOW").await;
    cast.delta.does("addCapability", capability("激光测距", "OTHER_SMART_CITY", &["LIDAR"])).await;
    let another = json!({ "demandId": id, "message": "请速来。" });
    cast.organizer.may_not("inviteMatched", another, "CONFLICT").await;
    let invited = cast.organizer.does("inviteMatched", json!({ "demandId": id, "message": message })).await;
    assert_eq!(invited["invited"], 1);
    let own = cast.delta.reads("invitations", json!({})).await["invitations"].clone();
    assert_eq!((&own["totalCount"], &own["nodes"][0]["message"]), (&json!(1), &json!(message)));

    // On the record: how many and with what text, not who.
    let happened = cast.anybody.reads("events", json!({ "subject": id, "first": 50 })).await;
    let kinds: Vec<&str> =
        happened["nodes"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["demand.listed", "demand.matched_invited", "demand.matched_invited"]);
    assert!(!happened.to_string().contains(&aurora), "{happened}");
    assert_eq!(cast.supervisor.reads("verifyEvents", json!({})).await["intact"], true);
}

/// A demander who is an organizer as well.
async fn both(app: &TestApp) -> Person {
    let department = organization(&app.person("urban").await).await;
    let both = json!({ "username": "both", "password": "Rehearsal-2026", "name": "两职", "roles": ["DEMANDER", "ORGANIZER"],
        "organizationId": department });
    app.person("sysadmin").await.does("createAccount", both).await;
    app.person("both").await
}

#[tokio::test]
async fn each_act_is_its_people_s_in_its_states() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let (both, eagle) = (both(&app).await, app.person("eagle").await);
    let on = |id: &str| json!({ "demandId": id });
    let reason = |id: &str| json!({ "demandId": id, "reason": "理由" });
    let revise = |id: &str| json!({ "demandId": id, "changes": { "title": "改" } });
    let ask = |id: &str, expert: &str| json!({ "demandId": id, "expertIds": [expert] });
    let release = |id: &str| json!({ "demandIds": [id], "title": "清单" });
    let merge = |id: &str, source: &str| json!({ "demandId": id, "sourceIds": [source], "reason": "同一处" });
    let invite = |id: &str| json!({ "demandId": id, "message": "诚邀" });
    let expert = user(&cast.judge).await;
    let all = |id: &str, other: &str| {
        [
            ("reviseDemand", revise(id)),
            ("submitDemand", on(id)),
            ("withdrawDemand", reason(id)),
            ("askOpinions", ask(id, &expert)),
            ("recordOpinion", opinion(id, "OPPOSE")),
            ("returnDemand", reason(id)),
            ("rejectDemand", reason(id)),
            ("mergeDemands", merge(id, other)),
            ("acceptDemand", on(id)),
            ("releaseDemands", release(id)),
            ("registerInterest", on(id)),
            ("withdrawInterest", on(id)),
            ("inviteMatched", invite(id)),
        ]
    };

    // A draft is its department's; to everybody else it is not there, whatever they try.
    let draft = cast.drafted("草稿").await;
    let another = cast.submitted("另一件").await;
    for (act, input) in all(&draft, &another) {
        cast.anybody.may_not(act, input.clone(), "UNAUTHENTICATED").await;
        for person in [&cast.organizer, &cast.supervisor, &cast.social, &cast.judge, &cast.aurora] {
            person.may_not(act, input.clone(), "NOT_FOUND").await;
        }
    }
    for person in [&cast.organizer, &cast.supervisor, &cast.social, &cast.judge, &cast.aurora, &cast.anybody] {
        assert_eq!(person.reads("demand", on_id(&draft)).await, Value::Null);
        assert_eq!(person.reads("node", on_id(&draft)).await, Value::Null);
        assert_eq!(person.reads("events", json!({ "subject": draft })).await["nodes"], json!([]));
        assert!(!person.reads("demands", json!({ "first": 100 })).await.to_string().contains(&draft));
    }
    assert_eq!(cast.urban.reads("events", json!({ "subject": draft })).await["nodes"][0]["kind"], "demand.drafted");
    assert_eq!(both.reads("demand", on_id(&draft)).await["id"], json!(draft));

    // Handed in it is an organizer's to move, but nobody's of its department, whatever else they are.
    for (act, input) in [
        ("askOpinions", ask(&another, &expert)),
        ("recordOpinion", opinion(&another, "OPPOSE")),
        ("returnDemand", reason(&another)),
        ("rejectDemand", reason(&another)),
        ("mergeDemands", merge(&another, &another)),
        ("acceptDemand", on(&another)),
        ("releaseDemands", release(&another)),
        ("inviteMatched", invite(&another)),
    ] {
        both.may_not(act, input.clone(), "FORBIDDEN").await;
        cast.urban.may_not(act, input.clone(), "FORBIDDEN").await;
        cast.supervisor.may_not(act, input.clone(), "FORBIDDEN").await;
        cast.social.may_not(act, input, "NOT_FOUND").await;
    }
    cast.aurora.may_not("releaseDemands", json!({ "demandIds": [], "title": "清单" }), "FORBIDDEN").await;
    cast.organizer.may_not("reviseDemand", revise(&another), "FORBIDDEN").await;
    cast.organizer.may_not("withdrawDemand", reason(&another), "FORBIDDEN").await;
    for (act, input) in [
        ("acceptDemand", on(&another)),
        ("recordOpinion", opinion(&another, "SUPPORT")),
        ("releaseDemands", release(&another)),
        ("inviteMatched", invite(&another)),
    ] {
        cast.organizer.may_not(act, input, "NOT_NOW").await;
    }
    cast.urban.may_not("reviseDemand", revise(&another), "NOT_NOW").await;
    cast.urban.may_not("submitDemand", on(&another), "NOT_NOW").await;

    // Opinions: who was not asked gives none, and nobody gives two.
    let argued = cast.arguing("论证中").await;
    let judge2 = app.person("judge2").await;
    judge2.may_not("recordOpinion", opinion(&argued, "SUPPORT"), "NOT_FOUND").await;
    cast.judge.does("recordOpinion", opinion(&argued, "OPPOSE")).await;
    cast.judge.may_not("recordOpinion", opinion(&argued, "SUPPORT"), "NOT_NOW").await;
    for (act, input) in
        [("acceptDemand", on(&argued)), ("returnDemand", reason(&argued)), ("reviseDemand", revise(&argued))]
    {
        cast.judge.may_not(act, input, "FORBIDDEN").await;
    }

    // On the list: interests of verified enterprises, once each.
    let listed = cast.listed("已入清单").await;
    for (person, code) in [
        (&cast.anybody, "UNAUTHENTICATED"),
        (&cast.urban, "FORBIDDEN"),
        (&cast.organizer, "FORBIDDEN"),
        (&cast.judge, "FORBIDDEN"),
        (&eagle, "FORBIDDEN"),
    ] {
        person.may_not("registerInterest", on(&listed), code).await;
    }
    cast.aurora.may_not("withdrawInterest", on(&listed), "NOT_NOW").await;
    cast.aurora.does("registerInterest", on(&listed)).await;
    cast.aurora.may_not("registerInterest", on(&listed), "CONFLICT").await;
    let withdrawn = cast.aurora.does("withdrawInterest", on(&listed)).await;
    assert_eq!(withdrawn["demand"]["availableActions"], json!(["registerInterest"]));
    for (act, input) in [
        ("releaseDemands", release(&listed)),
        ("returnDemand", reason(&listed)),
        ("acceptDemand", on(&listed)),
        ("mergeDemands", merge(&another, &listed)),
        ("mergeDemands", merge(&listed, &another)),
    ] {
        cast.organizer.may_not(act, input, "NOT_NOW").await;
    }

    // What its department takes back from the list stays to be seen, with the reason, and ends there.
    assert_eq!(cast.urban.fails("withdrawDemand", on(&listed)).await.fields, ["reason: reason_needed"]);
    cast.urban.does("withdrawDemand", reason(&listed)).await;
    let seen = cast.anybody.reads("demand", on_id(&listed)).await;
    assert_eq!((&seen["status"], &seen["reason"]), (&json!("WITHDRAWN"), &json!("理由")));
    cast.aurora.may_not("registerInterest", on(&listed), "NOT_NOW").await;
    cast.organizer.may_not("inviteMatched", invite(&listed), "NOT_NOW").await;
    // A draft needs no reason, and nobody else hears of it.
    cast.urban.does("withdrawDemand", on(&draft)).await;
    assert_eq!(cast.organizer.reads("demand", on_id(&draft)).await, Value::Null);
    // What was rejected is over.
    cast.organizer.does("rejectDemand", reason(&another)).await;
    for (act, input) in
        [("reviseDemand", revise(&another)), ("submitDemand", on(&another)), ("withdrawDemand", reason(&another))]
    {
        cast.urban.may_not(act, input, "NOT_NOW").await;
    }
}

fn on_id(id: &str) -> Value {
    json!({ "id": id })
}

#[tokio::test]
async fn every_faulty_field_of_a_demand_is_named() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let mut input = demand_input(" ");
    input["goals"] = json!([{ "name": "", "unit": "min", "comparator": "GTE", "target": "ten" }]);
    input["openResources"] = json!([{ "kind": "DATA", "detail": "" }]);
    input["budgetFrom"] = json!("-1");
    input["contact"] = json!("张工 138-1234-5678");
    input["wantedWords"] = json!(["雷达", " 雷达 ", ""]);
    input["wantedQualifications"] = json!(["HNTE", "hnte", "HNTE"]);
    let refusal = cast.urban.fails("draftDemand", input).await;
    let faults = [
        "budgetFrom: not_money",
        "contact: office_phone",
        "goals.0.name: required",
        "goals.0.target: not_a_decimal",
        "openResources.0.detail: required",
        "title: required",
        "wantedQualifications.1: bad_characters",
        "wantedQualifications.2: duplicate",
        "wantedWords.1: duplicate",
        "wantedWords.2: required",
    ];
    assert_eq!(refusal.fields, faults);
    let many: Vec<String> = (0..21).map(|word| format!("词{word}")).collect();
    let refusal = cast.urban.fails("draftDemand", json!({ "title": "多", "wantedWords": many })).await;
    assert_eq!(refusal.fields, ["wantedWords: too_long"]);
    let mut input = demand_input("上下颠倒");
    (input["budgetFrom"], input["budgetTo"]) = (json!(2), json!(1));
    let id = text(&cast.urban.does("draftDemand", input).await["demand"]["id"]);
    assert_eq!(cast.urban.fails("submitDemand", json!({ "demandId": id })).await.fields, ["budgetTo: out_of_range"]);

    // A colleague was quicker; the same key is the same act.
    let revise = |version: i32| json!({ "demandId": id, "expectedVersion": version, "changes": { "budgetTo": 3 } });
    cast.urban.does("reviseDemand", revise(1)).await;
    cast.urban.may_not("reviseDemand", revise(1), "CONFLICT").await;
    let mut submit = json!({ "demandId": id, "idempotencyKey": "k" });
    cast.urban.does("submitDemand", submit.clone()).await;
    assert_eq!(cast.urban.does("submitDemand", submit.clone()).await["demand"]["status"], "SUBMITTED");
    submit["demandId"] = json!(cast.drafted("又一件").await);
    cast.urban.may_not("submitDemand", submit, "CONFLICT").await;

    // Whom nobody can ask, and how many.
    let (expert, bidder) = (user(&cast.judge).await, user(&cast.aurora).await);
    let ask = |experts: Value| json!({ "demandId": id, "expertIds": experts });
    for (experts, fault) in [
        (json!([]), "expertIds: required"),
        (json!([expert, expert]), "expertIds.1: duplicate"),
        (json!([expert, bidder]), "expertIds.1: expert_unfit"),
        (json!(["usr_00000000000000000000000001"]), "expertIds.0: expert_unfit"),
        (json!([id]), "expertIds.0: not_an_id"),
    ] {
        assert_eq!(cast.organizer.fails("askOpinions", ask(experts)).await.fields, [fault]);
    }
    let own = json!({ "username": "insider", "password": "Rehearsal-2026", "name": "本局专家", "roles": ["JUDGE"], "judgeKind": "USER",
        "organizationId": organization(&cast.urban).await });
    let own = app.person("sysadmin").await.does("createAccount", own).await["user"]["id"].clone();
    assert_eq!(cast.organizer.fails("askOpinions", ask(json!([own]))).await.fields, ["expertIds.0: expert_unfit"]);
    cast.organizer.does("askOpinions", ask(json!([expert]))).await;
    assert_eq!(cast.organizer.fails("askOpinions", ask(json!([expert]))).await.fields, ["expertIds.0: duplicate"]);
    let refusal = cast.judge.fails("recordOpinion", json!({ "demandId": id, "verdict": "SUPPORT", "text": "" })).await;
    assert_eq!(refusal.fields, ["text: required"]);
    let merge = |sources: Value| json!({ "demandId": id, "sourceIds": sources, "reason": "同" });
    assert_eq!(cast.organizer.fails("mergeDemands", merge(json!([id]))).await.fields, ["sourceIds.0: into_itself"]);
    assert_eq!(cast.organizer.fails("mergeDemands", merge(json!([]))).await.fields, ["sourceIds: required"]);
    for (act, input) in [
        ("returnDemand", json!({ "demandId": id, "reason": " " })),
        ("rejectDemand", json!({ "demandId": id, "reason": "" })),
    ] {
        assert_eq!(cast.organizer.fails(act, input).await.fields, ["reason: required"]);
    }
    let release = json!({ "demandIds": [], "title": "清单" });
    assert_eq!(cast.organizer.fails("releaseDemands", release).await.fields, ["demandIds: required"]);
    let refusal = cast.anybody.fails_to_read("demands", json!({ "filter": { "batch": id } })).await;
    assert_eq!(refusal.fields, ["filter.batch: not_an_id"]);
    assert_eq!(cast.anybody.fails_to_read("releaseBatch", json!({})).await.fields, ["id: exactly_one"]);
}

#[tokio::test]
async fn a_returned_demand_is_argued_anew() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let id = cast.arguing("退回再报").await;
    let expert = user(&cast.judge).await;
    cast.judge.does("recordOpinion", opinion(&id, "REVISE")).await;
    let opinions = async |person: &Person| {
        person.reads("demandArgument", json!({ "id": id })).await["opinions"]["totalCount"].as_i64().unwrap()
    };
    assert_eq!(opinions(&cast.urban).await, 0);
    cast.organizer.does("returnDemand", json!({ "demandId": id, "reason": "目标不可测" })).await;
    assert_eq!(cast.urban.reads("demand", on_id(&id)).await["reason"], "目标不可测");
    assert_eq!(opinions(&cast.urban).await, 1);
    cast.urban.does("reviseDemand", json!({ "demandId": id, "changes": { "schedule": "改为两年" } })).await;
    cast.urban.does("submitDemand", json!({ "demandId": id })).await;

    // A new round: who was asked before has to be asked again, and what is said now is not told yet.
    cast.judge.may_not("recordOpinion", opinion(&id, "SUPPORT"), "FORBIDDEN").await;
    assert_eq!(cast.judge.reads("demand", on_id(&id)).await["status"], "SUBMITTED");
    cast.organizer.does("askOpinions", json!({ "demandId": id, "expertIds": [expert] })).await;
    let said = cast.judge.does("recordOpinion", opinion(&id, "SUPPORT")).await["opinion"].clone();
    assert_eq!(said["round"], 2);
    // The first round's do not count for the second.
    cast.organizer.may_not("acceptDemand", json!({ "demandId": id }), "NOT_NOW").await;
    cast.organizer2.does("recordOpinion", opinion(&id, "SUPPORT")).await;
    assert_eq!((opinions(&cast.urban).await, opinions(&cast.supervisor).await), (1, 3));
    assert_eq!(cast.urban.reads("node", json!({ "id": said["id"] })).await, Value::Null);
    // To withdraw it is no decision.
    let other = cast.arguing("论证中撤回").await;
    cast.judge.does("recordOpinion", opinion(&other, "OPPOSE")).await;
    cast.urban.does("withdrawDemand", json!({ "demandId": other, "reason": "不再需要" })).await;
    assert_eq!(cast.urban.reads("demandArgument", on_id(&other)).await["opinions"]["totalCount"], 0);
    cast.organizer.does("acceptDemand", json!({ "demandId": id })).await;
    assert_eq!(opinions(&cast.urban).await, 3);
    assert_eq!(opinions(&cast.judge).await, 2);
    for person in [&cast.social, &cast.aurora, &cast.anybody] {
        assert_eq!(person.reads("node", json!({ "id": said["id"] })).await, Value::Null);
    }
    // Who was asked is told to no department.
    let argument = cast.urban.reads("demandArgument", on_id(&id)).await;
    assert!(!argument.to_string().contains(&expert), "{argument}");
    assert!(!cast.urban.reads("events", json!({ "subject": id, "first": 50 })).await.to_string().contains(&expert));
}

#[tokio::test]
async fn what_wants_the_same_becomes_one() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let stays = cast.accepted("留下的").await;
    let own = cast.submitted("并入的").await;
    let theirs = text(&cast.social.does("draftDemand", demand_input("别局并入的")).await["demand"]["id"]);
    let merge = json!({ "demandId": stays, "sourceIds": [own, theirs], "reason": "同一处隧道" });
    // One of them has not been handed in: none is merged.
    cast.organizer.may_not("mergeDemands", merge.clone(), "NOT_FOUND").await;
    assert_eq!(cast.urban.reads("demand", on_id(&own)).await["status"], "SUBMITTED");
    cast.social.does("submitDemand", json!({ "demandId": theirs })).await;
    let merged = cast.organizer.does("mergeDemands", merge.clone()).await["demand"].clone();
    assert_eq!(merged["status"], "ACCEPTED");
    assert_eq!(merged["sources"]["nodes"].as_array().unwrap().len(), 2);
    cast.organizer.may_not("mergeDemands", merge, "NOT_NOW").await;
    // Each department sees its own, and what it became part of once everybody does.
    let seen = cast.social.reads("demand", on_id(&theirs)).await;
    assert_eq!((&seen["status"], &seen["reason"]), (&json!("MERGED"), &json!("同一处隧道")));
    assert_eq!(seen["mergedInto"], Value::Null);
    assert!(!cast.social.reads("events", json!({ "subject": theirs })).await.to_string().contains(&stays));
    assert_eq!(cast.urban.reads("demand", on_id(&stays)).await["sources"]["totalCount"], 1);
    cast.organizer.does("releaseDemands", json!({ "demandIds": [stays], "title": "清单" })).await;
    assert_eq!(cast.social.reads("demand", on_id(&theirs)).await["mergedInto"]["id"], json!(stays));
    assert_eq!(cast.anybody.reads("demand", on_id(&stays)).await["sources"]["totalCount"], 0);
    assert_eq!(cast.anybody.reads("demand", on_id(&theirs)).await, Value::Null);
}

#[tokio::test]
async fn whoever_argued_a_demand_is_known_however_often_it_was_merged() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let [argued, between] = [cast.arguing("论证过的").await, cast.submitted("中间的").await];
    cast.judge.does("recordOpinion", opinion(&argued, "SUPPORT")).await;
    let merge = |into: &str, from: &str| json!({ "demandId": into, "sourceIds": [from], "reason": "同一处隧道" });
    cast.organizer.does("mergeDemands", merge(&between, &argued)).await;
    let stays = cast.submitted("留下的").await;
    assert!(app.opinion_givers(&stays).await.is_empty());
    cast.organizer.does("mergeDemands", merge(&stays, &between)).await;
    assert_eq!(app.opinion_givers(&stays).await, [user(&cast.judge).await]);
}

#[tokio::test]
async fn batches_are_numbered_without_holes_and_listed_whole_or_not_at_all() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let before = cast.anybody.reads("releaseBatches", json!({})).await["nodes"].as_array().unwrap().len();
    let mut ready = Vec::new();
    for title in ["一", "二", "三", "四", "五"] {
        ready.push(cast.accepted(title).await);
    }
    let waits = cast.submitted("未论证").await;
    let release = |ids: &[&String]| json!({ "demandIds": ids, "title": "清单" });
    cast.organizer.may_not("releaseDemands", release(&[&ready[0], &waits]), "NOT_NOW").await;
    cast.organizer.may_not("releaseDemands", release(&[&ready[0], &cast.drafted("草稿").await]), "NOT_FOUND").await;
    assert_eq!(cast.anybody.reads("demand", on_id(&ready[0])).await, Value::Null);
    let refusal = cast.organizer.fails("releaseDemands", release(&[&ready[0], &ready[0]])).await;
    assert_eq!(refusal.fields, ["demandIds.1: duplicate"]);

    // At once, and two of the same: one number each, and no demand in two lists.
    let (first, second) = (release(&[&ready[0], &ready[1]]), release(&[&ready[1], &ready[2]]));
    let third = release(&[&ready[3]]);
    let operation = support::operation("releaseDemands");
    let all = [(&cast.organizer, first), (&cast.organizer2, second), (&cast.organizer, third)];
    let answers = join_all(all.iter().map(|(who, input)| who.sends(&operation, json!({ "input": input })))).await;
    let mut codes: Vec<String> = answers
        .iter()
        .filter(|(_, answer)| answer.get("errors").is_none())
        .map(|(_, answer)| text(&answer["data"]["releaseDemands"]["batch"]["code"]))
        .collect();
    codes.sort();
    assert_eq!(codes, [before + 1, before + 2].map(|number| format!("JH-2026-{number:02}")));
    app.drift("2026-12-31T16:00:00Z");
    let next = cast.organizer.does("releaseDemands", release(&[&ready[4]])).await;
    assert_eq!(next["batch"]["code"], "JH-2027-01");
    let pages = cast.anybody.reads("releaseBatches", json!({ "first": 1 })).await;
    assert_eq!((&pages["nodes"][0]["code"], &pages["pageInfo"]["hasNextPage"]), (&json!("JH-2027-01"), &json!(true)));
}

#[tokio::test]
async fn of_the_same_opinion_or_interest_at_once_there_is_one() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let (argued, listed) = (cast.arguing("同时").await, cast.listed("同时登记").await);
    for (person, act, input, code) in [
        (&cast.judge, "recordOpinion", opinion(&argued, "SUPPORT"), "NOT_NOW"),
        (&cast.aurora, "registerInterest", json!({ "demandId": listed }), "CONFLICT"),
    ] {
        let operation = support::operation(act);
        let answers = join_all((0..4).map(|_| person.sends(&operation, json!({ "input": input })))).await;
        let refused: Vec<String> = answers
            .iter()
            .filter(|(_, answer)| answer.get("errors").is_some())
            .map(|(_, answer)| support::Refusal::of(answer).code)
            .collect();
        assert_eq!(refused, [code; 3], "{act}");
    }
}

/// Planted in one world and not in the other; those who may not know are answered alike, whatever they ask of the demand.
#[tokio::test]
async fn interests_and_invitations_are_told_to_those_who_run_the_pool_and_to_their_own() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let id = cast.listed("意向").await;
    cast.aurora.does("addCapability", capability("雷达", "URBAN_OPERATION", &["雷达"])).await;
    let names = ["urban", "social", "beacon", "cedar", "eagle", "judge1", "sysadmin", "secadmin", "auditor"];
    let outsiders = join_all(names.iter().map(|name| app.person(name))).await;
    let tokens = |people: &[Person]| people.iter().map(|one| one.token().unwrap().to_owned()).collect::<Vec<_>>();
    let (outsiders, insiders) =
        (tokens(&outsiders), tokens(&[cast.organizer.clone(), cast.supervisor.clone(), cast.aurora.clone()]));
    drop(cast);
    let rest = app.rests().await;
    let (without, with) = (rest.begins().await, rest.begins().await);
    let aurora = |world: &TestApp| world.bearer(&insiders[2]);
    let planted = aurora(&with).does("registerInterest", json!({ "demandId": id, "note": "可到场" })).await;
    let planted = text(&planted["interest"]["id"]);
    let everything = "query($id: ID!, $planted: ID!) {
        demand(id: $id) { version status availableActions matches { totalCount nodes { organization { id } interested } }
            interests { totalCount nodes { id note } edges { cursor } } invitations { totalCount nodes { id } } }
        node(id: $planted) { id }
        events(subject: $id, first: 50) { totalCount nodes { id kind hash } }
        planted: events(subject: $planted) { totalCount }
        all: events(first: 1) { totalCount }
        viewer { invitations { totalCount } }
        demands(first: 100) { totalCount nodes { id } }
    }";
    let told = async |world: &TestApp, token: &str| {
        world.bearer(token).sends(everything, json!({ "id": id, "planted": planted })).await.1
    };
    for (name, token) in names.iter().zip(&outsiders) {
        assert_eq!(told(&without, token).await, told(&with, token).await, "{name}");
    }
    for token in &insiders {
        assert_ne!(told(&without, token).await, told(&with, token).await);
    }
    // It gives no advantage: the same match, for the same reasons, and the same invitation.
    let organizer = |world: &TestApp| world.bearer(&insiders[0]);
    let matches = async |world: &TestApp| {
        let mut found = organizer(world).reads("demandMatches", on_id(&id)).await["matches"].clone();
        for one in found["nodes"].as_array_mut().unwrap() {
            one["interested"].take();
        }
        found
    };
    assert_eq!(matches(&without).await, matches(&with).await);
    let invite = json!({ "demandId": id, "message": "诚邀" });
    let counts = [
        organizer(&without).does("inviteMatched", invite.clone()).await,
        organizer(&with).does("inviteMatched", invite).await,
    ];
    assert_eq!(counts[0]["invited"], counts[1]["invited"]);

    // An invitation is its own organization's: whoever else is none the wiser of it.
    let invitation = aurora(&with).reads("invitations", json!({})).await["invitations"]["nodes"][0]["id"].clone();
    assert!(invitation.is_string());
    for (name, token) in names.iter().zip(&outsiders) {
        let person = with.bearer(token);
        assert_eq!(person.reads("node", json!({ "id": invitation })).await, Value::Null, "{name}");
        let own =
            person.asks("{ viewer { organization { id } } }", json!({})).await["viewer"]["organization"]["id"].clone();
        let seen = person.reads("demandMatches", on_id(&id)).await["invitations"]["nodes"].clone();
        assert!(seen.as_array().unwrap().iter().all(|one| one["organization"]["id"] == own), "{name}: {seen}");
    }
}

#[tokio::test]
async fn a_qualification_matches_on_the_days_on_which_it_is_valid() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let id = cast.listed("资质").await;
    let delta = organization(&cast.delta).await;
    let stated = json!({ "kind": "HNTE", "certificateNo": "GR202641000009", "issuedBy": "河南省科技厅", "evidence": "网上可查",
                         "validFrom": "2026-03-03", "validTo": "2026-03-04" });
    let stated = cast.delta.does("recordQualification", stated).await["qualification"]["id"].clone();
    cast.organizer.does("verifyQualification", json!({ "qualificationId": stated })).await;
    let reasons = async || {
        let found = cast.organizer.reads("demandMatches", on_id(&id)).await["matches"]["nodes"].clone();
        let one = found.as_array().unwrap().iter().find(|one| one["organization"]["id"] == *delta).cloned();
        let kinds = one.map(|one| one["reasons"].clone()).unwrap_or(json!([]));
        kinds.as_array().unwrap().contains(&json!({ "kind": "QUALIFICATION", "detail": "HNTE" }))
    };
    assert!(!reasons().await);
    app.drift("2026-03-02T16:00:00Z");
    assert!(reasons().await, "valid from the first day in China on");
    app.drift("2026-03-04T15:59:59Z");
    assert!(reasons().await, "valid on its last day");
    app.drift("2026-03-04T16:00:00Z");
    assert!(!reasons().await);
}

#[tokio::test]
async fn an_organization_keeps_its_list_and_everybody_reads_it() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let own = organization(&cast.aurora).await;
    let listed = async |person: &Person| {
        let filter = json!({ "filter": { "organization": own }, "first": 100 });
        person.reads("capabilities", filter).await["nodes"].as_array().unwrap().len()
    };
    let before = listed(&cast.anybody).await;
    let input = capability("夜间识别", "URBAN_OPERATION", &["Ｎight", "雷达"]);
    for (person, code) in [
        (&cast.anybody, "UNAUTHENTICATED"),
        (&cast.urban, "FORBIDDEN"),
        (&cast.organizer, "FORBIDDEN"),
        (&cast.judge, "FORBIDDEN"),
        (&app.person("eagle").await, "FORBIDDEN"),
    ] {
        person.may_not("addCapability", input.clone(), code).await;
    }
    let added = cast.aurora.does("addCapability", input).await["capability"].clone();
    assert_eq!((&added["words"], &added["version"]), (&json!(["night", "雷达"]), &json!(1)));
    assert_eq!(added["availableActions"], json!(["reviseCapability", "removeCapability"]));
    let id = text(&added["id"]);
    for filter in [json!({ "word": "NIGHT" }), json!({ "word": "雷达", "domains": ["URBAN_OPERATION"] })] {
        let found = cast.anybody.reads("capabilities", json!({ "filter": filter, "first": 100 })).await;
        assert!(found.to_string().contains(&id), "{filter}");
    }
    let none = cast.anybody.reads("capabilities", json!({ "filter": { "word": "nigh" } })).await;
    assert_eq!(none["nodes"], json!([]));
    let of = "query($id: ID!) { node(id: $id) { ... on Organization { capabilities(first: 100) { totalCount nodes { id } } } } }";
    let seen = cast.anybody.asks(of, on_id(&own)).await["node"]["capabilities"].clone();
    assert_eq!((&seen["totalCount"], listed(&cast.anybody).await), (&json!(before + 1), before + 1));

    let refusal = cast
        .aurora
        .fails("addCapability", json!({ "title": "", "domains": [], "description": "", "words": ["a", "Ａ"] }))
        .await;
    assert_eq!(refusal.fields, ["description: required", "domains: required", "title: required", "words.1: duplicate"]);
    let revise =
        |version: i32| json!({ "capabilityId": id, "expectedVersion": version, "changes": { "words": ["管网"] } });
    cast.beacon.may_not("reviseCapability", revise(1), "FORBIDDEN").await;
    cast.beacon.may_not("removeCapability", json!({ "capabilityId": id }), "FORBIDDEN").await;
    let revised = cast.aurora.does("reviseCapability", revise(1)).await["capability"].clone();
    assert_eq!((&revised["words"], &revised["domains"]), (&json!(["管网"]), &json!(["URBAN_OPERATION"])));
    cast.aurora.may_not("reviseCapability", revise(1), "CONFLICT").await;

    // At most fifty.
    for place in listed(&cast.aurora).await..50 {
        cast.aurora.does("addCapability", capability(&format!("第{place}项"), "OTHER_SMART_CITY", &[])).await;
    }
    cast.aurora.may_not("addCapability", capability("再一项", "OTHER_SMART_CITY", &[]), "NOT_NOW").await;
    let remove = json!({ "capabilityId": id, "idempotencyKey": "r" });
    cast.aurora.does("removeCapability", remove.clone()).await;
    assert_eq!(cast.aurora.does("removeCapability", remove).await["capabilityId"], json!(id));
    cast.aurora.may_not("removeCapability", json!({ "capabilityId": id }), "NOT_FOUND").await;
    assert_eq!(cast.anybody.reads("node", on_id(&id)).await, Value::Null);
    cast.aurora.does("addCapability", capability("再一项", "OTHER_SMART_CITY", &[])).await;

    // Whom nobody vouches for any more, nobody but itself and those who look after organizations reads.
    cast.organizer.does("refuseOrganization", json!({ "organizationId": own, "reason": "证照过期" })).await;
    assert_eq!(listed(&cast.anybody).await, 0);
    assert_eq!(listed(&cast.beacon).await, 0);
    assert_eq!((listed(&cast.aurora).await, listed(&cast.supervisor).await), (50, 50));
    cast.aurora.may_not("addCapability", capability("又一项", "OTHER_SMART_CITY", &[]), "FORBIDDEN").await;
}

#[tokio::test]
async fn a_list_of_demands_costs_the_same_however_long_it_is() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    cast.aurora.does("addCapability", capability("雷达", "URBAN_OPERATION", &["雷达"])).await;
    let mut ids = Vec::new();
    for title in ["一", "二", "三"] {
        ids.push(cast.listed(title).await);
    }
    for id in &ids {
        cast.organizer.does("inviteMatched", json!({ "demandId": id, "message": "诚邀" })).await;
    }
    let rich = "query($first: Int) { demands(first: $first) { totalCount nodes {
        id department { name } wantedWords wantedQualifications batch { code } author { name } askedExperts { name }
        opinions(first: 2) { totalCount nodes { text author { name } } } sources(first: 2) { totalCount nodes { id } }
        matches(first: 2) { totalCount nodes { organization { name } reasons { kind detail } interested invitedAt } }
        interests(first: 2) { totalCount nodes { note } } invitations(first: 2) { totalCount nodes { message } }
        availableActions } } }";
    let cost = async |person: &Person, query: &str, first: i32, enough: u64| {
        app.costs(enough, async || _ = person.asks(query, json!({ "first": first })).await).await
    };
    let one = cost(&cast.organizer, rich, 1, u64::MAX).await;
    let three = cost(&cast.organizer, rich, 3, one + 3).await;
    assert!(three < one + 4, "{three} statements for three, {one} for one");
    let plain = "query($first: Int) { demands(first: $first) { nodes { id title department { name } } } }";
    assert_eq!((cost(&cast.anybody, plain, 1, 1).await, cost(&cast.anybody, plain, 3, 1).await), (1, 1));
}

#[tokio::test]
async fn a_challenge_begins_with_what_its_demand_says_and_takes_it_up() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let id = cast.listed("转榜").await;
    let demand = cast.urban.reads("demand", json!({ "id": id })).await;
    let draft = json!({ "title": "由需求转来的榜单", "demandId": id, "contact": "市政设施科" });
    cast.anybody.may_not("draftChallenge", draft.clone(), "UNAUTHENTICATED").await;
    app.person("social").await.may_not("draftChallenge", draft.clone(), "FORBIDDEN").await;
    let wrong = json!({ "title": "x", "demandId": "chl_x" });
    assert_eq!(cast.urban.fails("draftChallenge", wrong).await.fields, ["demandId: not_an_id"]);
    let made = cast.urban.does("draftChallenge", draft.clone()).await["challenge"]["id"].clone();
    cast.urban.may_not("draftChallenge", draft, "NOT_NOW").await;
    let seen = cast.urban.reads("challenge", json!({ "id": made })).await;
    for (field, value) in [
        ("domain", &demand["domain"]),
        ("scale", &demand["scale"]),
        ("background", &demand["painPoints"]),
        ("problemStatement", &demand["content"]),
        ("siteConditions", &demand["site"]),
        ("contact", &json!("市政设施科")),
    ] {
        assert_eq!(seen[field], *value, "{field}");
    }
    assert_eq!(seen["demand"]["id"], json!(id));
    let taken = cast.anybody.reads("demand", json!({ "id": id })).await;
    assert_eq!(taken["status"], "TAKEN_UP");
}

#[tokio::test]
async fn a_challenge_that_will_not_be_published_gives_its_demand_back() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let id = cast.listed("两次起草").await;
    let status = async || cast.anybody.reads("demand", json!({ "id": id })).await["status"].clone();
    let draft = async || {
        let draft = json!({ "title": "由需求转来的榜单", "demandId": id });
        let made = cast.urban.does("draftChallenge", draft).await["challenge"]["id"].clone();
        json!({ "challengeId": made, "reason": "场地另有安排" })
    };
    // Taken back by its department, and by nobody else.
    let first = draft().await;
    assert_eq!(status().await, "TAKEN_UP");
    cast.anybody.may_not("withdrawChallenge", first.clone(), "UNAUTHENTICATED").await;
    for other in [&cast.social, &cast.supervisor, &cast.judge, &cast.aurora] {
        other.may_not("withdrawChallenge", first.clone(), "NOT_FOUND").await;
    }
    cast.organizer.may_not("withdrawChallenge", first.clone(), "FORBIDDEN").await;
    let mut blank = first.clone();
    blank["reason"] = json!(" ");
    assert_eq!(cast.urban.fails("withdrawChallenge", blank).await.fields, ["reason: required"]);
    cast.urban.does("withdrawChallenge", first.clone()).await;
    cast.urban.may_not("withdrawChallenge", first.clone(), "NOT_NOW").await;
    let seen = cast.urban.reads("challenge", json!({ "id": first["challengeId"] })).await;
    assert_eq!((&seen["status"], &seen["reason"]), (&json!("CANCELLED"), &json!("场地另有安排")));
    let unseen = cast.anybody.reads("challenge", json!({ "id": first["challengeId"] })).await;
    assert_eq!(unseen, Value::Null);
    assert_eq!(status().await, "LISTED");

    // Drafted anew, whole, approved, and rejected all the same.
    let second = draft().await;
    let of = json!({ "challengeId": second["challengeId"] });
    cast.organizer.may_not("rejectChallenge", second.clone(), "NOT_NOW").await;
    let mut whole = support::challenge_input();
    whole.as_object_mut().unwrap().remove("title");
    cast.urban.does("reviseChallenge", json!({ "challengeId": second["challengeId"], "changes": whole })).await;
    cast.urban.does("submitChallenge", of.clone()).await;
    cast.organizer.does("approveChallenge", of).await;
    cast.urban.may_not("withdrawChallenge", second.clone(), "NOT_NOW").await;
    cast.anybody.may_not("rejectChallenge", second.clone(), "UNAUTHENTICATED").await;
    cast.urban.may_not("rejectChallenge", second.clone(), "FORBIDDEN").await;
    for other in [&cast.social, &cast.supervisor, &cast.judge, &cast.aurora] {
        other.may_not("rejectChallenge", second.clone(), "NOT_FOUND").await;
    }
    both(&app).await.may_not("rejectChallenge", second.clone(), "FORBIDDEN").await;
    cast.organizer2.does("rejectChallenge", second.clone()).await;
    cast.organizer2.may_not("rejectChallenge", second.clone(), "NOT_NOW").await;
    let seen = cast.urban.reads("challenge", json!({ "id": second["challengeId"] })).await;
    assert_eq!((&seen["status"], &seen["reason"]), (&json!("REJECTED"), &json!("场地另有安排")));
    let publish = json!({ "challengeId": second["challengeId"], "submissionDeadline": "2026-04-01T17:00:00+08:00" });
    cast.organizer.may_not("publishChallenge", publish, "NOT_NOW").await;
    assert_eq!(status().await, "LISTED");
    for other in [&cast.aurora, &cast.anybody] {
        let told = other.reads("events", json!({ "subject": second["challengeId"] })).await;
        assert_eq!(told["nodes"], json!([]));
    }
    // Open again: enterprises may show interest, and there may be a third.
    let interest = json!({ "demandId": id, "note": "有意参与" });
    cast.aurora.does("registerInterest", interest).await;
    let third = draft().await;
    assert_eq!(status().await, "TAKEN_UP");
    // Published and called off: as much as if it had failed.
    let of = json!({ "challengeId": third["challengeId"] });
    let mut whole = support::challenge_input();
    whole.as_object_mut().unwrap().remove("title");
    cast.urban.does("reviseChallenge", json!({ "challengeId": third["challengeId"], "changes": whole })).await;
    cast.urban.does("submitChallenge", of.clone()).await;
    let returned = json!({ "challengeId": third["challengeId"], "reason": "指标须量化" });
    cast.organizer.does("returnChallenge", returned).await;
    let seen = cast.urban.reads("challenge", json!({ "id": third["challengeId"] })).await;
    assert_eq!((&seen["status"], &seen["reason"]), (&json!("RETURNED"), &json!("指标须量化")));
    cast.urban.does("submitChallenge", of.clone()).await;
    cast.organizer.does("approveChallenge", of).await;
    let publish = json!({ "challengeId": third["challengeId"], "submissionDeadline": "2026-04-01T17:00:00+08:00" });
    cast.organizer.does("publishChallenge", publish).await;
    cast.organizer.does("cancelChallenge", third.clone()).await;
    assert_eq!(status().await, "LISTED");
    // Published, and nobody bids.
    let fourth = draft().await;
    let of = json!({ "challengeId": fourth["challengeId"] });
    let mut whole = support::challenge_input();
    whole.as_object_mut().unwrap().remove("title");
    cast.urban.does("reviseChallenge", json!({ "challengeId": fourth["challengeId"], "changes": whole })).await;
    cast.urban.does("submitChallenge", of.clone()).await;
    cast.organizer.does("approveChallenge", of.clone()).await;
    let publish = json!({ "challengeId": fourth["challengeId"], "submissionDeadline": "2026-04-01T17:00:00+08:00" });
    cast.organizer.does("publishChallenge", publish).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    assert_eq!(status().await, "TAKEN_UP");
    for person in [&cast.organizer, &cast.organizer2] {
        person.does("openBids", support::opening(fourth["challengeId"].as_str().unwrap())).await;
    }
    assert_eq!(status().await, "LISTED");
}

/// The titles that a text finds, from the newest on, page by page of this size; as many as are counted.
async fn titles_saying(person: &Person, text_sought: &str, first: usize) -> Vec<String> {
    let list = "query($f: DemandFilter, $n: Int, $a: String) { demands(filter: $f, first: $n, after: $a) {
        totalCount nodes { title } pageInfo { hasNextPage endCursor } } }";
    let (mut titles, mut after) = (Vec::new(), Value::Null);
    loop {
        let asked = json!({ "f": { "text": text_sought }, "n": first, "a": after });
        let page = person.asks(list, asked).await["demands"].clone();
        titles.extend(page["nodes"].as_array().unwrap().iter().map(|one| text(&one["title"])));
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], titles.len(), "{text_sought}");
            return titles;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn demands_are_found_by_their_words_by_those_who_see_them() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let nobody = Vec::<String>::new();

    // A draft is its department's, whatever words one tries.
    let id = cast.drafted("鸟鸣湖蓝藻预警").await;
    for (person, finds) in [
        (&cast.urban, vec!["鸟鸣湖蓝藻预警"]),
        (&cast.social, vec![]),
        (&cast.organizer, vec![]),
        (&cast.judge, vec![]),
        (&cast.anybody, vec![]),
    ] {
        assert_eq!(titles_saying(person, "蓝藻", 20).await, finds);
    }
    // What it said before it no longer does.
    let changes = json!({ "title": "鸟鸣湖水华预警", "wantedWords": ["ＵＡＶ"] });
    cast.urban.does("reviseDemand", json!({ "demandId": id, "expectedVersion": 1, "changes": changes })).await;
    assert_eq!(titles_saying(&cast.urban, "蓝藻", 20).await, nobody);

    // Handed in it is the organizers' and the supervisors' as well, and the experts' who are asked about it.
    cast.urban.does("submitDemand", json!({ "demandId": id })).await;
    let one = vec!["鸟鸣湖水华预警".to_owned()];
    for person in [&cast.urban, &cast.organizer, &cast.supervisor] {
        assert_eq!(titles_saying(person, "水华 uav", 20).await, one);
    }
    for person in [&cast.social, &cast.judge, &cast.aurora, &cast.anybody] {
        assert_eq!(titles_saying(person, "水华", 20).await, nobody);
    }
    let experts = [user(&cast.judge).await];
    cast.organizer.does("askOpinions", json!({ "demandId": id, "expertIds": experts })).await;
    assert_eq!(titles_saying(&cast.judge, "水华", 20).await, one);
    assert_eq!(titles_saying(&app.person("judge2").await, "水华", 20).await, nobody);

    // Listed it is everybody's; no more is told than in the list without words, and each demand once.
    for (person, verdict) in [(&cast.judge, "SUPPORT"), (&cast.organizer, "SUPPORT")] {
        person.does("recordOpinion", opinion(&id, verdict)).await;
    }
    cast.organizer.does("acceptDemand", json!({ "demandId": id })).await;
    assert_eq!(titles_saying(&cast.anybody, "水华", 20).await, nobody);
    cast.organizer.does("releaseDemands", json!({ "demandIds": [id], "title": "机会清单" })).await;
    let mut all = one.clone();
    for (day, title) in [(3, "水华二"), (4, "水华三"), (5, "水华四")] {
        app.set_clock(&format!("2026-03-0{day}T09:00:00+08:00")).await;
        cast.drafted(title).await;
        all.insert(0, title.to_owned());
    }
    for first in [1, 2, 3, 20] {
        assert_eq!(titles_saying(&cast.urban, "水华", first).await, all);
        for person in [&cast.social, &cast.organizer, &cast.judge, &cast.anybody] {
            assert_eq!(titles_saying(person, "水华", first).await, one);
        }
    }
    // All words, Chinese by any part, other words whole; other filters besides; whom to ask is not searched.
    for (sought, finds) in
        [("湖水", true), ("水华 雷达", false), ("ua", false), ("Uav", true), ("市政设施科", false), ("……", false)]
    {
        assert_eq!(titles_saying(&cast.anybody, sought, 20).await == one, finds, "{sought}");
    }
    let list = "query($f: DemandFilter) { demands(filter: $f) { totalCount } }";
    for (more, many) in
        [(json!({ "domains": ["URBAN_OPERATION"] }), 1), (json!({ "domains": ["SOCIAL_GOVERNANCE"] }), 0)]
    {
        let mut filter = more.clone();
        filter["text"] = json!("水华");
        assert_eq!(cast.anybody.asks(list, json!({ "f": filter })).await["demands"]["totalCount"], many, "{more}");
    }
    // By money: it names 500,000 … 2,000,000 yuan.
    for (from, to, finds) in [
        (Some(200_000_000i64), None, 1),
        (Some(200_000_001), None, 0),
        (None, Some(50_000_000i64), 1),
        (None, Some(49_999_999), 0),
        (Some(60_000_000), Some(70_000_000), 1),
        (Some(0), Some(1), 0),
    ] {
        let filter = json!({ "text": "水华", "budgetFrom": from, "budgetTo": to });
        assert_eq!(cast.anybody.asks(list, json!({ "f": filter })).await["demands"]["totalCount"], finds, "{filter}");
    }
    let reversed = json!({ "filter": { "budgetFrom": 2, "budgetTo": 1, "department": "x", "text": "水".repeat(101) } });
    assert_eq!(
        cast.anybody.fails_to_read("demands", reversed).await.fields,
        ["filter.budgetTo: out_of_range", "filter.department: not_an_id", "filter.text: too_long"]
    );
    // Drafts with one end of the money open, and with no money at all.
    for (title, from, to) in [("潮汐甲", Some(10i64), None), ("潮汐乙", None, Some(20i64)), ("潮汐丙", None, None)]
    {
        let mut input = demand_input(title);
        (input["budgetFrom"], input["budgetTo"]) = (json!(from), json!(to));
        cast.urban.does("draftDemand", input).await;
    }
    for (from, to, finds) in
        [(None, None, 3), (Some(0i64), None, 2), (Some(21), None, 1), (None, Some(9i64), 1), (Some(15), Some(15), 2)]
    {
        let filter = json!({ "text": "潮汐", "budgetFrom": from, "budgetTo": to });
        assert_eq!(cast.urban.asks(list, json!({ "f": filter })).await["demands"]["totalCount"], finds, "{filter}");
    }
    let department = organization(&cast.urban).await;
    for (department, finds) in [(department, 3), (organization(&cast.social).await, 0)] {
        let filter = json!({ "text": "潮汐", "department": department });
        assert_eq!(cast.urban.asks(list, json!({ "f": filter })).await["demands"]["totalCount"], finds, "{filter}");
    }
    let long = json!({ "filter": { "text": "水".repeat(101) } });
    assert_eq!(cast.anybody.fails_to_read("demands", long).await.fields, ["filter.text: too_long"]);
}

/// Every filter alone and with others, every order, for everybody what they may see: as many, and those, as the whole list says that
/// there are.
#[tokio::test]
async fn demand_filters_find_what_they_name_and_nothing_else() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let titled = |number: usize, domain: &str, money: (Option<i64>, Option<i64>)| {
        let mut input = demand_input(&format!("需求{number}"));
        (input["domain"], input["budgetFrom"], input["budgetTo"]) = (json!(domain), json!(money.0), json!(money.1));
        input
    };
    let domains = ["URBAN_OPERATION", "SOCIAL_GOVERNANCE", "MARKET_REGULATION"];
    let moneys = [(Some(100), Some(200)), (Some(150), None), (None, Some(150)), (None, None), (Some(300), Some(900))];
    let mut made = Vec::new();
    // As far as each gets: drafted, withdrawn, handed in, argued, accepted, listed, and off the list again.
    for (number, stage) in (0..14).map(|number| (number, number % 7)) {
        let department = if number % 3 == 0 { &cast.social } else { &cast.urban };
        let input = titled(number, domains[number % domains.len()], moneys[number % moneys.len()]);
        let id = text(&department.does("draftDemand", input).await["demand"]["id"]);
        made.push((number % 3 == 0, id.clone()));
        if stage == 1 {
            department.does("withdrawDemand", json!({ "demandId": id })).await;
        }
        if stage < 2 {
            continue;
        }
        if moneys[number % moneys.len()] == (None, None) {
            let changes = json!({ "budgetFrom": 1, "budgetTo": 100 });
            department.does("reviseDemand", json!({ "demandId": id, "expectedVersion": 1, "changes": changes })).await;
        }
        department.does("submitDemand", json!({ "demandId": id })).await;
        if stage > 2 {
            let experts = [user(&cast.judge).await];
            cast.organizer.does("askOpinions", json!({ "demandId": id, "expertIds": experts })).await;
        }
        if stage > 3 {
            for person in [&cast.judge, &cast.organizer] {
                person.does("recordOpinion", opinion(&id, "SUPPORT")).await;
            }
            cast.organizer.does("acceptDemand", json!({ "demandId": id })).await;
        }
        if stage > 4 {
            cast.organizer.does("releaseDemands", json!({ "demandIds": [id], "title": "机会清单" })).await;
        }
        if stage > 5 {
            department.does("withdrawDemand", json!({ "demandId": id, "reason": "另有安排" })).await;
        }
    }

    let list = "query($f: DemandFilter, $o: DemandOrder, $n: Int, $a: String) {
        demands(filter: $f, orderBy: $o, first: $n, after: $a) { totalCount pageInfo { hasNextPage endCursor }
            nodes { id domain status budgetFrom budgetTo department { id } batch { id } } } }";
    let mut tried = 0;
    for person in [&cast.anybody, &cast.urban, &cast.social, &cast.organizer, &cast.judge, &cast.aurora] {
        let whole = person.asks(list, json!({ "n": 100 })).await["demands"].clone();
        let whole = whole["nodes"].as_array().unwrap();
        for (of_social, id) in &made {
            let own = std::ptr::eq(person, if *of_social { &cast.social } else { &cast.urban });
            assert!(!own || whole.iter().any(|one| one["id"] == *id), "{id} is not in its department's list");
        }
        let batch = whole.iter().find(|one| !one["batch"].is_null()).map(|one| one["batch"]["id"].clone());
        let department = organization(&cast.urban).await;
        let either = |none: Value, all: &[Value]| -> Vec<Value> { [&[none], all].concat() };
        let domains = either(
            Value::Null,
            &[json!(["URBAN_OPERATION"]), json!(["MARKET_REGULATION", "URBAN_OPERATION"]), json!([])],
        );
        let statuses = either(
            Value::Null,
            &[
                json!(["LISTED"]),
                json!(["DRAFT", "WITHDRAWN", "WITHDRAWN"]),
                json!(["ARGUING", "SUBMITTED", "ACCEPTED"]),
            ],
        );
        let ends = [(None, None), (Some(180), None), (None, Some(149)), (Some(201), Some(299)), (Some(1), Some(1_000))];
        for (at, domain) in domains.iter().enumerate() {
            for (also, status) in statuses.iter().enumerate() {
                for (end, (from, to)) in ends.iter().enumerate() {
                    let place = at + also + end;
                    let mut filter =
                        json!({ "domains": domain, "statuses": status, "budgetFrom": from, "budgetTo": to });
                    if place % 3 == 0 {
                        filter["department"] = json!(department);
                    }
                    if place % 4 == 1 {
                        filter["batch"] = batch.clone().unwrap_or(Value::Null);
                    }
                    let is_in = |of: &Value, value: &Value| of.as_array().is_none_or(|of| of.contains(value));
                    let same = |asked: &Value, value: &Value| asked.is_null() || asked == value;
                    let fits = |one: &&Value| {
                        let own = (one["budgetFrom"].as_i64(), one["budgetTo"].as_i64());
                        let money = (from, to) == (&None, &None)
                            || own != (None, None)
                                && from.is_none_or(|from| own.1.is_none_or(|to| to >= from))
                                && to.is_none_or(|to| own.0.is_none_or(|from| from <= to));
                        is_in(domain, &one["domain"])
                            && is_in(status, &one["status"])
                            && same(&filter["department"], &one["department"]["id"])
                            && same(&filter["batch"], &one["batch"]["id"])
                            && money
                    };
                    let mut expected: Vec<String> = whole.iter().filter(fits).map(|one| text(&one["id"])).collect();
                    let order = ["LISTED_DESC", "LISTED_ASC"][place % 2];
                    if place % 2 == 1 {
                        expected.reverse();
                    }
                    let (mut ids, mut after) = (Vec::new(), Value::Null);
                    loop {
                        let size = [2, 50][place % 2];
                        let asked = json!({ "f": filter, "o": order, "n": size, "a": after });
                        let page = person.asks(list, asked).await["demands"].clone();
                        assert_eq!(page["totalCount"], expected.len(), "{filter}");
                        ids.extend(page["nodes"].as_array().unwrap().iter().map(|one| text(&one["id"])));
                        if page["pageInfo"]["hasNextPage"] == false {
                            break;
                        }
                        after = page["pageInfo"]["endCursor"].clone();
                    }
                    assert_eq!(ids, expected, "{filter} {order}");
                    tried += usize::from(!ids.is_empty());
                }
            }
        }
    }
    // Enough of them find something.
    assert!(tried > 100, "{tried}");
}

/// What was put on its shelf by a version that knew fewer marks is found again after the next start; a question of many words among
/// many domains and states stays one question.
#[tokio::test]
async fn demands_of_an_earlier_version_are_found_and_long_questions_answered() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    cast.listed("鸟鸣湖蓝藻预警").await;
    let list = "query($f: DemandFilter) { demands(filter: $f) { totalCount nodes { id } } }";
    let many = async |person: &Person, filter: Value| {
        person.asks(list, json!({ "f": filter })).await["demands"]["totalCount"].clone()
    };
    let all = many(&cast.anybody, json!({})).await;
    let listed = many(&cast.anybody, json!({ "statuses": ["LISTED"] })).await;
    app.tamper("update search_texts set marks = 'x' where shelf in (3, 4, 5)").await;
    app.tamper("delete from search_words where shelf in (3, 4, 5) and word like '=%'").await;
    assert_eq!(many(&cast.anybody, json!({})).await, 0);
    assert!(app.shelve_all().await > 0);
    assert_eq!(app.shelve_all().await, 0);
    assert_eq!(many(&cast.anybody, json!({})).await, all);
    assert_eq!(many(&cast.anybody, json!({ "statuses": ["LISTED"] })).await, listed);

    let domains =
        ["URBAN_OPERATION", "SOCIAL_GOVERNANCE", "MARKET_REGULATION", "GOVERNMENT_SERVICE", "OTHER_SMART_CITY"];
    let statuses =
        ["DRAFT", "SUBMITTED", "ARGUING", "RETURNED", "ACCEPTED", "REJECTED", "MERGED", "LISTED", "WITHDRAWN"];
    let words: String =
        (0..50u32).map(|at| char::from_u32(0x4e00 + at * 7).unwrap()).flat_map(|one| [one, ' ']).collect();
    for (text, finds) in [("蓝 藻", 1), ("蓝 藻 预 警 鸟 鸣 湖 下 穿 隧 道", 1), (words.trim(), 0)] {
        let filter = json!({ "text": text, "domains": domains, "statuses": statuses });
        assert_eq!(many(&cast.organizer, filter).await, finds, "{text}");
    }
    let filter = json!({ "text": "蓝 藻 预 警 鸟 鸣 湖", "domains": &domains[1..], "statuses": statuses });
    assert_eq!(many(&cast.organizer, filter).await, 0);
}

/// The money of demands that were there before it was found by an interval tree stands in it, after the upgrade, as it does when they are
/// written.
#[tokio::test]
async fn an_upgrade_finds_the_money_of_the_demands_that_are_there() {
    let app = TestApp::new().await;
    let cast = Cast::of(&app).await;
    let most = (1i64 << 53) - 1;
    let ends = [None, Some(0), Some(1), Some(6), Some(7), Some(8), Some(1_000_003), Some(most - 1), Some(most)];
    let pairs = ends.into_iter().flat_map(|from| ends.into_iter().map(move |to| (from, to)));
    let mut named = app.tamper("update demands set version = version where money_node is not null").await;
    for (number, (from, to)) in pairs.enumerate() {
        let mut input = demand_input(&format!("需求{number}"));
        (input["budgetFrom"], input["budgetTo"]) = (json!(from), json!(to));
        cast.urban.does("draftDemand", input).await;
        named += u64::from(from.or(to).is_some() && from.zip(to).is_none_or(|(from, to)| from <= to));
    }
    // Either end may come later.
    let mut input = demand_input("后定");
    (input["budgetFrom"], input["budgetTo"]) = (Value::Null, Value::Null);
    let id = text(&cast.urban.does("draftDemand", input).await["demand"]["id"]);
    for (version, changes) in [(1, json!({ "budgetTo": 900 })), (2, json!({ "budgetFrom": 100 })), (3, json!({}))] {
        let revise = json!({ "demandId": id, "expectedVersion": version, "changes": changes });
        cast.urban.does("reviseDemand", revise).await;
    }
    named += 1;
    app.tamper("create table kept as select id, money_low, money_high, money_node from demands").await;
    app.tamper("update demands set money_low = null, money_high = null, money_node = null").await;
    let upgrade = include_str!("../../migrations/m20260312_000012_money.sql");
    for update in upgrade.split(';').map(str::trim).filter(|statement| statement.starts_with("update")) {
        assert_eq!(app.tamper(update).await, named, "{update}");
    }
    let same = "exists (select 1 from demands d where d.id = kept.id and d.money_low = kept.money_low
                and d.money_high = kept.money_high and d.money_node = kept.money_node)";
    assert_eq!(app.tamper(&format!("delete from kept where {same}")).await, named);
    assert_eq!(app.tamper("delete from kept where money_node is not null").await, 0);
}
