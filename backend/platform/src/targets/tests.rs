//! From the closed review to the board: notice, objections, award, agreement, target. The people of the whole way are at the public
//! door, in `tests/`.

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::*;
use crate::access::{Actor, Member, Viewer};
use crate::awards::{
    self, ObjectionResolved, PublishNotice, RaiseObjection, RecordNegotiation, ResolveObjection, publish_notice,
    raise_objection, record_negotiation, resolve_objection,
};
use crate::base::clock::china_year;
use crate::base::error::FaultCode;
use crate::base::id::{BidId, ChallengeId, Kind, NoticeId, ObjectionId, OrganizationId, ProjectId};
use crate::base::words::*;
use crate::base::{Error, Instant, Page, PageRequest, Reason, Result};
use crate::bids::{self, check, draft, open, submit};
use crate::challenges::{self, content};
use crate::library::{self, AdmitTechnology, NominateTechnology, admit_technology, nominate_technology};
use crate::projects::{
    self, AgreementSigned, AwardChallenge, ChallengeAwarded, SignAgreement, award_challenge, sign_agreement,
};
use crate::targets::counting::{ProjectReason, TechnologyReason};
use crate::{App, calendar, events, rules, testing, timers};

const START: &str = "2026-03-02T01:00:00Z";

struct House {
    app: App,
    _folder: tempfile::TempDir,
    demander: Viewer,
    organizers: Vec<Viewer>,
    supervisor: Viewer,
    bidders: Vec<Viewer>,
}

async fn person(app: &App, role: Role, organization: Option<(OrganizationId, OrganizationKind)>) -> Viewer {
    let user = testing::user(app, None, organization.map(|(id, _)| id), false).await;
    let verification = Verification::Verified;
    let member = organization.map(|(organization, kind)| Member { organization, kind, verification });
    Viewer::Person(Actor::new(user, None, vec![role], member, None).with_right(Some(MemberRight::Owner)))
}

impl House {
    async fn new() -> Self {
        let (app, folder) = testing::app(START).await;
        for text in [
            include_str!("../../../../seeds/calendars/2025.toml"),
            include_str!("../../../../seeds/calendars/2026.toml"),
        ] {
            calendar::load(&app, text).await.unwrap();
        }
        rules::load(&app, include_str!("../../../../seeds/rules/default.toml")).await.unwrap();
        load(&app, include_str!("../../../../seeds/targets/2026.toml"), true).await.unwrap();
        let department = testing::organization(&app, "DEPARTMENT").await;
        let demander = person(&app, Role::Demander, Some((department, OrganizationKind::Department))).await;
        let mut organizers = Vec::new();
        for _ in 0..3 {
            organizers.push(person(&app, Role::Organizer, None).await);
        }
        let mut bidders = Vec::new();
        for _ in 0..4 {
            let enterprise = testing::organization(&app, "ENTERPRISE").await;
            bidders.push(person(&app, Role::Bidder, Some((enterprise, OrganizationKind::Enterprise))).await);
        }
        for kind in ["TECHNICAL", "TECHNICAL", "TECHNICAL", "TECHNICAL", "ECONOMIC", "LEGAL", "USER"] {
            let institute = testing::organization(&app, "INSTITUTE").await;
            let judge = testing::user(&app, Some(kind), Some(institute), false).await;
            testing::expert(&app, judge, &Domain::ALL.iter().map(|domain| domain.word()).collect::<Vec<_>>()).await;
        }
        let supervisor = person(&app, Role::Supervisor, None).await;
        Self { app, _folder: folder, demander, organizers, supervisor, bidders }
    }

    /// A challenge whose review is closed, with bids of the first bidders ranked in their order.
    async fn negotiating(&self, mechanism: Mechanism, bidders: usize) -> (ChallengeId, Vec<BidId>) {
        let challenge = self.published(mechanism).await;
        let bids = self.opened(challenge, bidders).await;
        for (place, bid) in bids.iter().enumerate() {
            let sql = "insert into ranked_bids (challenge_id, bid_id, rank, score_sum, score_count, passed)
                values ($1, $2, $3, 900000, 1, true)";
            let rank = i32::try_from(place).unwrap() + 1;
            testing::run(&self.app, sql, vec![challenge.into(), (*bid).into(), rank.into()]).await;
        }
        let sql = "update bids set status = 'SHORTLISTED' where challenge_id = $1";
        testing::run(&self.app, sql, vec![challenge.into()]).await;
        let sql = "update challenges set status = 'NEGOTIATING' where id = $1";
        testing::run(&self.app, sql, vec![challenge.into()]).await;
        (challenge, bids)
    }

    async fn published(&self, mechanism: Mechanism) -> ChallengeId {
        let app = &self.app;
        let text = || Some("文".to_owned());
        let content = content::Changes {
            title: text(),
            domain: Some(Domain::UrbanOperation),
            scale: Some(ScenarioScale::SmallCut),
            mechanism: Some(mechanism),
            pi_led: None,
            terms: Default::default(),
            legal_route: Some(LegalRoute::TestbedTrial),
            background: text(),
            problem_statement: text(),
            site_conditions: text(),
            ip_terms: text(),
            eligibility: text(),
            acceptance_method: text(),
            contact: text(),
            duration_months: Some(6),
            budget: Some(content::NewBudget {
                total: "100".into(),
                fiscal: "50".into(),
                demander: "25".into(),
                bidder: "25".into(),
            }),
            indicators: Some(vec![content::NewIndicator {
                name: "精度".into(),
                unit: "cm".into(),
                comparator: Comparator::Lte,
                target: "3".into(),
                tolerance: None,
                test_method: "实测".into(),
                mandatory: true,
                weight: 100,
            }]),
            criteria: Some(vec![content::NewCriterion {
                name: "技术".into(),
                weight: 100,
                minimum: None,
                guidance: None,
                price_formula: None,
            }]),
            consortium_allowed: None,
            consortium_max_members: None,
        };
        let new = challenges::draft::DraftChallenge { demand_id: None, content, idempotency_key: None };
        let challenge = challenges::draft::draft(app, &self.demander, new).await.unwrap().challenge;
        let challenge_id = challenge.to_string();
        let new = challenges::submit::SubmitChallenge { challenge_id: challenge_id.clone(), idempotency_key: None };
        challenges::submit::submit(app, &self.demander, new).await.unwrap();
        let (challenge_id, opinion) = (challenge.to_string(), None);
        let new = challenges::approve::ApproveChallenge { challenge_id, opinion, idempotency_key: None };
        challenges::approve::approve(app, &self.organizers[0], new).await.unwrap();
        let new = challenges::publish::PublishChallenge {
            challenge_id: challenge.to_string(),
            submission_deadline: (app.clock.now() + TimeDelta::days(21)).to_rfc3339(),
            urgent_reason: None,
            idempotency_key: None,
        };
        challenges::publish::publish(app, &self.organizers[0], new).await.unwrap();
        challenge
    }

    async fn opened(&self, challenge: ChallengeId, bidders: usize) -> Vec<BidId> {
        let app = &self.app;
        let indicators = challenges::read::indicators(app.db.read(), &[challenge]).await.unwrap();
        let indicator = indicators[&challenge][0].id.to_string();
        let mut made = Vec::new();
        for bidder in &self.bidders[..bidders] {
            let text = || Some("文".to_owned());
            let solution = bids::solution::NewSolution {
                title: text(),
                summary: text(),
                technical_approach: text(),
                implementation_plan: text(),
                team_introduction: text(),
                principal_investigator: text(),
                requested_funding: Some("90".into()),
                readiness_level: None,
                commitments: Some(vec![bids::solution::NewCommitment {
                    indicator_id: indicator.clone(),
                    value: "2".into(),
                    note: None,
                }]),
                attachment_ids: None,
            };
            let challenge_id = challenge.to_string();
            let new = draft::DraftBid { challenge_id, solution, member_ids: Vec::new(), idempotency_key: None };
            let bid = draft::draft(app, bidder, new).await.unwrap().bid;
            let new = submit::SubmitBid {
                bid_id: bid.to_string(),
                pledge_accepted: true,
                recovery_recipient: None,
                idempotency_key: None,
            };
            submit::submit(app, bidder, new).await.unwrap();
            made.push(bid);
        }
        assert!(app.clock.advance(app.clock.now() + TimeDelta::days(21)));
        for organizer in &self.organizers[..2] {
            let new = open::OpenBids {
                challenge_id: challenge.to_string(),
                share: None,
                waiting_share: None,
                passphrase: None,
                escrow: None,
                idempotency_key: None,
            };
            open::open(app, organizer, new).await.unwrap();
        }
        for bid in &made {
            let items = vec![check::Item { name: "齐全".into(), passed: true, reason: None }];
            let new = check::RecordFormalCheck { bid_id: bid.to_string(), items, idempotency_key: None };
            check::check(app, &self.organizers[0], new).await.unwrap();
        }
        made
    }

    async fn notice(&self, challenge: ChallengeId, bids: &[BidId], reason: Option<&str>) -> Result<NoticeId> {
        let new = PublishNotice {
            challenge_id: challenge.to_string(),
            winner_bid_ids: bids.iter().map(BidId::to_string).collect(),
            reason: reason.map(str::to_owned),
            idempotency_key: None,
        };
        Ok(publish_notice(&self.app, &self.organizers[0], new).await?.notice)
    }

    async fn object(&self, bidder: usize, notice: NoticeId) -> Result<ObjectionId> {
        let new = RaiseObjection {
            notice_id: notice.to_string(),
            grounds: "业绩不实".into(),
            requested_remedy: None,
            attachment_ids: Vec::new(),
            idempotency_key: None,
        };
        Ok(raise_objection(&self.app, &self.bidders[bidder], new).await?.objection)
    }

    async fn rule(&self, by: &Viewer, objection: ObjectionId, upheld: bool) -> Result<ObjectionResolved> {
        let (objection_id, ruling) = (objection.to_string(), "经查".into());
        let new = ResolveObjection { objection_id, upheld, ruling, remedy: Default::default(), idempotency_key: None };
        resolve_objection(&self.app, by, new).await
    }

    async fn award(&self, challenge: ChallengeId, key: Option<&str>) -> Result<ChallengeAwarded> {
        let idempotency_key = key.map(str::to_owned);
        let new = AwardChallenge { challenge_id: challenge.to_string(), idempotency_key };
        award_challenge(&self.app, &self.organizers[0], new).await
    }

    async fn sign(&self, project: ProjectId, number: &str) -> Result<AgreementSigned> {
        let (project_id, contract_no) = (project.to_string(), number.to_owned());
        let new = SignAgreement {
            project_id,
            contract_no,
            contract_sha256: None,
            effective_at: None,
            registration_no: None,
            terms: Default::default(),
            idempotency_key: None,
        };
        sign_agreement(&self.app, &self.organizers[1], new).await
    }

    async fn end_notice(&self, challenge: ChallengeId) {
        let notices = awards::read::of_challenges(self.app.db.read(), &[challenge]).await.unwrap();
        assert!(self.app.clock.advance(notices[&challenge].ends_at));
        timers::run_due(&self.app).await.unwrap();
    }

    async fn challenge(&self, challenge: ChallengeId) -> challenges::read::ChallengeView {
        let (conn, now) = (self.app.db.read(), self.app.clock.now());
        challenges::read::by_ids(conn, &Viewer::Anybody, now, &[challenge]).await.unwrap().pop().unwrap()
    }

    async fn status(&self, challenge: ChallengeId) -> ChallengeStatus {
        self.challenge(challenge).await.status
    }

    async fn bid_statuses(&self, bids: &[BidId]) -> Vec<BidStatus> {
        let (conn, now) = (self.app.db.read(), self.app.clock.now());
        let views = bids::read::by_ids(conn, &self.organizers[0], &[], now, bids).await.unwrap();
        bids.iter().map(|bid| views.iter().find(|view| view.id == *bid).unwrap().facts.status()).collect()
    }

    async fn public_kinds(&self, challenge: ChallengeId) -> Vec<(String, Json, Instant)> {
        let all = events::read::public_after(self.app.db.read(), None).await.unwrap();
        all.into_iter()
            .filter(|one| one.challenge == challenge)
            .map(|one| one.event)
            .map(|event| {
                (event.kind, serde_json::from_str::<Json>(&event.public_text).unwrap()["facts"].clone(), event.at)
            })
            .collect()
    }

    async fn target(&self, metric: TargetMetric, year: i32) -> Option<read::TargetView> {
        let board = read::board(self.app.db.read(), self.app.clock.now(), year).await.unwrap();
        board.into_iter().find(|target| target.metric == metric)
    }

    async fn evidence(&self, viewer: &Viewer, metric: TargetMetric) -> Vec<read::Evidence> {
        let target = self.target(metric, 2026).await.unwrap();
        let (conn, now) = (self.app.db.read(), self.app.clock.now());
        let mut all = Vec::new();
        let mut request = PageRequest { first: 2, after: None };
        loop {
            let page: Page<_> = read::evidence(conn, viewer, now, &target, &request).await.unwrap();
            all.extend(page.rows.iter().map(|(_, one)| *one));
            let last = page.rows.last().map(|(cursor, _)| cursor.clone());
            if !page.has_next {
                break;
            }
            request.after = last;
        }
        assert_eq!(read::evidence_count(conn, viewer, &target).await.unwrap(), all.len() as u64);
        all
    }
}

fn faults<T>(outcome: Result<T>) -> Vec<(String, FaultCode)> {
    match outcome {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| (fault.path, fault.code)).collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

macro_rules! refused {
    ($outcome:expr, $pattern:pat) => {
        match $outcome {
            Err($pattern) => {}
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("accepted"),
        }
    };
}

#[tokio::test]
async fn from_the_notice_to_the_target() {
    let house = House::new().await;
    let (challenge, bids) = house.negotiating(Mechanism::OpenCompetition, 3).await;
    let app = &house.app;
    let count = async || house.target(TargetMetric::OpenCompetitionProjects, 2026).await.unwrap().actual.unwrap();
    assert_eq!(count().await.to_string(), "0");

    let talk = |bid: BidId| RecordNegotiation {
        bid_id: bid.to_string(),
        topic: "里程碑".into(),
        minutes: "一致同意".into(),
        agreed: true,
        held_at: None,
        people: vec!["局方代表".into()],
        reason: None,
        offer: None,
        idempotency_key: None,
    };
    refused!(record_negotiation(app, &house.bidders[0], talk(bids[0])).await, Error::NotYours(_));
    record_negotiation(app, &house.organizers[0], talk(bids[0])).await.unwrap();
    record_negotiation(app, &house.organizers[0], talk(bids[0])).await.unwrap();
    assert_eq!(house.bid_statuses(&bids[..2]).await, [BidStatus::Negotiating, BidStatus::Shortlisted]);

    assert_eq!(faults(house.notice(challenge, &[], None).await), [("winnerBidIds".into(), FaultCode::WinnersNumber)]);
    assert_eq!(
        faults(house.notice(challenge, &[bids[0], bids[1]], None).await),
        [("winnerBidIds".into(), FaultCode::WinnersNumber)]
    );
    assert_eq!(
        faults(house.notice(challenge, &[BidId::new()], None).await),
        [("winnerBidIds.0".into(), FaultCode::NotShortlisted)]
    );
    assert_eq!(
        faults(house.notice(challenge, &[bids[1]], Some("  ")).await),
        [("reason".into(), FaultCode::ReasonNeeded)]
    );
    let seed_before = house.public_kinds(challenge).await;
    assert!(seed_before.iter().all(|(kind, ..)| kind != "notice.published"));
    let notice = house.notice(challenge, &[bids[0]], None).await.unwrap();
    assert_eq!(house.status(challenge).await, ChallengeStatus::Publicity);
    let (_, told, _) =
        house.public_kinds(challenge).await.into_iter().find(|(kind, ..)| kind == "notice.published").unwrap();
    let seed = hex::decode(told["seed"].as_str().unwrap()).unwrap();
    let panel = challenges::panels(app.db.read(), &[challenge]).await.unwrap().pop().unwrap();
    use sha2::Digest;
    assert_eq!(hex::encode(sha2::Sha256::digest(&seed)), panel.seed_commitment);
    assert_eq!(panel.seed, Some(hex::encode(seed)));
    let view = awards::read::of_challenges(app.db.read(), &[challenge]).await.unwrap().remove(&challenge).unwrap();
    // 2026-03-23 is a Monday: five working days from the 24th end with the 30th.
    assert_eq!(
        (view.starts_at.to_rfc3339(), view.ends_at.to_rfc3339()),
        ("2026-03-23T16:00:00+00:00".into(), "2026-03-30T16:00:00+00:00".into())
    );
    let public = bids::read::by_ids(app.db.read(), &Viewer::Anybody, &[], app.clock.now(), &bids).await.unwrap();
    assert_eq!(public.iter().map(|bid| bid.id).collect::<Vec<_>>(), [bids[0]]);

    refused!(house.award(challenge, None).await, Error::NotNow(Reason::NoticeRunning));
    assert!(app.clock.advance(view.ends_at - TimeDelta::milliseconds(1)));
    refused!(house.award(challenge, None).await, Error::NotNow(Reason::NoticeRunning));
    house.end_notice(challenge).await;
    let ended = house.public_kinds(challenge).await;
    assert_eq!(ended.last().map(|(kind, _, at)| (kind.as_str(), *at)), Some(("notice.ended", view.ends_at)));
    refused!(house.object(1, notice).await, Error::TooLate(Reason::NoticeOver));
    assert_eq!(awards::read::notice_over(app.db.read(), &[challenge], app.clock.now()).await.unwrap(), [challenge]);

    let all = futures_util::future::join_all((0..4).map(|_| house.award(challenge, None))).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
    assert!(all.iter().all(|one| matches!(one, Ok(_) | Err(Error::NotNow(Reason::NotInThisState)))));
    assert_eq!(house.bid_statuses(&bids).await, [BidStatus::Won, BidStatus::Lost, BidStatus::Lost]);
    assert_eq!(house.status(challenge).await, ChallengeStatus::Awarded);
    assert_eq!(count().await.to_string(), "0");
    let made = projects::read::of_challenges(app.db.read(), app.clock.now(), &[challenge]).await.unwrap();
    let project = made[&challenge][0].id;
    assert_eq!(made[&challenge].len(), 1);
    assert_eq!(projects::read::actions(&house.organizers[0], &made[&challenge][0]), ["signAgreement", "revokeAward"]);

    let wrong = SignAgreement {
        project_id: project.to_string(),
        contract_no: String::new(),
        contract_sha256: Some("abc".into()),
        effective_at: Some("2026-03-30T15:59:59Z".into()),
        registration_no: None,
        terms: Default::default(),
        idempotency_key: None,
    };
    assert_eq!(
        faults(sign_agreement(app, &house.organizers[0], wrong).await),
        [
            ("contractNo".into(), FaultCode::Required),
            ("contractSha256".into(), FaultCode::NotAHash),
            ("effectiveAt".into(), FaultCode::BeforeAward)
        ]
    );
    house.sign(project, "GX-2026-001").await.unwrap();
    refused!(house.sign(project, "GX-2026-002").await, Error::NotNow(Reason::AlreadySigned));
    assert_eq!(house.status(challenge).await, ChallengeStatus::Executing);
    assert_eq!(count().await.to_string(), "1");
    let evidence = house.evidence(&Viewer::Anybody, TargetMetric::OpenCompetitionProjects).await;
    assert!(matches!(
        evidence[..],
        [read::Evidence::Project(counting::Verdict { counts: true, reason: ProjectReason::AgreementInForce, .. })]
    ));
    let in_year = async |year| {
        let filter = projects::read::ProjectFilter { year: Some(year), ..Default::default() };
        projects::read::count(app.db.read(), app.clock.now(), &filter).await.unwrap()
    };
    assert_eq!((in_year(2025).await, in_year(2026).await), (0, 1));
    let chains = events::verify::walk(app.db.read(), &house.supervisor).await.unwrap();
    assert_eq!((chains.checked > 0, chains.first_break), (true, None));
}

#[tokio::test]
async fn objections_suspend_and_a_race_counts_once() {
    let house = House::new().await;
    let (challenge, bids) = house.negotiating(Mechanism::HorseRace, 3).await;
    let app = &house.app;
    assert_eq!(
        faults(house.notice(challenge, &bids[..1], None).await),
        [("winnerBidIds".into(), FaultCode::WinnersNumber)]
    );
    assert_eq!(
        faults(house.notice(challenge, &[bids[0], bids[2]], None).await),
        [("reason".into(), FaultCode::ReasonNeeded)]
    );
    let first = house.notice(challenge, &[bids[0], bids[2]], Some("路线互补")).await.unwrap();

    refused!(house.object(3, first).await, Error::NotYours(Reason::NotBidderHere));
    let one = house.object(1, first).await.unwrap();
    assert_eq!(house.status(challenge).await, ChallengeStatus::Suspended);
    let two = house.object(0, first).await.unwrap();
    let told = house.public_kinds(challenge).await;
    assert_eq!(told.iter().filter(|(kind, ..)| kind == "objection.raised").count(), 2);
    assert!(told.iter().all(|(_, facts, _)| facts["organization"].is_null()));
    let seen = async |viewer: &Viewer| {
        let conn = app.db.read();
        let counts = awards::read::objection_counts(conn, viewer, &[first]).await.unwrap();
        let pages = awards::read::objections(conn, viewer, &[first], &PageRequest::whole()).await.unwrap();
        let rows = pages.get(&first).map_or(0, |page| page.rows.len());
        assert_eq!(counts.get(&first).copied().unwrap_or(0), rows as u64);
        rows
    };
    assert_eq!(seen(&house.organizers[2]).await, 2);
    assert_eq!(seen(&house.supervisor).await, 2);
    assert_eq!(seen(&house.bidders[1]).await, 1);
    assert_eq!(seen(&house.bidders[2]).await, 0);
    assert_eq!(seen(&house.demander).await, 0);
    assert_eq!(seen(&Viewer::Anybody).await, 0);

    refused!(house.award(challenge, None).await, Error::NotNow(Reason::ObjectionsOpen));
    refused!(house.rule(&house.organizers[0], one, true).await, Error::NotYours(Reason::TookPartBefore));
    refused!(house.rule(&house.bidders[1], one, true).await, Error::NotYours(Reason::RoleNeeded));
    refused!(house.rule(&house.bidders[2], one, true).await, Error::Hidden);
    house.rule(&house.organizers[2], one, false).await.unwrap();
    assert_eq!(house.status(challenge).await, ChallengeStatus::Suspended);
    refused!(house.rule(&house.supervisor, one, true).await, Error::NotNow(Reason::AlreadyResolved));
    // To have ruled on one is not to have taken part.
    house.rule(&house.organizers[2], two, false).await.unwrap();
    assert_eq!(house.status(challenge).await, ChallengeStatus::Publicity);

    let three = house.object(1, first).await.unwrap();
    house.rule(&house.supervisor, three, true).await.unwrap();
    assert_eq!(house.status(challenge).await, ChallengeStatus::Negotiating);
    assert_eq!(house.bid_statuses(&bids).await, [BidStatus::Shortlisted; 3]);
    assert!(awards::read::of_challenges(app.db.read(), &[challenge]).await.unwrap().is_empty());
    assert!(awards::read::by_ids(app.db.read(), &[first]).await.unwrap()[0].voided_at.is_some());
    refused!(house.object(1, first).await, Error::NotNow(_));
    assert!(app.clock.advance(app.clock.now() + TimeDelta::days(10)));
    timers::run_due(app).await.unwrap();
    assert!(house.public_kinds(challenge).await.iter().all(|(kind, ..)| kind != "notice.ended"));

    house.notice(challenge, &bids, None).await.unwrap();
    house.end_notice(challenge).await;
    let awarded = house.award(challenge, Some("key")).await.unwrap();
    let again = house.award(challenge, Some("key")).await.unwrap();
    assert_eq!(awarded.projects, again.projects);
    assert_eq!(awarded.projects.len(), 3);
    house.sign(awarded.projects[1], "A-1").await.unwrap();
    refused!(house.sign(awarded.projects[2], "A-1").await, Error::Conflict(Reason::ContractNoTaken));
    house.sign(awarded.projects[2], "A-2").await.unwrap();
    let target = house.target(TargetMetric::OpenCompetitionProjects, 2026).await.unwrap();
    assert_eq!((target.actual.unwrap().to_string().as_str(), target.met), ("1", Some(false)));
    let evidence = house.evidence(&Viewer::Anybody, TargetMetric::OpenCompetitionProjects).await;
    let reasons: Vec<_> = evidence
        .iter()
        .map(|one| match one {
            read::Evidence::Project(verdict) => verdict.reason,
            read::Evidence::Technology(_) => panic!(),
        })
        .collect();
    assert_eq!(reasons, [ProjectReason::NoAgreement, ProjectReason::AgreementInForce, ProjectReason::ChallengeCounted]);
    let pairs: Vec<_> = awarded.projects.iter().map(|project| (*project, challenge)).collect();
    let counting = async |year, pairs: &[(ProjectId, ChallengeId)]| {
        read::projects_counting(app.db.read(), app.clock.now(), year, pairs).await.unwrap()
    };
    assert_eq!(counting(2026, &pairs).await, [awarded.projects[1]]);
    assert_eq!(counting(2026, &pairs[2..]).await, []);
    assert_eq!(counting(2025, &pairs).await, []);
}

#[tokio::test]
async fn a_technology_counts_from_its_admission() {
    let house = House::new().await;
    let app = &house.app;
    let new = |name: &str, lead: Option<OrganizationId>| NominateTechnology {
        name: name.into(),
        field: "人工智能".into(),
        principle: "原理".into(),
        replaces: "人工巡查".into(),
        lead_organization_id: lead.map(|lead| lead.to_string()),
        readiness_level: 5,
        idempotency_key: None,
    };
    let own = house.bidders[0].acts_for(Role::Bidder).unwrap();
    let other = house.bidders[1].acts_for(Role::Bidder).unwrap();
    refused!(nominate_technology(app, &house.supervisor, new("甲", Some(own))).await, Error::NotYours(_));
    refused!(
        nominate_technology(app, &house.bidders[0], new("甲", Some(other))).await,
        Error::NotYours(Reason::NotNominator)
    );
    assert_eq!(
        faults(nominate_technology(app, &house.organizers[0], new("", None)).await),
        [("name".into(), FaultCode::Required), ("leadOrganizationId".into(), FaultCode::Required)]
    );
    let first = nominate_technology(app, &house.bidders[0], new("甲", None)).await.unwrap().technology;
    refused!(
        nominate_technology(app, &house.organizers[0], new("甲", Some(own))).await,
        Error::Conflict(Reason::TechnologyExists)
    );
    let second = nominate_technology(app, &house.organizers[0], new("乙", Some(own))).await.unwrap().technology;
    let third = nominate_technology(app, &house.demander, new("丙", Some(other))).await.unwrap().technology;

    let seen = async |viewer: &Viewer| {
        let page =
            library::read::page(app.db.read(), viewer, &Default::default(), &PageRequest::whole()).await.unwrap();
        page.items().map(|view| view.id).collect::<Vec<_>>()
    };
    assert_eq!(seen(&Viewer::Anybody).await, []);
    assert_eq!(seen(&house.bidders[0]).await, [first, second]);
    assert_eq!(seen(&house.bidders[1]).await, [third]);
    assert_eq!(seen(&house.demander).await, [third]);
    assert_eq!(seen(&house.supervisor).await, [first, second, third]);

    let admit = |technology: crate::base::id::TechnologyId| AdmitTechnology {
        technology_id: technology.to_string(),
        opinion: "同意".into(),
        idempotency_key: None,
    };
    refused!(admit_technology(app, &house.bidders[1], admit(first)).await, Error::Hidden);
    refused!(admit_technology(app, &house.bidders[0], admit(first)).await, Error::NotYours(Reason::RoleNeeded));
    refused!(admit_technology(app, &house.organizers[0], admit(second)).await, Error::NotYours(Reason::TookPartBefore));
    admit_technology(app, &house.organizers[1], admit(second)).await.unwrap();
    refused!(admit_technology(app, &house.organizers[1], admit(second)).await, Error::NotNow(_));
    assert_eq!(seen(&Viewer::Anybody).await, [second]);

    let target = house.target(TargetMetric::DisruptiveTechnologies, 2026).await.unwrap();
    assert_eq!((target.actual.unwrap().to_string().as_str(), target.met), ("1", Some(false)));
    let reasons = async |viewer: &Viewer| {
        let evidence = house.evidence(viewer, TargetMetric::DisruptiveTechnologies).await;
        let reason = |one: &read::Evidence| match one {
            read::Evidence::Technology(verdict) => (verdict.subject, verdict.reason),
            read::Evidence::Project(_) => panic!(),
        };
        evidence.iter().map(reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&Viewer::Anybody).await, [(second, TechnologyReason::InLibrary)]);
    assert_eq!(
        reasons(&house.organizers[0]).await,
        [
            (first, TechnologyReason::NotAdmitted),
            (second, TechnologyReason::InLibrary),
            (third, TechnologyReason::NotAdmitted)
        ]
    );
    let ids = [first, second, third];
    let counting = read::technologies_counting(app.db.read(), app.clock.now(), 2026, &ids).await.unwrap();
    assert_eq!(counting, [second]);
}

#[tokio::test]
async fn the_board_is_loaded_set_and_recorded() {
    let house = House::new().await;
    let app = &house.app;
    let again = load(app, include_str!("../../../../seeds/targets/2026.toml"), true).await.unwrap();
    assert_eq!(again, LoadedTargets { year: 2026, targets: 0 });
    let before = app.db.statements();
    let board = read::board(app.db.read(), app.clock.now(), 2026).await.unwrap();
    assert_eq!((board.len(), app.db.statements() - before), (21, 4));
    let named = |board: &[read::TargetView], name: &str| board.iter().find(|one| one.name == name).unwrap().clone();
    let high = named(&board, "高新技术企业");
    assert_eq!((high.actual.unwrap().to_string().as_str(), high.met), ("1985", Some(false)));
    let empty = named(&board, "新增国家级孵化载体");
    assert_eq!((empty.actual, empty.met), (None, None));

    let record = |target: crate::base::id::TargetId, as_of: &str, value: &str| RecordTargetValue {
        target_id: target.to_string(),
        as_of: as_of.into(),
        value: value.into(),
        source: "月报".into(),
        idempotency_key: None,
    };
    let organizer = &house.organizers[0];
    refused!(record_target_value(app, &house.demander, record(high.id, "2026-03-01", "1")).await, Error::NotYours(_));
    refused!(
        record_target_value(app, organizer, record(board[0].id, "2026-03-01", "1")).await,
        Error::NotNow(Reason::ComputedTarget)
    );
    assert_eq!(
        faults(record_target_value(app, organizer, record(high.id, "2026-03-03", "x")).await),
        [("asOf".into(), FaultCode::InTheFuture), ("value".into(), FaultCode::NotADecimal)]
    );
    record_target_value(app, organizer, record(high.id, "2026-03-02", "2101")).await.unwrap();
    // An older day does not displace it, the same day does.
    record_target_value(app, organizer, record(high.id, "2026-02-01", "7")).await.unwrap();
    let view = async || read::by_ids(app.db.read(), app.clock.now(), &[high.id]).await.unwrap().pop().unwrap();
    assert_eq!((view().await.actual.unwrap().to_string().as_str(), view().await.met), ("2101", Some(true)));
    record_target_value(app, organizer, record(high.id, "2026-03-02", "2100")).await.unwrap();
    assert_eq!((view().await.actual.unwrap().to_string().as_str(), view().await.met), ("2100", Some(false)));

    let set = |year: i32, metric: TargetMetric, name: &str, value: &str| SetTarget {
        year,
        metric,
        name: name.into(),
        comparator: Comparator::Gte,
        value: value.into(),
        unit: "项".into(),
        idempotency_key: None,
    };
    assert_eq!(
        faults(set_target(app, organizer, set(1999, TargetMetric::Other, "", "")).await),
        [
            ("year".into(), FaultCode::OutOfRange),
            ("name".into(), FaultCode::Required),
            ("value".into(), FaultCode::NotADecimal)
        ]
    );
    let projects = TargetMetric::OpenCompetitionProjects;
    let same = set_target(app, organizer, set(2026, projects, "揭榜项目", "12")).await.unwrap();
    assert_eq!(same.target, board[0].id);
    let changed = set_target(app, organizer, set(2026, TargetMetric::Other, "高新技术企业", "2200")).await.unwrap();
    assert_eq!(changed.target, high.id);
    refused!(
        set_target(app, organizer, set(2026, TargetMetric::Other, "揭榜项目", "1")).await,
        Error::Conflict(Reason::TargetExists)
    );
    refused!(
        set_target(app, organizer, set(2026, projects, "高新技术企业", "1")).await,
        Error::Conflict(Reason::TargetExists)
    );
    let fresh = set_target(app, organizer, set(2027, projects, "揭榜项目", "15")).await.unwrap();
    assert_ne!(fresh.target, same.target);
    let board = read::board(app.db.read(), app.clock.now(), 2026).await.unwrap();
    assert_eq!((board.len(), board[0].value.to_string().as_str(), board[0].name.as_str()), (21, "12", "揭榜项目"));
    assert_eq!(read::board(app.db.read(), app.clock.now(), 2027).await.unwrap().len(), 1);
    assert!(read::board(app.db.read(), app.clock.now(), i32::MAX).await.unwrap().is_empty());
    assert!(china_year(2026).is_some() && china_year(i32::MAX).is_none());
}
