//! The access matrix at the public door: what its page says of a field or an act, in a state, is what people are answered there.

use jiebang_platform::matrix;
use serde_json::{Value, json};
use support::{Competition, Person, Refusal, TestApp, operation};

/// One person's look at everything that the table below asks about.
const LOOK: &str = "
query($challenge: ID!, $won: ID!, $lost: ID!, $panel: ID!, $user: ID!, $organization: ID!, $technology: ID!) {
  challenge(id: $challenge) {
    bidCount bids { totalCount nodes { id } } ranking { totalCount nodes { rank } }
    panel {
      judges { user { id } organization { id } declared recused leftBecause replacedBy { id } sheetsSubmitted sheetsTotal pseudonym }
      draw { seed candidates excluded entropy } statistics { ratings }
    }
    notice { objections { totalCount nodes { grounds } } }
  }
  won: node(id: $won) { ... on Bid {
    bidder { id } status solution { title } formalCheck { passed } receipt { compact } sheets { total judge { id } }
  } }
  lost: node(id: $lost) { ... on Bid { label } }
  panel: node(id: $panel) { id }
  user: node(id: $user) { ... on User { name username } }
  organization: node(id: $organization) { ... on Organization { name } }
  technology: node(id: $technology) { ... on Technology { principle } }
  viewer {
    sessions { id } bids(challenge: $challenge) { nodes { id } }
    pendingDeclarations { challenge { id } } reviewTasks { nodes { bid { challenge { id } } } }
  }
  onChallenge: events(subject: $challenge, first: 100) { nodes { kind actor { id } } }
  onBid: events(subject: $won, first: 100) { nodes { kind } }
  onPanel: events(subject: $panel, first: 100) { nodes { kind } }
}";

fn letter(whole: bool) -> &'static str {
    if whole { "Y" } else { "." }
}

/// So many of so many.
fn share(count: usize, all: usize) -> &'static str {
    match count {
        0 => ".",
        _ if count == all => "Y",
        _ => "p",
    }
}

fn list<'a>(answer: &'a Value, at: &str) -> &'a [Value] {
    answer.pointer(at).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether something is there: neither null nor an empty list.
fn there(answer: &Value, at: &str) -> bool {
    answer.pointer(at).is_some_and(|found| !found.is_null() && *found != json!([]))
}

/// A list and its count, which have to agree.
fn counted(answer: &Value, at: &str) -> Option<usize> {
    let count = answer.pointer(&format!("{at}/totalCount"))?.as_u64()?;
    assert_eq!(list(answer, &format!("{at}/nodes")).len() as u64, count, "{at}");
    Some(count.try_into().unwrap())
}

fn any_judge(answer: &Value, is: impl Fn(&Value) -> bool) -> &'static str {
    letter(list(answer, "/challenge/panel/judges").iter().any(is))
}

fn event(answer: &Value, on: &str, kind: &str) -> &'static str {
    letter(list(answer, &format!("/{on}/nodes")).iter().any(|event| event["kind"] == kind))
}

/// What the door made of a field: reads an answer to [`LOOK`].
type Probe = fn(&Value, &Play) -> &'static str;

/// Fields of the page that can be looked at in every state.
const ALWAYS: &[(&str, Probe)] = &[
    ("Query.challenge", |seen, _| letter(there(seen, "/challenge"))),
    ("Challenge.bidCount", |seen, _| letter(there(seen, "/challenge/bidCount"))),
    ("Challenge.bids", |seen, _| match counted(seen, "/challenge/bids") {
        None => ".",
        Some(3) => "Y",
        Some(_) => "p",
    }),
    ("Viewer.bids", |seen, play| {
        letter(list(seen, "/viewer/bids/nodes").iter().any(|bid| bid["id"] == play.variables["won"]))
    }),
    ("Viewer.sessions", |seen, _| letter(there(seen, "/viewer/sessions"))),
    ("Query.node(a bid)", |seen, _| letter(there(seen, "/won"))),
    ("Bid.bidder", |seen, _| letter(there(seen, "/won/bidder"))),
    ("Query.node(a bid that does not win)", |seen, _| letter(there(seen, "/lost"))),
    ("Bid.status", |seen, play| match seen["won"]["status"].as_str() {
        None => ".",
        Some(told) if told == play.status => "Y",
        Some(_) => "p",
    }),
    ("Bid.solution", |seen, _| letter(there(seen, "/won/solution"))),
    ("Bid.formalCheck", |seen, _| letter(there(seen, "/won/formalCheck"))),
    ("Bid.receipt", |seen, _| letter(there(seen, "/won/receipt"))),
    ("Challenge.panel", |seen, _| letter(there(seen, "/challenge/panel"))),
    ("Query.node(a panel)", |seen, _| letter(there(seen, "/panel"))),
    // Five who sit, and one who stepped aside.
    ("Panel.judges", |seen, _| share(list(seen, "/challenge/panel/judges").len(), 6)),
    ("PanelJudge.user", |seen, _| any_judge(seen, |one| one["declared"] == true && one["user"].is_object())),
    ("PanelJudge.user(not yet declared)", |seen, _| {
        any_judge(seen, |one| one["declared"] == false && one["user"].is_object())
    }),
    ("PanelJudge.recused", |seen, _| any_judge(seen, |one| !one["recused"].is_null())),
    ("PanelJudge.leftBecause", |seen, _| any_judge(seen, |one| one["leftBecause"].is_string())),
    ("PanelJudge.replacedBy", |seen, _| any_judge(seen, |one| one["replacedBy"].is_object())),
    ("PanelJudge.sheetsTotal", |seen, _| any_judge(seen, |one| one["sheetsTotal"].is_number())),
    ("PanelJudge.pseudonym", |seen, _| any_judge(seen, |one| one["pseudonym"].is_string())),
    ("PanelDraw.seed", |seen, _| letter(there(seen, "/challenge/panel/draw/seed"))),
    ("PanelDraw.candidates", |seen, _| letter(there(seen, "/challenge/panel/draw/candidates"))),
    ("PanelDraw.entropy", |seen, _| letter(there(seen, "/challenge/panel/draw/entropy"))),
    ("Panel.statistics", |seen, _| letter(there(seen, "/challenge/panel/statistics"))),
    ("Challenge.ranking", |seen, _| share(counted(seen, "/challenge/ranking").unwrap_or(0), 3)),
    ("Bid.sheets(not handed in)", |seen, _| {
        letter(list(seen, "/won/sheets").iter().any(|sheet| sheet["total"].is_null()))
    }),
    ("Viewer.pendingDeclarations", |seen, play| {
        let mut pending = list(seen, "/viewer/pendingDeclarations").iter();
        letter(pending.any(|one| one["challenge"]["id"] == play.challenge))
    }),
    ("Viewer.reviewTasks", |seen, play| {
        let mut tasks = list(seen, "/viewer/reviewTasks/nodes").iter();
        letter(tasks.any(|one| one["bid"]["challenge"]["id"] == play.challenge))
    }),
    ("Query.node(a person)", |seen, _| letter(there(seen, "/user"))),
    ("User.username", |seen, _| letter(there(seen, "/user/username"))),
    ("Query.node(an organization not verified)", |seen, _| letter(there(seen, "/organization"))),
    ("Query.node(a nominated technology)", |seen, _| letter(there(seen, "/technology"))),
    ("Query.events(for the department)", |seen, _| event(seen, "onChallenge", "challenge.drafted")),
    ("Query.events(for the bidder)", |seen, _| event(seen, "onBid", "bid.submitted")),
    ("Query.events(for everybody)", |seen, _| event(seen, "onChallenge", "challenge.published")),
    ("Event.actor", |seen, _| {
        let published = list(seen, "/onChallenge/nodes").iter().find(|event| event["kind"] == "challenge.published");
        letter(published.unwrap()["actor"].is_object())
    }),
];

/// What there is to look at once judges have marked.
const MARKED: &[(&str, Probe)] = &[
    ("Bid.sheets", |seen, play| share(list(seen, "/won/sheets").len(), play.sheets)),
    ("ScoreSheet.judge", |seen, _| letter(list(seen, "/won/sheets").iter().any(|sheet| sheet["judge"].is_object()))),
];

/// What there is to look at once the bids have been opened.
const OPENED: &[(&str, Probe)] = &[
    ("Query.events(for staff, in this challenge)", |seen, _| event(seen, "onChallenge", "challenge.opening_approved")),
    ("Query.events(for supervision)", |seen, _| event(seen, "onPanel", "panel.stepped_aside")),
];

/// What there is to look at once two bidders have objected.
const OBJECTED: &[(&str, Probe)] =
    &[("Notice.objections", |seen, _| share(counted(seen, "/challenge/notice/objections").unwrap_or(0), 2))];

/// One competition, and the people of the page who look at it.
struct Play {
    app: TestApp,
    people: Vec<(&'static str, Person)>,
    variables: Value,
    challenge: String,
    /// The state of the bid that wins, as it is.
    status: &'static str,
    /// How many sheets for it there are.
    sheets: usize,
    wrong: Vec<String>,
    looked: usize,
}

impl Play {
    /// Everybody looks, and is answered as the page says.
    async fn compares(&mut self, state: &str, tables: &[&[(&str, Probe)]]) {
        for (name, person) in &self.people {
            let seen = person.asks(LOOK, self.variables.clone()).await;
            for (field, probe) in tables.iter().copied().flatten() {
                let page = matrix::answer(field, name, state).unwrap_or_else(|| panic!("no {field}, {name}, {state}"));
                let door = probe(&seen, self);
                self.looked += 1;
                if page != door {
                    self.wrong.push(format!("{field}, {name}, {state}: the page says {page}, the door {door}"));
                }
            }
        }
    }

    /// Everybody tries what the page says is refused, and is refused as it says.
    async fn refuses(&mut self, state: &str, acts: &[(&str, Value)]) {
        for (name, person) in &self.people {
            for (act, input) in acts {
                let page = matrix::answer(&format!("Mutation.{act}"), name, state).unwrap();
                if page == "Y" {
                    continue;
                }
                let (_, answer) = person.sends(&operation(act), json!({ "input": input })).await;
                let door = match answer.get("errors").map(|_| Refusal::of(&answer).code).as_deref() {
                    Some("UNAUTHENTICATED") => "s",
                    Some("NOT_FOUND") => "h",
                    Some("FORBIDDEN") => "f",
                    Some("NOT_NOW") => "n",
                    Some("DEADLINE_PASSED") => "l",
                    _ => panic!("{act}, {name}, {state}: {answer}"),
                };
                self.looked += 1;
                if page != door {
                    self.wrong.push(format!("{act}, {name}, {state}: the page says {page}, the door {door}"));
                }
            }
        }
    }

    fn person(&self, name: &str) -> &Person {
        let found = self.people.iter().find(|(one, _)| *one == name);
        &found.unwrap_or_else(|| panic!("{name} does not look")).1
    }

    /// Who sits where changes in a review.
    async fn judges(&mut self, names: &[(&'static str, &str)]) {
        self.people.retain(|(name, _)| !name.starts_with("judge"));
        for (name, username) in names {
            self.people.push((name, self.app.person(username).await));
        }
    }
}

/// The people of the page but the judges, and what they look at.
async fn play(app: TestApp, competition: &Competition) -> Play {
    let mut people = vec![("anybody, suspended people too", app.anybody())];
    for (name, username) in [
        ("demander, the author", "urban"),
        ("demander of another department", "social"),
        ("organizer who approved", "organizer"),
        ("organizer", "organizer2"),
        ("bidder, the bid's own", "aurora"),
        ("bidder, a rival", "beacon"),
        ("bidder without a bid", "delta"),
        ("supervisor", "supervisor"),
        ("system administrator", "sysadmin"),
        ("security administrator", "secadmin"),
        ("audit administrator", "auditor"),
    ] {
        people.push((name, app.person(username).await));
    }
    let owner = app.person("aurora").await;
    for (name, right, username) in [
        ("bidder, the bid's own, an editor", "EDITOR", "editor"),
        ("bidder, the bid's own, a reader", "READER", "reader"),
    ] {
        let invited =
            owner.does("inviteMember", json!({ "right": right, "note": name, "password": "Rehearsal-2026" })).await;
        let input =
            json!({ "code": invited["code"], "username": username, "password": "Rehearsal-2026", "name": "同事" });
        app.anybody().does("acceptInvitation", input).await;
        people.push((name, app.person(username).await));
    }
    for (name, scope) in [
        ("bidder, the bid's own, a token that submits", "SUBMIT"),
        ("bidder, the bid's own, a token that drafts", "DRAFT"),
        ("bidder, the bid's own, a token that reads", "READ"),
    ] {
        let input = json!({ "name": name, "scope": scope, "days": 300, "password": "Rehearsal-2026" });
        let made = owner.does("createApiToken", input).await;
        people.push((name, app.bearer(made["secret"].as_str().unwrap())));
    }
    let sysadmin = app.person("sysadmin").await;
    for (name, username, department) in
        [("organizer of the department", "both", "urban"), ("organizer of another department", "both2", "social")]
    {
        let department = app.person(department).await.asks("{ viewer { organization { id } } }", json!({})).await;
        let input = json!({
            "username": username, "password": "Rehearsal-2026", "name": "两职", "roles": ["DEMANDER", "ORGANIZER"],
            "organizationId": department["viewer"]["organization"]["id"],
        });
        sysadmin.does("createAccount", input).await;
        people.push((name, app.person(username).await));
    }
    let register = json!({
        "name": "新晖科技有限公司", "uscc": "91350100M000100Y43", "username": "xinhui", "password": "Rehearsal-2026",
        "contactName": "新晖",
    });
    let registered = app.anybody().does("registerEnterprise", register).await;
    let nominate = json!({
        "name": "光子积分计算", "field": "人工智能", "principle": "以光的干涉求卷积", "replaces": "电子加速器", "readinessLevel": 4,
    });
    let nominated = app.person("aurora").await.does("nominateTechnology", nominate).await;
    let other = app.person("organizer3").await.asks("{ viewer { user { id } } }", json!({})).await;
    let panel = "query($id: ID!) { challenge(id: $id) { panel { id } } }";
    let panel = sysadmin.asks(panel, json!({ "id": competition.challenge })).await;
    let variables = json!({
        "challenge": competition.challenge, "won": competition.bids[0].1, "lost": competition.bids[1].1,
        "panel": panel["challenge"]["panel"]["id"], "user": other["viewer"]["user"]["id"],
        "organization": registered["organization"]["id"], "technology": nominated["technology"]["id"],
    });
    let challenge = competition.challenge.clone();
    Play { app, people, variables, challenge, status: "SUBMITTED", sheets: 0, wrong: Vec::new(), looked: 0 }
}

/// Acts on the challenge and on the bid that wins, with input that is at fault nowhere.
fn acts(competition: &Competition) -> Vec<(&'static str, Value)> {
    let challenge = json!({ "challengeId": competition.challenge });
    let bid = &competition.bids[0].1;
    vec![
        ("submitChallenge", challenge.clone()),
        ("returnChallenge", json!({ "challengeId": competition.challenge, "reason": "重写" })),
        ("approveChallenge", challenge.clone()),
        ("askQuestion", json!({ "challengeId": competition.challenge, "text": "何时？" })),
        ("amendChallenge", json!({ "challengeId": competition.challenge, "summary": "更正", "material": false })),
        ("cancelChallenge", json!({ "challengeId": competition.challenge, "reason": "撤销" })),
        ("withdrawBid", json!({ "bidId": bid })),
        ("openBids", competition.opening()),
        ("recordFormalCheck", json!({ "bidId": bid, "items": [{ "name": "材料完整", "passed": true }] })),
        ("drawPanel", challenge.clone()),
        ("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true })),
        ("closeReview", challenge.clone()),
        ("recordNegotiation", json!({ "bidId": bid, "topic": "范围", "minutes": "一致", "agreed": true })),
        ("publishNotice", json!({ "challengeId": competition.challenge, "winnerBidIds": [bid] })),
        ("awardChallenge", challenge),
    ]
}

#[tokio::test]
async fn the_door_answers_as_the_page_says() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let acts = acts(&competition);
    let mut play = play(app, &competition).await;
    let challenge = json!({ "challengeId": competition.challenge });
    play.judges(&[("judge, not drawn", "judge1")]).await;
    play.compares("PUBLISHED", &[ALWAYS]).await;
    play.refuses("PUBLISHED", &acts).await;

    play.app.set_clock("2026-04-02T09:00:00+08:00").await;
    for organizer in ["organizer", "organizer who approved"] {
        play.person(organizer).does("openBids", competition.opening()).await;
    }
    let organizer = play.person("organizer").clone();
    for (_, bid) in &competition.bids {
        let items = json!([{ "name": "材料完整", "passed": true }]);
        organizer.does("recordFormalCheck", json!({ "bidId": bid, "items": items })).await;
    }
    organizer.does("drawPanel", challenge.clone()).await;
    let first = competition.judges(&play.app).await;
    let declare = |free: bool| {
        json!({ "challengeId": competition.challenge, "conflictFree": free,
                "reason": if free { Value::Null } else { json!("师生关系") } })
    };
    play.app.person(&first[0]).await.does("declareInterest", declare(false)).await;
    let sitting = competition.judges(&play.app).await;
    let spare = (1..=12).map(|number| format!("judge{number}")).find(|one| !sitting.contains(one) && *one != first[0]);
    let spare = spare.unwrap();
    let aside = ("judge, stepped aside", first[0].as_str());
    let declared = ("judge, declared", sitting[1].as_str());
    play.judges(&[aside, declared, ("judge, drawn", &sitting[0]), ("judge, not drawn", &spare)]).await;
    let judge = play.person("judge, declared").clone();
    judge.does("declareInterest", declare(true)).await;
    let bid = &competition.bids[0].1;
    judge.does("saveScoreSheet", json!({ "bidId": bid, "marks": competition.marks("90") })).await;
    (play.status, play.sheets) = ("FORMAL_PASSED", 2);
    play.compares("REVIEWING", &[ALWAYS, OPENED, MARKED]).await;
    // A bid is checked once, a panel drawn once: the page asks of a bid unchecked and a panel undrawn.
    let reviewing: Vec<_> =
        acts.iter().filter(|(act, _)| !["recordFormalCheck", "drawPanel"].contains(act)).cloned().collect();
    play.refuses("REVIEWING", &reviewing).await;

    for name in &sitting {
        let person = play.app.person(name).await;
        if name != declared.1 {
            person.does("declareInterest", declare(true)).await;
        }
        for ((_, bid), mark) in competition.bids.iter().zip(["90", "80.5", "60"]) {
            person.does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks(mark) })).await;
        }
    }
    organizer.does("closeReview", challenge.clone()).await;
    (play.status, play.sheets) = ("SHORTLISTED", 5);
    play.judges(&[aside, declared, ("judge, not drawn", &spare)]).await;
    // From here on every sheet has been handed in.
    let closed: Vec<_> = ALWAYS.iter().filter(|(field, _)| !field.ends_with("(not handed in)")).copied().collect();
    play.compares("NEGOTIATING", &[&closed, OPENED, MARKED]).await;
    play.refuses("NEGOTIATING", &acts).await;

    let notice = json!({ "challengeId": competition.challenge, "winnerBidIds": [bid] });
    let notice = organizer.does("publishNotice", notice).await["notice"]["id"].clone();
    play.status = "PROPOSED_WINNER";
    play.compares("PUBLICITY", &[&closed, OPENED, MARKED]).await;
    let object = json!({ "noticeId": notice, "grounds": "标准不一" });
    let with_objecting: Vec<_> = acts.iter().cloned().chain([("raiseObjection", object.clone())]).collect();
    play.refuses("PUBLICITY", &with_objecting).await;

    let mut objections = Vec::new();
    for bidder in ["bidder, the bid's own", "bidder, a rival"] {
        let raised = play.person(bidder).does("raiseObjection", object.clone()).await;
        objections.push(raised["objection"]["id"].clone());
    }
    play.compares("SUSPENDED", &[&closed, OPENED, MARKED, OBJECTED]).await;
    let rule = |objection: &Value| json!({ "objectionId": objection, "upheld": false, "ruling": "查无实据" });
    // Who has taken part in the challenge is refused more.
    let took_part = ["organizer", "organizer who approved"];
    for (name, person) in &play.people {
        let before = if took_part.contains(name) { "(took part before)" } else { "" };
        let code = match matrix::answer(&format!("Mutation.resolveObjection{before}"), name, "SUSPENDED").unwrap() {
            "Y" => continue,
            "s" => "UNAUTHENTICATED",
            "h" => "NOT_FOUND",
            "f" => "FORBIDDEN",
            other => panic!("{name}: {other}"),
        };
        person.may_not("resolveObjection", rule(&objections[0]), code).await;
    }
    for objection in &objections {
        play.person("supervisor").does("resolveObjection", rule(objection)).await;
    }

    play.app.set_clock("2026-04-20T09:00:00+08:00").await;
    play.compares("PUBLICITY, the notice over", &[&closed, OPENED, MARKED, OBJECTED]).await;
    play.refuses("PUBLICITY, the notice over", &with_objecting).await;
    organizer.does("awardChallenge", challenge).await;
    play.status = "WON";
    play.compares("AWARDED", &[&closed, OPENED, MARKED, OBJECTED]).await;
    play.refuses("AWARDED", &with_objecting).await;
    assert!(play.wrong.is_empty(), "{} of {}:\n{}", play.wrong.len(), play.looked, play.wrong.join("\n"));
}
