//! The demand pool: filed, argued, listed, matched, and everybody invited alike.

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
    cedar: Person,
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
            cedar: app.person("cedar").await,
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
    cast.cedar.does("addCapability", capability("激光测距", "OTHER_SMART_CITY", &["LIDAR"])).await;
    let another = json!({ "demandId": id, "message": "请速来。" });
    cast.organizer.may_not("inviteMatched", another, "CONFLICT").await;
    let invited = cast.organizer.does("inviteMatched", json!({ "demandId": id, "message": message })).await;
    assert_eq!(invited["invited"], 1);
    let own = cast.cedar.reads("invitations", json!({})).await["invitations"].clone();
    assert_eq!((&own["totalCount"], &own["nodes"][0]["message"]), (&json!(1), &json!(message)));

    // On the record: how many and with what text, not who.
    let happened = cast.anybody.reads("events", json!({ "subject": id, "first": 50 })).await;
    let kinds: Vec<&str> =
        happened["nodes"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["demand.listed", "demand.matched_invited", "demand.matched_invited"]);
    assert!(!happened.to_string().contains(&aurora), "{happened}");
    assert_eq!(cast.supervisor.reads("verifyEvents", json!({})).await["intact"], true);
}
