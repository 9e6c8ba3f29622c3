//! The published schema, and logs that are made up: of versions before this one, which say less, and after it, which say more.

use std::sync::LazyLock;

use jiebang_platform::OpenData;
use jiebang_platform::base::Instant;
use jiebang_platform::base::id::{ChallengeId, Kind};
use jiebang_platform::opendata::{Told, releases};
use jsonschema::{Draft, Registry, Validator};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const RELEASE: &str = include_str!("../../ocds/release-schema.json");
const PACKAGE: &str = include_str!("../../ocds/release-package-schema.json");
/// By this address the package's schema names the release's.
const ADDRESS: &str = "https://standard.open-contracting.org/schema/1__1__5/release-schema.json";

static SCHEMA: LazyLock<(Value, Validator)> = LazyLock::new(|| {
    let release: Value = serde_json::from_str(RELEASE).unwrap();
    let package: Value = serde_json::from_str(PACKAGE).unwrap();
    assert_eq!(package["properties"]["releases"]["items"]["$ref"], ADDRESS);
    let registry = Registry::new().draft(Draft::Draft4).add(ADDRESS, release.clone()).unwrap().prepare().unwrap();
    let schema = jsonschema::options()
        .with_draft(Draft::Draft4)
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&package)
        .unwrap();
    (release, schema)
});

/// Holds a package against the published schema, with its formats, and looks for what the schema does not know: it lets that pass.
pub(super) fn is_valid(package: &Value) {
    let (release, schema) = &*SCHEMA;
    let faults: Vec<_> =
        schema.iter_errors(package).map(|fault| format!("{fault} at {}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}\n{package:#}");
    let ids: Vec<&Value> = package["releases"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    for (place, one) in package["releases"].as_array().unwrap().iter().enumerate() {
        assert!(!ids[..place].contains(&&one["id"]), "twice {}", one["id"]);
        is_known(release, release, one, "release");
        are_parties(one);
    }
}

/// Every field is one of the schema's.
fn is_known(whole: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(to) => whole.pointer(to.strip_prefix('#').unwrap()).unwrap(),
        None => schema,
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let field = &schema["properties"][name];
                assert!(field.is_object(), "the standard knows no {at}.{name}");
                is_known(whole, field, value, &format!("{at}.{name}"));
            }
        }
        Value::Array(all) => all.iter().for_each(|one| is_known(whole, &schema["items"], one, at)),
        _ => {}
    }
}

/// Whoever is referred to stands among the parties.
fn are_parties(release: &Value) {
    let of = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let known: Vec<Value> = of(&release["parties"]).iter().map(|party| party["id"].clone()).collect();
    let suppliers = of(&release["awards"]).into_iter().flat_map(|award| of(&award["suppliers"]));
    for one in suppliers.chain([release["buyer"].clone(), release["tender"]["procuringEntity"].clone()]) {
        assert!(one.is_null() || known.contains(&one["id"]), "{one} is no party of\n{release:#}");
    }
}

/// Everybody whom the rehearsal knows by name.
pub(super) fn people() -> Vec<String> {
    let people = include_str!("../../../seeds/rehearsal/people.toml");
    let lines: Vec<&str> = people.lines().collect();
    let names = lines.windows(2).filter(|two| two[0].starts_with("username = "));
    let names: Vec<String> =
        names.filter_map(|two| two[1].strip_prefix("name = ")).map(|name| name.trim_matches('"').to_owned()).collect();
    assert!(names.len() > 20, "{names:?}");
    names
}

fn site() -> OpenData {
    OpenData {
        prefix: "ocds-abc123".into(),
        address: "https://jiebang.test".into(),
        publisher: "x".into(),
        license: None,
        policy: None,
    }
}

fn package_of(log: &[Told]) -> Value {
    let releases = releases(&site(), ChallengeId::new(), log.iter().cloned());
    json!({ "uri": "https://jiebang.test/x", "version": "1.1", "publishedDate": "2026-03-02T01:00:00.000Z",
        "publisher": { "name": "x" }, "releases": releases })
}

fn at(day: u32) -> Instant {
    format!("2026-03-{day:02}T01:00:00Z").parse().unwrap()
}

fn told(number: usize, kind: &str, subject: &str, facts: Value) -> Told {
    Told::new(format!("evt_{number}"), at(1 + (number % 28) as u32), kind, subject.to_owned(), facts)
}

#[test]
fn a_log_from_before_the_facts_were_told_gives_what_it_holds() {
    let log = [
        told(1, "challenge.drafted", "chl_1", json!({})),
        told(
            2,
            "challenge.published",
            "chl_1",
            json!({ "code": "JB-2026-0001", "title": "题", "department": "org_1",
            "submissionDeadline": "2026-04-01T09:00:00Z", "urgentReason": null }),
        ),
        told(
            3,
            "challenge.amended",
            "chl_1",
            json!({ "amendment": "amd_1", "summary": "延期", "newDeadline": "2026-04-08T09:00:00Z" }),
        ),
        told(4, "challenge.opened", "chl_1", json!({ "count": 2, "commitments": [], "nonce": "00" })),
        told(
            5,
            "notice.published",
            "ntc_1",
            json!({ "endsAt": "2026-04-20T16:00:00Z", "winners": [
            { "bid": "bid_1", "bidder": "org_2", "label": "方案 A", "name": "甲公司" }] }),
        ),
        told(
            6,
            "challenge.awarded",
            "chl_1",
            json!({ "notice": "ntc_1", "winners": [{ "bid": "bid_1", "project": "prj_1" }] }),
        ),
        told(
            7,
            "project.agreement_signed",
            "prj_1",
            json!({ "challenge": "chl_1", "lead": "org_2", "late": false,
            "effectiveAt": "2026-05-01T00:00:00Z" }),
        ),
    ];
    let package = package_of(&log);
    is_valid(&package);
    let releases = package["releases"].as_array().unwrap();
    let tags: Vec<_> = releases.iter().map(|release| release["tag"].clone()).collect();
    assert_eq!(
        json!(tags),
        json!([
            ["tender"],
            ["tenderAmendment"],
            ["tenderUpdate"],
            ["award"],
            ["awardUpdate", "tenderUpdate"],
            ["contract"]
        ])
    );
    assert_eq!(releases[1]["tender"]["tenderPeriod"]["endDate"], "2026-04-08T09:00:00.000Z");
    assert_eq!(releases[1]["tender"]["tenderPeriod"]["startDate"], releases[0]["tender"]["tenderPeriod"]["startDate"]);
    assert_eq!(releases[5]["contracts"][0]["awardID"], releases[3]["awards"][0]["id"]);
    assert_eq!(releases[5]["contracts"][0]["period"]["startDate"], "2026-05-01T00:00:00.000Z");
}

#[test]
fn a_log_of_later_says_what_an_agreement_holds_and_what_became_of_it() {
    let winners = json!([{ "bid": "bid_1", "bidder": "org_2", "label": "方案 A", "name": "甲公司", "uscc": "91410100MA00000000",
        "members": [{ "organization": "org_3", "name": "乙大学", "uscc": "12410000MA00000000" }] }]);
    let log = [
        told(
            1,
            "challenge.published",
            "chl_1",
            json!({ "code": "JB-2026-0001", "title": "题", "department": "org_1", "content": {
            "indicators": [{ "indicator": "ind_1", "name": "提前量", "unit": "min", "comparator": "GTE", "target": "10" }] } }),
        ),
        told(2, "notice.published", "ntc_1", json!({ "winners": winners })),
        told(3, "challenge.suspended", "chl_1", json!({ "reason": "投诉" })),
        told(4, "complaint.raised", "cmp_1", json!({ "reason": "x" })),
        told(5, "complaint.decided", "cmp_1", json!({ "reason": "x" })),
        told(6, "challenge.resumed", "chl_1", json!({})),
        told(
            7,
            "challenge.awarded",
            "chl_1",
            json!({ "notice": "ntc_1", "winners": [{ "bid": "bid_1", "project": "prj_1" }] }),
        ),
        told(8, "project.agreement_overdue", "prj_1", json!({})),
        told(
            9,
            "project.agreement_signed",
            "prj_1",
            json!({ "challenge": "chl_1", "bid": "bid_1", "lead": "org_2", "late": true,
            "effectiveAt": "2026-05-01T00:00:00Z", "endsAt": "2027-02-01T00:00:00Z", "amount": 150_000_001i64, "indicators": [
            { "indicator": "ind_1", "name": "提前量", "comparator": "GTE", "target": "10", "value": "12", "unit": "min" }] }),
        ),
        told(
            10,
            "award.revoked",
            "prj_1",
            json!({ "challenge": "chl_1", "bid": "bid_1", "ground": "NOT_SIGNED", "status": "NEGOTIATING" }),
        ),
        told(11, "challenge.terminated", "chl_1", json!({ "reason": "经费取消" })),
        told(12, "challenge.unheard_of", "chl_1", json!({ "reason": "x" })),
    ];
    let package = package_of(&log);
    is_valid(&package);
    let releases = package["releases"].as_array().unwrap();
    let tags: Vec<_> = releases.iter().map(|release| release["tag"].clone()).collect();
    let update = json!(["tenderUpdate"]);
    assert_eq!(
        json!(tags),
        json!([
            ["tender"],
            ["award"],
            update,
            update,
            ["awardUpdate", "tenderUpdate"],
            ["contract"],
            ["awardCancellation", "contractTermination", "tenderUpdate"],
            ["tenderCancellation"]
        ])
    );
    assert_eq!(
        releases[1]["awards"][0]["suppliers"],
        json!([{ "id": "org_2", "name": "甲公司" }, { "id": "org_3", "name": "乙大学" }])
    );
    assert_eq!(releases[2]["tender"]["milestones"][0]["description"], "投诉");
    let contract = &releases[5]["contracts"][0];
    assert_eq!(contract["value"]["amount"].to_string(), "1500000.01");
    assert_eq!(contract["period"]["endDate"], "2027-02-01T00:00:00.000Z");
    assert_eq!(contract["milestones"][0]["id"], releases[0]["tender"]["milestones"][0]["id"]);
    assert_eq!(contract["milestones"][0]["description"], "≥ 10 min；约定 12 min");
    assert_eq!(
        (&releases[6]["contracts"][0]["status"], &releases[6]["tender"]["status"]),
        (&json!("terminated"), &json!("active"))
    );
    assert_eq!(releases[7]["tender"]["status"], "cancelled");
}

#[test]
fn indicators_that_were_replaced_are_said_to_be() {
    let indicators = |ids: &[&str]| -> Value {
        ids.iter().map(|id| json!({ "indicator": id, "name": "x", "comparator": "LT", "target": "1" })).collect()
    };
    let log = [
        told(
            1,
            "challenge.published",
            "chl_1",
            json!({ "title": "题", "content": { "indicators": indicators(&["ind_1", "ind_2"]) } }),
        ),
        told(
            2,
            "challenge.amended",
            "chl_1",
            json!({ "summary": "x", "content": { "indicators": indicators(&["ind_2", "ind_3"]) } }),
        ),
    ];
    let package = package_of(&log);
    is_valid(&package);
    let milestones = &package["releases"][1]["tender"]["milestones"];
    let said: Vec<_> = milestones
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["status"].as_str()))
        .collect();
    assert_eq!(said, [("ind_1", None), ("ind_2", Some("scheduled")), ("ind_3", Some("scheduled"))]);
}

/// Facts of any kind under the names that are read.
fn facts() -> impl Strategy<Value = Value> {
    const NAMES: [&str; 24] = [
        "code",
        "title",
        "department",
        "departmentUscc",
        "submissionDeadline",
        "questionsCloseAt",
        "newDeadline",
        "count",
        "void",
        "won",
        "url",
        "bid",
        "bidder",
        "name",
        "lead",
        "amount",
        "endsAt",
        "effectiveAt",
        "status",
        "summary",
        "offer",
        "reason",
        "indicator",
        "takesPlaceAt",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z_ 甲]{0,6}".prop_map(Value::from),
        Just(json!("2026-04-01T09:00:00Z")),
        Just(json!("https://example.invalid/a?b=c")),
        Just(json!("bid_1")),
        Just(json!("org_1")),
    ];
    let flat = prop::collection::vec((prop::sample::select(&NAMES[..]), leaf), 0..12).prop_map(|pairs| {
        Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
    });
    let list = prop::collection::vec(flat.clone(), 0..3);
    (flat, prop::option::of(list.clone()), prop::option::of(list)).prop_map(|(mut facts, winners, indicators)| {
        if let Some(winners) = winners {
            facts["winners"] = json!(winners);
        }
        if let Some(indicators) = indicators {
            facts["indicators"] = json!(indicators);
            facts["content"] = json!({ "indicators": indicators, "budget": { "total": 5 } });
        }
        facts
    })
}

fn any_log() -> impl Strategy<Value = Vec<Told>> {
    const KINDS: [&str; 18] = [
        "challenge.published",
        "challenge.amended",
        "challenge.access_offered",
        "challenge.suspended",
        "challenge.resumed",
        "challenge.opened",
        "challenge.failed",
        "challenge.cancelled",
        "challenge.terminated",
        "challenge.external_result_recorded",
        "challenge.awarded",
        "notice.published",
        "notice.voided",
        "objection.resolved",
        "award.revoked",
        "project.agreement_signed",
        "question.asked",
        "x.y",
    ];
    let one = (prop::sample::select(&KINDS[..]), prop::sample::select(&["ntc_1", "ntc_2", "prj_1"][..]), facts());
    prop::collection::vec(one, 0..14).prop_map(|all| {
        let first = ("challenge.published", "chl_1", json!({ "title": "题", "code": "JB" }));
        [first]
            .into_iter()
            .chain(all)
            .enumerate()
            .map(|(number, (kind, subject, facts))| told(number, kind, subject, facts))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_log_is_valid_and_only_grows(log in any_log(), cut in 0usize..15) {
        let challenge = ChallengeId::new();
        let print = |log: &[Told]| serde_json::to_string(&releases(&site(), challenge, log.iter().cloned())).unwrap();
        is_valid(&package_of(&log));
        let (whole, begun) = (print(&log), print(&log[..cut.min(log.len())]));
        prop_assert!(whole.starts_with(begun.trim_end_matches(']')));
    }
}
