//! Reviews as people hold them, recomputed by `tests/oracle/recompute.py`: what was sent goes to the oracle, and what is told.

use serde_json::{Value, json};
use support::{Competition, TestApp};

use crate::oracle::dice::Dice;
use crate::scoring::declared;

/// One competition at the door, and what was done in it, for the oracle.
struct Done {
    seats: Vec<Value>,
    bids: Vec<Value>,
    sheets: Vec<Value>,
}

#[tokio::test]
async fn reviews_held_by_people_are_recomputed_alike() {
    let app = TestApp::new().await;
    let criteria = json!([
        { "name": "技术方案", "weight": 40, "minimum": 60 }, { "name": "实施计划", "weight": 40 },
        { "name": "报价", "weight": 20, "priceFormula": "LOWEST_PRICE" },
    ]);
    let (competition, judges) = declared(&app, json!({ "criteria": criteria }), 5).await;
    let supervisor = app.person("supervisor").await;
    let told =
        "query($id: ID!) { challenge(id: $id) { tieOrder ruleSet { trimFrom passMark normaliseFrom deviationPoints }
        bids(first: 100) { nodes { id submittedAt solution { requestedFunding } } } } }";
    let base = supervisor.asks(told, json!({ "id": competition.challenge })).await["challenge"].clone();
    let names: Vec<String> = (1..=12).map(|number| format!("judge{number}")).collect();
    let mut tokens = std::collections::HashMap::new();
    for name in names.iter().map(String::as_str).chain(["organizer", "organizer2", "supervisor"]) {
        let person = app.person(name).await;
        let id = person.asks("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        tokens.insert(name.to_owned(), (person.token().unwrap().to_owned(), id));
    }
    let rest = app.rests().await;
    let (count, seed) = support::made_up();
    let seed = seed.unwrap_or_else(|| Dice::seed().unwrap());
    let count = count.div_ceil(5);
    println!("{count} reviews; again with JIEBANG_ORACLE_SEED={seed}");
    let mut dice = Dice::of(seed);
    let mut lines = Vec::new();
    for _ in 0..count {
        let app = rest.begins().await;
        let done = held(&app, &competition, &judges, &names, &tokens, &base, &mut dice).await;
        lines.push(claimed(&app, &competition, &tokens, &base, done).await);
    }
    let (agrees, said) = crate::oracle::ask(&lines);
    assert!(agrees && said == format!("{count} competitions agree\n"), "seed {seed}: {said}");
}

type Tokens = std::collections::HashMap<String, (String, String)>;

/// Judges mark, abstain and are replaced, bids fall, the review is closed and noticed.
async fn held(
    app: &TestApp,
    competition: &Competition,
    judges: &[String],
    names: &[String],
    tokens: &Tokens,
    base: &Value,
    dice: &mut Dice,
) -> Done {
    let person = |name: &str| app.bearer(&tokens[name].0);
    let bids: Vec<String> = competition.bids.iter().map(|(_, bid)| bid.clone()).collect();
    let mut done = Done { seats: Vec::new(), bids: Vec::new(), sheets: Vec::new() };
    let palette: &[&str] = if dice.one_in(2) { &["70", "80"] } else { &["61.5", "70", "77.77", "88.01", "100"] };
    let leaves = dice.one_in(3).then(|| dice.below(5) as usize);
    let falls = dice.one_in(2).then(|| bids[dice.below(5) as usize].clone());
    let falls_early = dice.one_in(2);
    let disqualify = async |bid: &str| {
        for who in ["organizer", "organizer2"] {
            person(who).does("disqualifyBid", json!({ "bidId": bid, "reason": "材料虚假" })).await;
        }
    };
    let seats =
        person("supervisor").reads("panel", json!({ "id": competition.challenge })).await["panel"]["judges"].clone();
    let seat = |seats: &Value, name: &str| {
        let seats = seats.as_array().unwrap();
        seats.iter().find(|seat| seat["user"]["id"] == tokens[name].1.as_str()).unwrap()["id"].clone()
    };
    let marks = async |name: &str, seat: &Value, bid: &str, sheets: &mut Vec<Value>, dice: &mut Dice, last: bool| {
        // Of each bid enough sheets with marks are left.
        if last && dice.one_in(4) {
            person(name).does("abstainFromBid", json!({ "bidId": bid, "reason": "不熟悉" })).await;
            sheets.push(json!({ "seat": seat, "bid": bid, "marks": {}, "abstained": true }));
            return;
        }
        let given: Vec<&str> = (0..2).map(|_| palette[dice.below(palette.len() as u64) as usize]).collect();
        let input: Value = competition
            .criteria
            .iter()
            .zip(&given)
            .map(|(id, mark)| json!({ "criterionId": id, "score": mark }))
            .collect();
        person(name).does("submitScoreSheet", json!({ "bidId": bid, "marks": input })).await;
        let kept: serde_json::Map<String, Value> =
            competition.criteria.iter().cloned().zip(given.iter().map(|mark| json!(mark))).collect();
        sheets.push(json!({ "seat": seat, "bid": bid, "marks": kept, "abstained": false }));
    };
    for (place, name) in judges.iter().enumerate() {
        let own = seat(&seats, name);
        done.seats.push(json!({ "id": own, "left": leaves == Some(place) }));
        for (number, bid) in bids.iter().enumerate() {
            if number == 2
                && place == 3
                && falls_early
                && let Some(falls) = &falls
            {
                disqualify(falls).await;
            }
            let gone = falls_early && falls.as_ref() == Some(bid) && (place > 3 || (place == 3 && number >= 2));
            if !gone {
                marks(name, &own, bid, &mut done.sheets, dice, place >= 3).await;
            }
        }
    }
    if let Some(place) = leaves {
        let replace =
            json!({ "challengeId": competition.challenge, "judgeId": seat(&seats, &judges[place]), "reason": "病假" });
        person("organizer").does("replaceJudge", replace).await;
        let seats =
            person("supervisor").reads("panel", json!({ "id": competition.challenge })).await["panel"]["judges"]
                .clone();
        let newcomer = names.iter().find(|name| {
            !judges.contains(name)
                && seats.as_array().unwrap().iter().any(|seat| seat["user"]["id"] == tokens[*name].1.as_str())
        });
        let newcomer = newcomer.unwrap().clone();
        person(&newcomer)
            .does("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true }))
            .await;
        let own = seat(&seats, &newcomer);
        done.seats.push(json!({ "id": own, "left": false }));
        for bid in bids.iter().filter(|bid| !falls_early || falls.as_ref() != Some(*bid)) {
            marks(&newcomer, &own, bid, &mut done.sheets, dice, false).await;
        }
    }
    person("organizer").does("closeReview", json!({ "challengeId": competition.challenge })).await;
    if let Some(falls) = falls.as_ref().filter(|_| !falls_early) {
        disqualify(falls).await;
    }
    for bid in base["bids"]["nodes"].as_array().unwrap() {
        let at = chrono::DateTime::parse_from_rfc3339(bid["submittedAt"].as_str().unwrap()).unwrap();
        done.bids.push(json!({
            "id": bid["id"], "funding": bid["solution"]["requestedFunding"], "submittedAt": at.timestamp_millis(),
            "fell": falls.as_deref() == bid["id"].as_str(),
        }));
    }
    done
}

/// What the platform says of it, beside what was done.
async fn claimed(app: &TestApp, competition: &Competition, tokens: &Tokens, base: &Value, done: Done) -> Value {
    let id = json!({ "id": competition.challenge });
    let supervisor = app.bearer(&tokens["supervisor"].0);
    let query = "query($id: ID!) { challenge(id: $id) { criteria { id weight minimum priceFormula }
        ranking { nodes { rank score passed tieBrokenBy bid { id } } }
        normalised: rankingBeside(basis: NORMALISED) { nodes { rank tieBrokenBy bid { id } } }
        bids { nodes { id sheets { judge { id } deviation } } }
        panel { judges { id user { id } } statistics { krippendorffAlpha icc2k disagreements { range bid { id } }
            judges { user { id } meanDeviation spread without { firstStays mostPlaces samePass } } } } } }";
    let told = supervisor.asks(query, id.clone()).await["challenge"].clone();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let winner = told["ranking"]["nodes"][0]["bid"]["id"].clone();
    let notice = json!({ "challengeId": competition.challenge, "winnerBidIds": [winner] });
    app.bearer(&tokens["organizer"].0).does("publishNotice", notice).await;
    let seed = supervisor.reads("panel", id).await["panel"]["draw"]["seed"].clone();
    let seat = |user: &Value| {
        list(&told["panel"]["judges"]).iter().find(|seat| seat["user"]["id"] == *user).unwrap()["id"].clone()
    };
    let line = |one: &Value| json!({ "bid": one["bid"]["id"], "rank": one["rank"], "score": one["score"], "passed": one["passed"], "tieBrokenBy": one["tieBrokenBy"] });
    let statistics = &told["panel"]["statistics"];
    let far: Vec<Value> = list(&told["bids"]["nodes"])
        .iter()
        .flat_map(|bid| list(&bid["sheets"]).into_iter().map(move |sheet| (bid["id"].clone(), sheet)))
        .filter(|(_, sheet)| !sheet["deviation"].is_null())
        .map(|(bid, sheet)| json!([seat(&sheet["judge"]["id"]), bid]))
        .collect();
    let judges = list(&statistics["judges"]);
    let mut claims = json!({
        "ranking": list(&told["ranking"]["nodes"]).iter().map(line).collect::<Value>(),
        "far": far,
        "judges": judges.iter().map(|one| json!({ "seat": seat(&one["user"]["id"]), "meanDeviation": one["meanDeviation"], "spread": one["spread"] })).collect::<Value>(),
        "stability": judges.iter().map(|one| match &one["without"] {
            Value::Null => json!({ "seat": seat(&one["user"]["id"]), "skipped": true }),
            without => json!({ "seat": seat(&one["user"]["id"]), "firstStays": without["firstStays"], "mostPlaces": without["mostPlaces"], "samePass": without["samePass"] }),
        }).collect::<Value>(),
    });
    // What is not told is not claimed: the words of why are people's.
    for (name, value) in [("alpha", &statistics["krippendorffAlpha"]), ("icc2k", &statistics["icc2k"])] {
        if !value.is_null() {
            claims[name] = value.clone();
        }
    }
    let normalised = list(&told["normalised"]["nodes"]);
    if !normalised.is_empty() {
        let lines = normalised
            .iter()
            .map(|one| json!({ "bid": one["bid"]["id"], "rank": one["rank"], "tieBrokenBy": one["tieBrokenBy"] }));
        claims["normalised"] = json!({ "lines": lines.collect::<Value>() });
    }
    let criteria = list(&told["criteria"]).into_iter().map(|one| {
        let formula = (!one["priceFormula"].is_null()).then_some("lowest_price");
        json!({ "id": one["id"], "weight": one["weight"], "minimum": one["minimum"], "formula": formula })
    });
    json!({
        "criteria": criteria.collect::<Value>(), "trimFrom": base["ruleSet"]["trimFrom"], "passMark": base["ruleSet"]["passMark"],
        "tieOrder": base["tieOrder"], "seed": seed, "normaliseFrom": base["ruleSet"]["normaliseFrom"],
        "deviationPoints": base["ruleSet"]["deviationPoints"].to_string(), "seats": done.seats, "bids": done.bids,
        "sheets": done.sheets, "claims": claims,
    })
}
