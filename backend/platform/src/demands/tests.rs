//! What cannot be seen at the public door: that SQL finds whom the rule names, and what other slices are given.

use std::collections::BTreeMap;

use super::content::{Changes, NewGoal, OpenResource};
use super::matching::{self, Profile, Wanted};
use super::*;
use crate::access::{Actor, Member, Viewer};
use crate::app::App;
use crate::base::id::{ChallengeId, Kind, OrganizationId, QualificationId};
use crate::base::words::{
    Comparator, CooperationMode, DemandStatus, Domain, JudgeKind, MemberRight, OpinionVerdict, OrganizationKind,
    ResourceKind, Role, ScenarioScale, Verification,
};
use crate::base::{Error, PageRequest};
use crate::capabilities::{self, AddCapability, RemoveCapability};
use crate::testing;

fn member(organization: OrganizationId, kind: OrganizationKind) -> Option<Member> {
    Some(Member { organization, kind, verification: Verification::Verified })
}

async fn person(app: &App, role: Role, organization: Option<(OrganizationId, OrganizationKind)>) -> Viewer {
    let judge = (role == Role::Judge).then_some(JudgeKind::Technical);
    let id = testing::user(app, judge.map(|kind| kind.word()), organization.map(|(id, _)| id), false).await;
    let member = organization.and_then(|(id, kind)| member(id, kind));
    Viewer::Person(Actor::new(id, None, vec![role], member, judge).with_right(Some(MemberRight::Owner)))
}

/// A department and those who argue what it wants.
struct Stage {
    demander: Viewer,
    organizer: Viewer,
    expert: Viewer,
}

impl Stage {
    async fn set(app: &App) -> Self {
        let department = testing::organization(app, "DEPARTMENT").await;
        let institute = testing::organization(app, "INSTITUTE").await;
        Self {
            demander: person(app, Role::Demander, Some((department, OrganizationKind::Department))).await,
            organizer: person(app, Role::Organizer, None).await,
            expert: person(app, Role::Judge, Some((institute, OrganizationKind::Institute))).await,
        }
    }

    async fn drafted(&self, app: &App, wanted: &Wanted) -> DemandId {
        let text = || Some("照此办理".to_owned());
        let content = Changes {
            title: text(),
            domain: wanted.domain,
            scale: Some(ScenarioScale::SmallCut),
            site: text(),
            pain_points: text(),
            content: text(),
            goals: Some(vec![NewGoal {
                name: "提前量".into(),
                unit: "min".into(),
                comparator: Comparator::Gte,
                target: "10".into(),
            }]),
            open_resources: Some(vec![OpenResource { kind: ResourceKind::Site, detail: "六处".into() }]),
            technical_requirements: text(),
            cooperation: Some(CooperationMode::Trial),
            budget_from: None,
            budget_to: None,
            schedule: text(),
            contact: text(),
            wanted_words: Some(wanted.words.clone()),
            wanted_qualifications: Some(wanted.qualifications.clone()),
        };
        draft_demand(app, &self.demander, DraftDemand { content, idempotency_key: None }).await.unwrap().demand
    }

    async fn argued(&self, app: &App) -> DemandId {
        let wanted = Wanted { domain: Some(Domain::UrbanOperation), ..Wanted::default() };
        let demand_id = self.drafted(app, &wanted).await.to_string();
        let submit = SubmitDemand { demand_id: demand_id.clone(), idempotency_key: None };
        let demand = submit_demand(app, &self.demander, submit).await.unwrap().demand;
        let expert_ids = vec![self.expert.user().unwrap().to_string()];
        let ask = AskOpinions { demand_id: demand_id.clone(), expert_ids, idempotency_key: None };
        ask_opinions(app, &self.organizer, ask).await.unwrap();
        demand
    }

    async fn says(&self, app: &App, who: &Viewer, demand: DemandId) {
        let (demand_id, text) = (demand.to_string(), "可行".to_owned());
        let new = RecordOpinion { demand_id, verdict: OpinionVerdict::Support, text, idempotency_key: None };
        record_opinion(app, who, new).await.unwrap();
    }

    async fn listed(&self, app: &App) -> DemandId {
        let demand = self.argued(app).await;
        self.says(app, &self.expert, demand).await;
        self.says(app, &self.organizer, demand).await;
        let accept = AcceptDemand { demand_id: demand.to_string(), idempotency_key: None };
        accept_demand(app, &self.organizer, accept).await.unwrap();
        let (demand_ids, title) = (vec![demand.to_string()], "机会清单".to_owned());
        let release = ReleaseDemands { demand_ids, title, idempotency_key: None };
        release_demands(app, &self.organizer, release).await.unwrap();
        demand
    }

    async fn status(&self, app: &App, demand: DemandId) -> DemandStatus {
        read::by_ids(app.db.read(), &self.demander, &[demand]).await.unwrap().pop().unwrap().status
    }
}

/// Gives a new organization something to show. Days around today's make a qualification valid or not.
async fn shows(app: &App, kind: &str, verified: bool, profile: &Profile, expired: &[String]) -> OrganizationId {
    let id = testing::organization(app, kind).await;
    let bidder = person(app, Role::Bidder, Some((id, OrganizationKind::Enterprise))).await;
    for domain in &profile.domains {
        let content = capabilities::Changes {
            title: Some("能力".into()),
            domains: Some(vec![*domain]),
            description: Some("已运行".into()),
            words: Some(profile.words.clone()),
        };
        let new = AddCapability { content, idempotency_key: None };
        capabilities::add_capability(app, &bidder, new).await.unwrap();
    }
    let days = [("2026-03-02", Some("2026-03-02")), ("2020-01-01", None), ("2020-01-01", Some("2026-12-31"))];
    let over = [("2020-01-01", Some("2026-03-01")), ("2026-03-03", None)];
    let valid = profile.qualifications.iter().zip(days.iter().cycle());
    for (kind, (from, to)) in valid.chain(expired.iter().zip(over.iter().cycle())) {
        let sql = "insert into qualifications (id, organization_id, kind, valid_from, valid_to, verified_at)
            values ($1, $2, $3, $4, $5, $6)";
        let (to, at) = (to.map(str::to_owned), app.clock.now());
        let values =
            vec![QualificationId::new().into(), id.into(), kind.clone().into(), (*from).into(), to.into(), at.into()];
        testing::run(app, sql, values).await;
    }
    if !verified {
        testing::run(app, "update organizations set verification = 'REFUSED' where id = $1", vec![id.into()]).await;
    }
    id
}

/// SQL finds those whom the rule names and nobody else, on however many pages, with the rule's reasons.
#[tokio::test]
async fn sql_matches_as_the_rule_does() {
    let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
    let stage = Stage::set(&app).await;
    let mut known = BTreeMap::new();
    for (place, (mut profile, expired)) in
        testing::samples((matching::tests::profile(), matching::tests::profile())).take(24).enumerate()
    {
        // Words are kept with a capability, and a capability has a domain.
        if profile.domains.is_empty() {
            profile.words.clear();
        }
        let kind = ["ENTERPRISE", "UNIVERSITY", "INSTITUTE", "FUND"][place % 4];
        let verified = place % 5 != 0;
        let expired: Vec<String> =
            expired.qualifications.into_iter().filter(|kind| !profile.qualifications.contains(kind)).collect();
        let id = shows(&app, kind, verified, &profile, &expired).await;
        if verified && kind != "FUND" {
            known.insert(id, profile);
        }
    }
    let now = app.clock.now();
    let mut demands = BTreeMap::new();
    for wanted in testing::samples(matching::tests::wanted()).take(16) {
        let id = stage.drafted(&app, &wanted).await;
        testing::run(
            &app,
            "update demands set submitted_at = $1, status = 'SUBMITTED', round = 1 where id = $2",
            vec![now.into(), id.into()],
        )
        .await;
        demands.insert(id, wanted);
    }
    let ids: Vec<DemandId> = demands.keys().copied().collect();
    let conn = app.db.read();
    let counts = read::match_counts(conn, &stage.organizer, now, &ids).await.unwrap();
    let mut found = 0;
    for (id, wanted) in &demands {
        let mut expected: Vec<_> = known
            .iter()
            .map(|(organization, profile)| (*organization, matching::reasons(wanted, profile)))
            .filter(|(_, reasons)| !reasons.is_empty())
            .collect();
        expected.sort();
        let mut request = PageRequest { first: 3, after: None };
        let mut seen = Vec::new();
        loop {
            let pages = read::matches(conn, &stage.organizer, now, &[*id], &request).await.unwrap();
            let Some(page) = pages.into_values().next() else { break };
            request.after = page.rows.last().map(|(cursor, _)| cursor.clone());
            seen.extend(page.rows.into_iter().map(|(_, view)| (view.organization, view.reasons)));
            if !page.has_next {
                break;
            }
        }
        assert_eq!(seen, expected, "{wanted:?}");
        assert_eq!(counts.get(id).copied().unwrap_or(0), expected.len() as u64);
        let invited = read::to_invite(conn, *id, now).await.unwrap();
        assert_eq!(invited, expected.iter().map(|(organization, _)| *organization).collect::<Vec<_>>());
        found += seen.len();
    }
    assert!(found > 20, "{found}: nothing much was tried");
    // For one page of many demands it is the same as for each.
    let all = read::matches(conn, &stage.organizer, now, &ids, &PageRequest::whole()).await.unwrap();
    assert_eq!(all.values().map(|page| page.rows.len()).sum::<usize>(), found);
    assert!(read::matches(conn, &stage.demander, now, &ids, &PageRequest::whole()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_listed_demand_is_taken_up_once_by_its_department() {
    let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
    let (stage, other) = (Stage::set(&app).await, Stage::set(&app).await);
    let demand = stage.listed(&app).await;
    let take = async |viewer: &Viewer, demand: DemandId| {
        let now = app.clock.now();
        app.db.write(|txn| async move { take_up(&txn, viewer, demand, ChallengeId::new(), now).await }).await
    };
    assert!(matches!(take(&other.demander, demand).await, Err(Error::NotYours(_))));
    assert!(matches!(take(&stage.organizer, demand).await, Err(Error::NotYours(_))));
    let unlisted = stage.argued(&app).await;
    assert!(matches!(take(&stage.demander, unlisted).await, Err(Error::NotNow(_))));
    assert!(matches!(take(&other.demander, unlisted).await, Err(Error::Hidden)));
    take(&stage.demander, demand).await.unwrap();
    assert_eq!(stage.status(&app, demand).await, DemandStatus::TakenUp);
    assert!(matches!(take(&stage.demander, demand).await, Err(Error::NotNow(_))));
    // It stays everybody's to see, and the log says so without saying what came of it.
    assert_eq!(read::by_ids(app.db.read(), &Viewer::Anybody, &[demand]).await.unwrap().len(), 1);
    let subject = demand.to_string();
    let page = crate::events::read::page(app.db.read(), &Viewer::Anybody, Some(&subject), &PageRequest::whole())
        .await
        .unwrap();
    let last = page.items().last().unwrap();
    assert_eq!(last.kind, "demand.taken_up");
    assert!(!last.public_text.contains("chl_"), "{}", last.public_text);
}

#[tokio::test]
async fn whoever_argued_a_demand_or_what_became_part_of_it_is_known() {
    let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
    let stage = Stage::set(&app).await;
    let (stays, source, apart) = (stage.argued(&app).await, stage.argued(&app).await, stage.argued(&app).await);
    let second = person(&app, Role::Organizer, None).await;
    let third = person(&app, Role::Organizer, None).await;
    stage.says(&app, &stage.expert, stays).await;
    stage.says(&app, &second, source).await;
    stage.says(&app, &third, apart).await;
    let givers = async || opinion_givers(app.db.read(), stays).await.unwrap();
    assert_eq!(givers().await, [stage.expert.user().unwrap()]);
    let (demand_id, source_ids, reason) = (stays.to_string(), vec![source.to_string()], "同一处".to_owned());
    let merge = MergeDemands { demand_id, source_ids, reason, idempotency_key: None };
    merge_demands(&app, &stage.organizer, merge).await.unwrap();
    let mut both = [stage.expert.user().unwrap(), second.user().unwrap()];
    both.sort();
    assert_eq!(givers().await, both);
    // Within the transaction that asks, too.
    let within = app.db.write(|txn| async move { opinion_givers(&*txn, stays).await }).await.unwrap();
    assert_eq!(within, both);
}

#[tokio::test]
async fn what_is_taken_off_a_list_matches_no_more() {
    let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
    let stage = Stage::set(&app).await;
    let demand = stage.listed(&app).await;
    let id = testing::organization(&app, "ENTERPRISE").await;
    let bidder = person(&app, Role::Bidder, Some((id, OrganizationKind::Enterprise))).await;
    let content = capabilities::Changes {
        title: Some("能力".into()),
        domains: Some(vec![Domain::UrbanOperation]),
        description: Some("已运行".into()),
        words: None,
    };
    let added = capabilities::add_capability(&app, &bidder, AddCapability { content, idempotency_key: None }).await;
    let now = app.clock.now();
    assert_eq!(read::to_invite(app.db.read(), demand, now).await.unwrap(), [id]);
    let capability_id = added.unwrap().capability.to_string();
    let remove = RemoveCapability { capability_id, idempotency_key: None };
    capabilities::remove_capability(&app, &bidder, remove).await.unwrap();
    assert!(read::to_invite(app.db.read(), demand, now).await.unwrap().is_empty());
}
