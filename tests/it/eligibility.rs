//! Who may bid: on the record, checked by the platform when a bid is handed in, each refusal with its rule; what compares bids, after
//! the opening only.

use serde_json::{Value, json};
use support::{Competition, TestApp, solution_input};

/// The id of this person's organization.
async fn organization(app: &TestApp, who: &str) -> Value {
    let viewer = app.person(who).await.reads("viewer", json!({})).await;
    viewer["organization"]["id"].clone()
}

/// Drafts a bid with these members; its id.
async fn drafted(app: &TestApp, competition: &Competition, who: &str, members: &[Value]) -> Value {
    let solution = solution_input(&competition.indicators, &format!("{who} 的方案"), 1_000_000);
    let input = json!({ "challengeId": competition.challenge, "solution": solution, "memberIds": members });
    app.person(who).await.does("draftBid", input).await["bid"]["id"].clone()
}

fn hand_in(bid: &Value) -> Value {
    json!({ "bidId": bid, "pledgeAccepted": true })
}

/// Says whether it bids together, to all that ask this person's organization.
async fn answers(app: &TestApp, who: &str, agreed: bool) {
    let person = app.person(who).await;
    let asked = person.reads("consortiumRequests", json!({})).await["consortiumRequests"]["nodes"].clone();
    for request in asked.as_array().unwrap() {
        person.does("answerConsortium", json!({ "consentId": request["id"], "agreed": agreed })).await;
    }
}

#[tokio::test]
async fn a_qualification_counts_once_it_is_verified_and_valid_at_the_deadline() {
    let app = TestApp::new().await;
    let terms = json!({ "requiredQualifications": ["HNTE"] });
    let competition = Competition::published_with(&app, terms).await;
    let bid = drafted(&app, &competition, "aurora", &[]).await;
    let aurora = app.person("aurora").await;
    let missing = aurora.fails("submitBid", hand_in(&bid)).await;
    assert_eq!(
        (missing.code.as_str(), missing.fields),
        ("INVALID_INPUT", vec!["bidId: qualification_missing".to_owned()])
    );

    let stated = |from: &str, to: Value| {
        json!({ "kind": "HNTE", "certificateNo": "GR202641000001", "issuedBy": "河南省科技厅", "validFrom": from, "validTo": to,
                "evidence": "高企认定管理工作网可查" })
    };
    app.anybody().may_not("recordQualification", stated("2025-01-01", Value::Null), "UNAUTHENTICATED").await;
    for other in ["urban", "organizer", "judge1", "eagle"] {
        app.person(other).await.may_not("recordQualification", stated("2025-01-01", Value::Null), "FORBIDDEN").await;
    }
    let mut wrong = stated("2026-13-01", json!("2025"));
    wrong["evidence"] = json!("");
    let refusal = aurora.fails("recordQualification", wrong).await;
    assert_eq!(refusal.fields, ["evidence: required", "validFrom: not_a_date", "validTo: not_a_date"]);
    // It ends the day before the deadline.
    let short =
        aurora.does("recordQualification", stated("2025-01-01", json!("2026-03-31"))).await["qualification"].clone();
    let verify = json!({ "qualificationId": short["id"] });
    for other in ["urban", "aurora", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("verifyQualification", verify.clone(), "FORBIDDEN").await;
    }
    let organizer = app.person("organizer").await;
    organizer.does("verifyQualification", verify.clone()).await;
    organizer.may_not("verifyQualification", verify, "NOT_NOW").await;
    assert_eq!(aurora.fails("submitBid", hand_in(&bid)).await.fields, ["bidId: qualification_missing"]);
    let long =
        aurora.does("recordQualification", stated("2025-01-01", json!("2026-04-01"))).await["qualification"].clone();
    assert_eq!(aurora.fails("submitBid", hand_in(&bid)).await.fields, ["bidId: qualification_missing"]);

    // Stated is for its own people and those who look after it; verified is for everybody.
    let id = json!({ "id": organization(&app, "aurora").await });
    let counts = |file: &Value| {
        (file["qualifications"].as_array().unwrap().len(), file["statedQualifications"]["totalCount"].clone())
    };
    for (who, stated) in [("aurora", 2), ("organizer", 2), ("supervisor", 2), ("beacon", 0), ("urban", 0)] {
        let file = app.person(who).await.reads("organizationFile", id.clone()).await;
        assert_eq!(counts(&file), (1, json!(stated)), "{who}");
    }
    organizer.does("verifyQualification", json!({ "qualificationId": long["id"] })).await;
    // The issuer has taken it back: not by who verified it, and then it counts no more.
    let end = json!({ "qualificationId": long["id"], "reason": "发证机关已撤销" });
    app.anybody().may_not("endQualification", end.clone(), "UNAUTHENTICATED").await;
    for other in ["urban", "aurora", "supervisor", "organizer"] {
        app.person(other).await.may_not("endQualification", end.clone(), "FORBIDDEN").await;
    }
    aurora.does("submitBid", hand_in(&bid)).await;
    let colleague = app.person("organizer2").await;
    let blank = json!({ "qualificationId": long["id"], "reason": " " });
    assert_eq!(colleague.fails("endQualification", blank).await.fields, ["reason: required"]);
    let ended = colleague.does("endQualification", end.clone()).await["qualification"].clone();
    assert_eq!(ended["endedBecause"], "发证机关已撤销");
    colleague.may_not("endQualification", end, "NOT_NOW").await;
    organizer.may_not("verifyQualification", json!({ "qualificationId": long["id"] }), "NOT_NOW").await;
    aurora.does("withdrawBid", json!({ "bidId": bid })).await;
    assert_eq!(aurora.fails("submitBid", hand_in(&bid)).await.fields, ["bidId: qualification_missing"]);
    let file = aurora.reads("organizationFile", id).await;
    assert_eq!(counts(&file), (1, json!(2)));
}

#[tokio::test]
async fn a_ban_bars_while_it_runs_and_an_exemption_leaves_none() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let aurora = organization(&app, "aurora").await;
    let case = |from: &str, to: &str| json!({ "organizationId": aurora, "violation": "擅自转包", "basis": "郑高科诚〔2026〕2号", "banFrom": from, "banTo": to });
    let running = case("2026-03-01T00:00:00+08:00", "2026-03-20T00:00:00+08:00");
    app.anybody().may_not("recordIntegrityCase", running.clone(), "UNAUTHENTICATED").await;
    for other in ["urban", "aurora", "judge1", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("recordIntegrityCase", running.clone(), "FORBIDDEN").await;
    }
    let organizer = app.person("organizer").await;
    for (wrong, fault) in [
        (case("2026-03-20T00:00:00+08:00", "2026-03-20T00:00:00+08:00"), "banTo: too_soon"),
        (case("2026-03-20T00:00:00+08:00", "2036-03-20T00:00:00+08:00"), "banTo: too_far"),
        (case("soon", "2036-03-20T00:00:00+08:00"), "banFrom: not_an_instant"),
    ] {
        assert_eq!(organizer.fails("recordIntegrityCase", wrong).await.fields, [fault]);
    }
    let made = organizer.does("recordIntegrityCase", running).await["case"].clone();
    let bid = drafted(&app, &competition, "aurora", &[]).await;
    let person = app.person("aurora").await;
    let refusal = person.fails("submitBid", hand_in(&bid)).await;
    assert_eq!(refusal.fields, ["bidId: banned"]);
    // Only its own people and those who look after it know.
    let id = json!({ "id": aurora });
    for (who, known) in
        [("aurora", 1), ("organizer2", 1), ("supervisor", 1), ("beacon", 0), ("urban", 0), ("judge1", 0)]
    {
        let file = app.person(who).await.reads("organizationFile", id.clone()).await;
        assert_eq!(file["integrityCases"]["totalCount"], known, "{who}");
    }
    assert_eq!(app.anybody().reads("organizationFile", id).await["integrityCases"]["totalCount"], 0);

    let exempt = json!({ "caseId": made["id"], "grounds": "里程碑未达但已尽职，主动止损。" });
    organizer.may_not("grantExemption", exempt.clone(), "FORBIDDEN").await;
    app.person("aurora").await.may_not("grantExemption", exempt.clone(), "FORBIDDEN").await;
    app.person("supervisor").await.does("grantExemption", exempt.clone()).await;
    app.person("organizer2").await.may_not("grantExemption", exempt, "NOT_NOW").await;
    person.does("submitBid", hand_in(&bid)).await;

    // Another one, which ends by itself: at its last instant it is over.
    organizer.does("recordIntegrityCase", case("2026-03-01T00:00:00+08:00", "2026-03-20T00:00:00+08:00")).await;
    let solution = solution_input(&competition.indicators, "再交", 1_000_000);
    person.does("reviseBid", json!({ "bidId": bid, "solution": solution })).await;
    app.drift("2026-03-19T23:59:59.999+08:00");
    assert_eq!(person.fails("submitBid", hand_in(&bid)).await.fields, ["bidId: banned"]);
    app.drift("2026-03-20T00:00:00+08:00");
    person.does("submitBid", hand_in(&bid)).await;

    // Confirming behind an amendment is handing in again.
    organizer.does("recordIntegrityCase", case("2026-03-20T00:00:00+08:00", "2026-03-21T00:00:00+08:00")).await;
    let amended = json!({ "challengeId": competition.challenge, "summary": "补充", "material": true,
                          "changes": { "siteConditions": "另开放一处。" } });
    organizer.does("amendChallenge", amended).await;
    let confirm = json!({ "bidId": bid });
    assert_eq!(person.fails("confirmBid", confirm.clone()).await.fields, ["bidId: banned"]);
    app.drift("2026-03-21T00:00:00+08:00");
    person.does("confirmBid", confirm).await;
}

#[tokio::test]
async fn whoever_is_tied_to_the_demander_or_outside_the_zone_may_not_bid_where_that_is_asked() {
    let app = TestApp::new().await;
    let zone = json!({ "eligibilityRegion": "ZONE_ONLY", "fairCompetitionReviewNo": "郑高公竞〔2026〕3号" });
    let competition = Competition::published_with(&app, zone).await;
    let [aurora, beacon, urban] =
        [organization(&app, "aurora").await, organization(&app, "beacon").await, organization(&app, "urban").await];
    let tie = |first: &Value, second: &Value| json!({ "organizationId": first, "otherId": second, "kind": "SUBORDINATE", "basis": "章程" });
    for other in ["urban", "aurora", "supervisor"] {
        app.person(other).await.may_not("recordTie", tie(&urban, &beacon), "FORBIDDEN").await;
    }
    let organizer = app.person("organizer").await;
    assert_eq!(organizer.fails("recordTie", tie(&beacon, &beacon)).await.fields, ["otherId: duplicate"]);
    let made = organizer.does("recordTie", tie(&urban, &beacon)).await["tie"].clone();
    let bid = drafted(&app, &competition, "aurora", std::slice::from_ref(&beacon)).await;
    answers(&app, "beacon", true).await;
    let person = app.person("aurora").await;
    let in_zone = person.reads("organizationFile", json!({ "id": aurora })).await;
    assert!(in_zone["id"].is_string());
    let refusal = person.fails("submitBid", hand_in(&bid)).await;
    assert!(refusal.fields.contains(&"memberIds.0: tied_to_demander".to_owned()), "{:?}", refusal.fields);

    for (who, known) in [("organizer", 1), ("supervisor", 1), ("beacon", 0), ("urban", 0)] {
        let ties = app.person(who).await.reads("ties", json!({ "organization": beacon })).await;
        assert_eq!(ties["totalCount"], known, "{who}");
    }
    let end = json!({ "tieId": made["id"], "reason": "已转让股权" });
    app.person("urban").await.may_not("endTie", end.clone(), "FORBIDDEN").await;
    // Not by who recorded it.
    organizer.may_not("endTie", end.clone(), "FORBIDDEN").await;
    app.person("organizer2").await.does("endTie", end.clone()).await;
    app.person("organizer2").await.may_not("endTie", end, "NOT_NOW").await;
    // The zone is asked of the lead. Which of the enterprises stands in it, an organizer has found out.
    for who in ["aurora", "beacon", "cedar", "delta"] {
        let query = "{ viewer { organization { registeredInZone } } }";
        let own = app.person(who).await.asks(query, json!({})).await["viewer"]["organization"].clone();
        let bid = if who == "aurora" { bid.clone() } else { drafted(&app, &competition, who, &[]).await };
        if own["registeredInZone"] == true {
            app.person(who).await.does("submitBid", hand_in(&bid)).await;
        } else {
            let refusal = app.person(who).await.fails("submitBid", hand_in(&bid)).await;
            assert_eq!(refusal.fields, ["bidId: not_in_zone"], "{who}");
        }
    }
}

#[tokio::test]
async fn members_agree_on_the_platform_before_anything_is_handed_in() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let members = [organization(&app, "beacon").await, organization(&app, "cedar").await];
    let bid = drafted(&app, &competition, "aurora", &members).await;
    let aurora = app.person("aurora").await;
    let silent = ["memberIds.0: member_not_agreed", "memberIds.1: member_not_agreed"];
    assert_eq!(aurora.fails("submitBid", hand_in(&bid)).await.fields, silent);

    let beacon = app.person("beacon").await;
    let asked = beacon.reads("consortiumRequests", json!({})).await["consortiumRequests"].clone();
    assert_eq!(asked["totalCount"], 1);
    let request = &asked["nodes"][0];
    assert_eq!((&request["challenge"]["id"], &request["agreed"]), (&json!(competition.challenge), &Value::Null));
    let agree = |agreed: bool| json!({ "consentId": request["id"], "agreed": agreed });
    app.anybody().may_not("answerConsortium", agree(true), "UNAUTHENTICATED").await;
    for other in ["aurora", "cedar", "organizer", "urban", "judge1", "supervisor"] {
        app.person(other).await.may_not("answerConsortium", agree(true), "NOT_FOUND").await;
        if other != "cedar" {
            let asked = app.person(other).await.reads("consortiumRequests", json!({})).await;
            assert_eq!(asked["consortiumRequests"]["totalCount"], 0, "{other}");
        }
    }
    answers(&app, "cedar", false).await;
    beacon.does("answerConsortium", agree(true)).await;
    assert_eq!(aurora.fails("submitBid", hand_in(&bid)).await.fields, ["memberIds.1: member_not_agreed"]);
    // An agreement stays once it is given: whether it may be answered tells nothing of what has become of the bid.
    answers(&app, "cedar", true).await;
    let stays = async || {
        for agreed in [true, false] {
            beacon.may_not("answerConsortium", agree(agreed), "NOT_NOW").await;
        }
    };
    stays().await;
    aurora.does("submitBid", hand_in(&bid)).await;
    stays().await;
    aurora.does("withdrawBid", json!({ "bidId": bid })).await;
    stays().await;
    aurora.does("submitBid", hand_in(&bid)).await;
    stays().await;
    // With other members it is another consortium: each is asked anew. Whoever is out of it is not held against what was handed in.
    let revise = |members: &[Value]| {
        let solution = solution_input(&competition.indicators, "重组", 1_000_000);
        json!({ "bidId": bid, "solution": solution, "memberIds": members })
    };
    aurora.does("reviseBid", revise(&members[..1])).await;
    assert_eq!(aurora.fails("submitBid", hand_in(&bid)).await.fields, ["memberIds.0: member_not_agreed"]);
    answers(&app, "beacon", true).await;
    aurora.does("submitBid", hand_in(&bid)).await;
    aurora.does("withdrawBid", json!({ "bidId": bid })).await;
    let ban = json!({ "organizationId": members[1], "violation": "擅自转包", "basis": "郑高科诚〔2026〕2号",
                      "banFrom": "2026-03-01T00:00:00+08:00", "banTo": "2026-12-01T00:00:00+08:00" });
    app.person("organizer").await.does("recordIntegrityCase", ban).await;
    aurora.does("submitBid", hand_in(&bid)).await;
    // Being asked tells a member nothing else of the bid.
    assert_eq!(beacon.reads("node", json!({ "id": bid })).await, Value::Null);
    app.drift(support::DEADLINE);
    beacon.may_not("answerConsortium", agree(false), "DEADLINE_PASSED").await;
}

#[tokio::test]
async fn bids_that_do_not_stand_alone_are_void_at_the_formal_check_and_not_before() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let [beacon, cedar, delta] =
        [organization(&app, "beacon").await, organization(&app, "cedar").await, organization(&app, "delta").await];
    // beacon bids with aurora and alone; cedar and delta belong to one another; frost stands alone.
    let joint = drafted(&app, &competition, "aurora", std::slice::from_ref(&beacon)).await;
    answers(&app, "beacon", true).await;
    app.person("aurora").await.does("submitBid", hand_in(&joint)).await;
    let tie = json!({ "organizationId": cedar, "otherId": delta, "kind": "HOLDING", "basis": "年报" });
    app.person("organizer").await.does("recordTie", tie).await;
    for who in ["beacon", "cedar", "delta"] {
        competition.bid(&app, who, 1_000_000).await;
    }
    competition.bids.insert(0, ("aurora".to_owned(), joint.as_str().unwrap().to_owned()));
    let competition = competition.opens(&app).await;
    let organizer = app.person("organizer").await;
    for (who, bid) in &competition.bids[..3] {
        let items = json!([{ "name": "材料完整", "passed": true }]);
        let checked = Competition::both_check(&app, bid, items).await["bid"].clone();
        assert_eq!(checked["status"], "FORMAL_FAILED", "{who}");
    }
    let query =
        "query($id: ID!) { node(id: $id) { ... on Bid { formalCheck { passed items { name passed reason } } } } }";
    let seen = organizer.asks(query, json!({ "id": joint })).await["node"]["formalCheck"].clone();
    let items = seen["items"].as_array().unwrap();
    assert_eq!((seen["passed"].clone(), items.len(), &items[0]["passed"]), (json!(false), 2, &json!(true)));
    assert!(items[1]["name"].as_str().unwrap().contains("第三十七条"));
    assert!(items[1]["reason"].as_str().unwrap().contains("方案 "));
    let tied = organizer.asks(query, json!({ "id": competition.bids[2].1 })).await["node"]["formalCheck"].clone();
    assert!(tied["items"][1]["name"].as_str().unwrap().contains("第三十四条"));
}

#[tokio::test]
async fn who_meets_the_conditions_no_more_fails_the_formal_check() {
    let app = TestApp::new().await;
    let mut competition = Competition::published_with(&app, json!({ "requiredQualifications": ["HNTE"] })).await;
    let (organizer, colleague) = (app.person("organizer").await, app.person("organizer2").await);
    let mut held = Vec::new();
    for (who, until) in [("aurora", Value::Null), ("beacon", json!("2026-04-01"))] {
        let stated = json!({ "kind": "HNTE", "certificateNo": format!("GR2026-{who}"), "issuedBy": "河南省科技厅",
                             "validFrom": "2025-01-01", "validTo": until, "evidence": "高企认定管理工作网可查" });
        let stated = app.person(who).await.does("recordQualification", stated).await["qualification"]["id"].clone();
        // It waits for whoever keeps the files, and for nobody else.
        for (viewer, waits) in [("organizer", true), ("organizer2", true), (who, false), ("supervisor", false)] {
            let list = app.person(viewer).await.reads("waitingQualifications", json!({})).await;
            assert_eq!(
                (list["totalCount"].clone(), list["nodes"][0]["id"] == stated),
                (json!(i32::from(waits)), waits)
            );
        }
        organizer.does("verifyQualification", json!({ "qualificationId": stated })).await;
        assert_eq!(organizer.reads("waitingQualifications", json!({})).await["totalCount"], 0);
        competition.bid(&app, who, 1_000_000).await;
        held.push(stated);
    }
    let end = json!({ "qualificationId": held[0], "reason": "发证机关已撤销" });
    colleague.does("endQualification", end).await;
    // A later deadline is another day on which they have to be valid: whoever has handed in is asked again.
    let later = json!({ "challengeId": competition.challenge, "summary": "延期", "material": false,
                        "newDeadline": "2026-04-03T17:00:00+08:00" });
    assert_eq!(organizer.fails("amendChallenge", later).await.fields, ["material: material_needed"]);
    let competition = competition.opens(&app).await;
    let query = "query($id: ID!) { node(id: $id) { ... on Bid { status formalCheck { items { name reason } } } } }";
    for ((who, bid), passes) in competition.bids.iter().zip([false, true]) {
        let items = json!([{ "name": "材料完整", "passed": true }]);
        if passes {
            organizer.does("recordFormalCheck", json!({ "bidId": bid, "items": items })).await;
        } else {
            Competition::both_check(&app, bid, items).await;
        }
        let seen = organizer.asks(query, json!({ "id": bid })).await["node"].clone();
        let added = &seen["formalCheck"]["items"][1];
        if passes {
            assert_eq!((&seen["status"], added), (&json!("FORMAL_PASSED"), &Value::Null), "{who}");
        } else {
            assert_eq!(seen["status"], "FORMAL_FAILED", "{who}");
            assert!(added["name"].as_str().unwrap().contains("第三十八条"), "{added}");
            assert!(added["reason"].as_str().unwrap().contains("HNTE"), "{added}");
        }
    }
}

#[tokio::test]
async fn who_may_bid_no_more_is_neither_proposed_nor_wins() {
    let app = TestApp::new().await;
    let competition = Competition::ranked(&app).await;
    let (organizer, colleague) = (app.person("organizer").await, app.person("organizer2").await);
    let [aurora, beacon] = [organization(&app, "aurora").await, organization(&app, "beacon").await];
    let propose = json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[0].1] });
    let tie = json!({ "organizationId": aurora, "otherId": beacon, "kind": "HOLDING", "basis": "年报" });
    let tied = organizer.does("recordTie", tie).await["tie"]["id"].clone();
    let ban = json!({ "organizationId": aurora, "violation": "擅自转包", "basis": "郑高科诚〔2026〕2号",
                      "banFrom": "2026-03-01T00:00:00+08:00", "banTo": "2027-03-01T00:00:00+08:00" });
    let exempted = async || {
        let case = organizer.does("recordIntegrityCase", ban.clone()).await["case"]["id"].clone();
        json!({ "caseId": case, "grounds": "已尽职" })
    };
    let first = exempted().await;
    let refusal = organizer.fails("publishNotice", propose.clone()).await;
    assert_eq!(refusal.fields, ["winnerBidIds.0: banned", "winnerBidIds.0: tied_to_bid"]);
    colleague.does("grantExemption", first).await;
    colleague.does("endTie", json!({ "tieId": tied, "reason": "录入有误" })).await;
    organizer.does("publishNotice", propose).await;
    let void = json!({ "challengeId": competition.challenge, "reason": "拟揭榜方在惩戒期内" });
    organizer.may_not("voidNotice", void.clone(), "NOT_NOW").await;
    exempted().await;
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    let award = json!({ "challengeId": competition.challenge });
    let refusal = organizer.fails("awardChallenge", award.clone()).await;
    assert_eq!(
        (refusal.code.as_str(), refusal.message.contains("voidNotice")),
        ("NOT_NOW", true),
        "{}",
        refusal.message
    );
    // Taken back, even after its end; the next one is proposed, and wins.
    app.anybody().may_not("voidNotice", void.clone(), "UNAUTHENTICATED").await;
    for other in ["urban", "aurora", "beacon", "judge1", "supervisor"] {
        app.person(other).await.may_not("voidNotice", void.clone(), "FORBIDDEN").await;
    }
    let blank = json!({ "challengeId": competition.challenge, "reason": " " });
    assert_eq!(organizer.fails("voidNotice", blank).await.fields, ["reason: required"]);
    let voided = organizer.does("voidNotice", void.clone()).await["notice"].clone();
    assert_eq!((voided["voidedAt"].is_string(), &voided["challenge"]["status"]), (true, &json!("NEGOTIATING")));
    organizer.may_not("voidNotice", void, "NOT_NOW").await;
    organizer.may_not("awardChallenge", award.clone(), "NOT_NOW").await;
    let next = json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[1].1],
                       "reason": "第一名在惩戒期内" });
    organizer.does("publishNotice", next).await;
    app.set_clock("2026-05-06T09:00:00+08:00").await;
    organizer.does("awardChallenge", award).await;
}

#[tokio::test]
async fn who_is_of_an_organization_tied_to_a_party_or_the_department_does_not_judge() {
    let app = TestApp::new().await;
    let competition = Competition::checked(&app).await;
    let bidder = competition.bids[0].0.as_str();
    let organizer = app.person("organizer").await;
    // As many stay as a panel needs.
    for (judge, with) in [("judge1", bidder), ("judge2", "urban"), ("judge6", bidder)] {
        let (one, other) = (organization(&app, judge).await, organization(&app, with).await);
        let tie = json!({ "organizationId": one, "otherId": other, "kind": "HOLDING", "basis": "年报" });
        organizer.does("recordTie", tie).await;
    }
    let (_, judges) = competition.draws(&app).await;
    assert_eq!(judges.len(), 5);
    for tied in ["judge1", "judge2", "judge6"] {
        assert!(!judges.iter().any(|judge| judge == tied), "{judges:?}");
    }
}

#[tokio::test]
async fn whoever_belongs_to_a_department_keeps_no_files() {
    let app = TestApp::new().await;
    let [urban, aurora, beacon] =
        [organization(&app, "urban").await, organization(&app, "aurora").await, organization(&app, "beacon").await];
    for (name, roles) in [("both", json!(["DEMANDER", "ORGANIZER"])), ("inside", json!(["ORGANIZER"]))] {
        let account = json!({ "username": name, "password": "Rehearsal-2026", "name": "本局", "roles": roles,
                              "organizationId": urban });
        app.person("sysadmin").await.does("createAccount", account).await;
    }
    let organizer = app.person("organizer").await;
    let tie = json!({ "organizationId": aurora, "otherId": beacon, "kind": "SUBORDINATE", "basis": "章程" });
    let made = organizer.does("recordTie", tie.clone()).await["tie"]["id"].clone();
    let case = json!({ "organizationId": aurora, "violation": "FALSE_MATERIAL", "basis": "郑高管〔2026〕7号",
                       "banFrom": "2026-03-01T00:00:00+08:00", "banTo": "2027-03-01T00:00:00+08:00" });
    let held = json!({ "kind": "HNTE", "certificateNo": "GR202641000009", "issuedBy": "省科技厅",
                       "validFrom": "2026-01-01", "evidence": "证书原件" });
    let stated = app.person("aurora").await.does("recordQualification", held).await["qualification"]["id"].clone();
    let known = organizer.does("recordIntegrityCase", case.clone()).await["case"]["id"].clone();
    let acts = [
        ("recordTie", tie),
        ("endTie", json!({ "tieId": made, "reason": "已转让股权" })),
        ("recordIntegrityCase", case),
        ("grantExemption", json!({ "caseId": known, "grounds": "勤勉尽责" })),
        ("verifyQualification", json!({ "qualificationId": stated })),
        ("endQualification", json!({ "qualificationId": stated, "reason": "证书不符" })),
        ("refuseOrganization", json!({ "organizationId": beacon, "reason": "资料不符" })),
        ("reviseRuleSet", json!({ "expectedVersion": 3, "reason": "按新规调整", "minOpenDays": 15 })),
    ];
    for name in ["both", "inside"] {
        for (act, input) in &acts {
            let refusal = app.person(name).await.fails(act, input.clone()).await;
            assert_eq!(refusal.code, "FORBIDDEN", "{name} {act} {}", refusal.message);
        }
    }
}

#[tokio::test]
async fn each_refusal_of_a_consortium_names_its_rule() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let [aurora, beacon, cedar, delta, urban] = [
        organization(&app, "aurora").await,
        organization(&app, "beacon").await,
        organization(&app, "cedar").await,
        organization(&app, "delta").await,
        organization(&app, "urban").await,
    ];
    let person = app.person("aurora").await;
    let draft = |of: &Competition, members: &[&Value]| {
        let solution = support::solution_input(&of.indicators, "联合体方案", 100_000_000);
        json!({ "challengeId": of.challenge, "solution": solution, "memberIds": members })
    };
    for (members, fault) in [
        (&[&beacon, &beacon][..], "memberIds.1: duplicate"),
        (&[&aurora], "memberIds.0: member_unfit"),
        (&[&urban], "memberIds.0: member_unfit"),
    ] {
        assert_eq!(person.fails("draftBid", draft(&competition, members)).await.fields, [fault]);
    }
    // Two members at most: it is asked when it is handed in.
    let bid = person.does("draftBid", draft(&competition, &[&beacon, &cedar, &delta])).await["bid"]["id"].clone();
    // Whoever is asked sees who else is.
    let asked = app.person("beacon").await.reads("consortiumRequests", json!({})).await["consortiumRequests"].clone();
    let mut named: Vec<_> =
        asked["nodes"][0]["members"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    named.sort_by_key(|id| id.to_string());
    let mut members = vec![beacon.clone(), cedar.clone(), delta.clone()];
    members.sort_by_key(|id| id.to_string());
    assert_eq!(named, members);
    let refusal = person.fails("submitBid", hand_in(&bid)).await;
    assert!(refusal.fields.iter().any(|field| field.ends_with(": consortium_too_large")), "{:?}", refusal.fields);
    let other =
        Competition::published_with(&app, json!({ "consortiumAllowed": false, "consortiumMaxMembers": 0 })).await;
    let bid = person.does("draftBid", draft(&other, &[&beacon])).await["bid"]["id"].clone();
    let refusal = person.fails("submitBid", hand_in(&bid)).await;
    assert!(refusal.fields.iter().any(|field| field.ends_with(": consortium_refused")), "{:?}", refusal.fields);
}

#[tokio::test]
async fn a_lead_tied_to_the_department_and_a_member_barred_are_refused() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let [aurora, beacon, urban] =
        [organization(&app, "aurora").await, organization(&app, "beacon").await, organization(&app, "urban").await];
    let organizer = app.person("organizer").await;
    let tie = json!({ "organizationId": aurora, "otherId": urban, "kind": "SUBORDINATE", "basis": "章程" });
    organizer.does("recordTie", tie).await;
    let case = json!({ "organizationId": beacon, "violation": "FALSE_MATERIAL", "basis": "郑高管〔2026〕7号",
                       "banFrom": "2026-03-01T00:00:00+08:00", "banTo": "2027-03-01T00:00:00+08:00" });
    organizer.does("recordIntegrityCase", case).await;
    let bid = drafted(&app, &competition, "aurora", std::slice::from_ref(&beacon)).await;
    answers(&app, "beacon", true).await;
    let refusal = app.person("aurora").await.fails("submitBid", hand_in(&bid)).await;
    assert_eq!(refusal.fields, ["bidId: tied_to_demander", "memberIds.0: banned"]);
}
