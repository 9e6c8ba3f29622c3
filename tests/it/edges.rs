//! Every edge of the course, at the door: in each state whoever could do an act somewhere tries it with input beyond reproach, and what is
//! to come of it stands in a table that was written from the rules. What is refused changes nothing; what would be accepted is what the
//! door says of itself.

#[path = "edges/acts.rs"]
mod acts;
#[path = "edges/course.rs"]
mod course;
#[path = "edges/table.rs"]
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use support::{TestApp, deep, operation};

use acts::{ACTS, Act, Known, On};
use course::State;
use table::{ASKED_WHEN_DONE, Answer, PEOPLE, Row, WRONG_PEOPLE};

#[tokio::test]
async fn from_the_draft_to_the_last_sheet_nothing_goes_but_what_the_table_says() {
    walk(course::before_the_ranking().await, table::BEFORE_THE_RANKING).await;
}

#[tokio::test]
async fn from_the_ranking_to_the_end_of_the_notice_nothing_goes_but_what_the_table_says() {
    walk(course::under_the_notice().await, table::UNDER_THE_NOTICE).await;
}

#[tokio::test]
async fn from_the_award_to_the_end_nothing_goes_but_what_the_table_says() {
    walk(course::behind_the_award().await, table::BEHIND_THE_AWARD).await;
}

/// Each act is let somewhere and refused somewhere, and tried by the wrong people where it is let.
#[test]
fn the_tables_leave_no_act_out() {
    for (state, act, cells) in WRONG_PEOPLE {
        assert_ne!(table::row(state).answer(Act::named(act)), Answer::No("NOT_NOW"), "{state}: {act}");
        assert_eq!(table::cells(cells).len(), PEOPLE.len(), "{state}: {act}");
    }
    for act in ACTS {
        let lets = |row: &&Row| matches!(row.answer(act), Answer::Yes(_));
        let (let_in, all) = (table::states().filter(lets).count(), table::states().count());
        assert!(let_in > 0 && let_in < all, "{} is let in {let_in} states of {all}", act.name);
        assert!(WRONG_PEOPLE.iter().any(|(_, name, _)| Act::named(name).mutation == act.mutation), "{}", act.name);
    }
}

async fn walk(states: Vec<State>, rows: &[Row]) {
    let reached: BTreeSet<_> = states.iter().map(|state| state.name).collect();
    assert_eq!(reached, rows.iter().map(|row| row.name).collect());
    let mut found = Found::default();
    for state in &states {
        found.tries_all(state).await;
    }
    let Found { faults, refused, wrong_people, done, .. } = found;
    println!("{} states: {refused} refusals, {wrong_people} of the wrong people, {done} done", states.len());
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Where the tables and the door tell different things, and how much was tried.
#[derive(Default)]
struct Found {
    faults: Vec<String>,
    refused: usize,
    wrong_people: usize,
    done: usize,
    /// Acts that were done, and where they led.
    led: BTreeSet<(&'static str, &'static str)>,
}

impl Found {
    /// All that is refused in one world, then what is done, each in its own. Where there is no time for all, each act is done once for
    /// every state that it leads to; of the rest the door's own word is taken.
    async fn tries_all(&mut self, state: &State) {
        let (row, known) = (table::row(state.name), &state.known);
        let app = state.rest.begins().await;
        let before = seen(&app, known).await;
        if before["challenge"]["status"] != row.status {
            self.faults.push(format!("{} is {}", state.name, before["challenge"]["status"]));
        }
        self.what_is_said(&app, state).await;
        self.the_wrong_people(&app, state).await;
        for act in ACTS {
            if let Answer::No(expected) = row.answer(act) {
                self.refused += 1;
                let code = tries(&app, known, act.who(known), act).await;
                if code != expected {
                    self.faults.push(format!("{}: {} is {code}, not {expected}", state.name, act.name));
                }
            }
        }
        let after = seen(&app, known).await;
        if before != after {
            self.faults.push(format!("{}: what was refused has changed {before} to {after}", state.name));
        }
        let mut world = Some(app);
        for act in ACTS {
            let Answer::Yes(leads) = row.answer(act) else { continue };
            let leads = leads.unwrap_or(row.status);
            if !self.led.insert((act.name, leads)) && !deep() {
                continue;
            }
            let app = match world.take() {
                Some(app) => app,
                None => state.rest.begins().await,
            };
            self.done += 1;
            let code = tries(&app, known, act.who(known), act).await;
            let after = seen(&app, known).await;
            let status = &after["challenge"]["status"];
            if !code.is_empty() || status != leads || after["events"] == before["events"] {
                self.faults.push(format!("{}: {} is {code}, leads to {status}, not {leads}", state.name, act.name));
            }
            app.ends().await;
        }
        if let Some(app) = world {
            app.ends().await;
        }
    }

    /// What the door says of itself to those whose acts they are.
    async fn what_is_said(&mut self, app: &TestApp, state: &State) {
        let (row, known) = (table::row(state.name), &state.known);
        let lets = |act: &Act| matches!(row.answer(*act), Answer::Yes(_));
        let people: BTreeSet<_> = ACTS.iter().map(|act| act.who(known)).collect();
        for who in people {
            let acts: Vec<_> = ACTS.into_iter().filter(|act| act.who(known) == who).collect();
            let told = available(app, known, who, &acts).await;
            for act in acts {
                let mut same = ACTS.iter().filter(|other| (other.mutation, other.on) == (act.mutation, act.on));
                let said = same.any(lets) || ASKED_WHEN_DONE.contains(&(state.name, act.name));
                if told.contains(&(act.on, act.mutation.to_owned())) != said {
                    self.faults.push(format!("{}: {} is not said to be {said}", state.name, act.name));
                }
            }
        }
    }

    /// Where an act is let, everybody else is told no.
    async fn the_wrong_people(&mut self, app: &TestApp, state: &State) {
        let known = &state.known;
        let rows: Vec<_> = WRONG_PEOPLE.iter().filter(|(name, ..)| *name == state.name).collect();
        if rows.is_empty() {
            return;
        }
        let another = another_judge(app, known).await;
        for (place, name) in PEOPLE.into_iter().enumerate() {
            let who = match name {
                "judge" => &known.judge,
                "another judge" => &another,
                name => name,
            };
            let acts: Vec<_> = rows.iter().map(|(_, act, _)| Act::named(act)).collect();
            let told = available(app, known, who, &acts).await;
            for (act, (.., cells)) in acts.into_iter().zip(&rows) {
                let expected = table::cells(cells)[place];
                let lets = matches!(expected, Answer::Yes(_));
                if told.contains(&(act.on, act.mutation.to_owned())) != lets {
                    self.faults.push(format!("{}: {} is not said to be {lets} for {name}", state.name, act.name));
                }
                let Answer::No(expected) = expected else { continue };
                self.wrong_people += 1;
                let code = tries(app, known, who, act).await;
                if code != expected {
                    self.faults.push(format!("{}: {} by {name} is {code}, not {expected}", state.name, act.name));
                }
            }
        }
    }
}

/// The code of the refusal; none: it is done.
async fn tries(app: &TestApp, known: &Known, who: &str, act: Act) -> String {
    let input = json!({ "input": act.input(known) });
    let (_, answer) = known.person(app, who).sends(&operation(act.mutation), input).await;
    let error = &answer["errors"][0];
    if error.is_null() {
        return String::new();
    }
    error["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no code: {answer}")).to_owned()
}

/// What this person is said to be let do to all that these acts are about.
async fn available(app: &TestApp, known: &Known, who: &str, acts: &[Act]) -> BTreeSet<(On, String)> {
    let about: BTreeMap<On, &str> = acts.iter().map(|act| (act.on, act.subject(known))).collect();
    let asked: Vec<_> = about.iter().map(|(on, id)| format!("{on:?}: node(id: \"{id}\") {{ ...All }}")).collect();
    let query = format!("{{ {} }} fragment All on Node {{ {EACH} }}", asked.join(" "));
    let told = known.person(app, who).asks(&query, json!({})).await;
    let actions = |on: &On| told[format!("{on:?}")]["availableActions"].as_array().cloned().unwrap_or_default();
    let each = about.keys().flat_map(|on| actions(on).into_iter().map(|action| (*on, action)));
    each.map(|(on, action)| (on, action.as_str().unwrap().to_owned())).collect()
}

const EACH: &str = "... on Challenge { availableActions } ... on Bid { availableActions }
    ... on Objection { availableActions } ... on Complaint { availableActions } ... on Project { availableActions }";

/// All that could change, as whoever sees the most sees it, and how many events there are to be seen.
async fn seen(app: &TestApp, known: &Known) -> Value {
    let query = "query($id: ID!) {
        challenge(id: $id) { status suspendedFrom suspendedAt reason version submissionDeadline notice { id voidedAt }
            bids(first: 20) { nodes { id status } }
            projects { id status revokedOn agreementDueAt agreementEffectiveAt agreement { contractNo registrationNo pledgedAt } }
            panel { judges { id sheetsSubmitted } } }
        objections(first: 20) { nodes { id status ruling } } complaints(first: 20) { nodes { id status } }
        events(first: 1) { totalCount } }";
    let id = json!({ "id": known.challenge });
    let told = known.person(app, "supervisor").asks(query, id.clone()).await;
    if told["challenge"].is_object() {
        return told;
    }
    // Before it is published only its department and the organizers know of it.
    known.person(app, "organizer3").asks(query, id).await
}

/// A judge who was not drawn.
async fn another_judge(app: &TestApp, known: &Known) -> String {
    let sitting = course::sitting(app, known).await;
    let all = (1..=12).map(|number| format!("judge{number}"));
    all.into_iter().find(|name| sitting.iter().all(|(judge, _)| judge != name)).unwrap()
}
