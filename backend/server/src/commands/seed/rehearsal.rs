//! A rehearsal's people and past: twelve scenarios over four domains, of which several are open, one is in review and one is
//! awarded, and a library with nominated and admitted technologies. Laid out by the people themselves, through the verbs, on a
//! clock that is moved from act to act and ends where the rehearsal begins.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use jiebang_platform::access::{Actor, Member, Viewer};
use jiebang_platform::base::id::{BidId, ChallengeId, OrganizationId, UserId};
use jiebang_platform::base::words::{MemberRight, Role, Verification};
use jiebang_platform::base::{Clock, PageRequest};
use jiebang_platform::experts::roster;
use jiebang_platform::{App, accounts, awards, bids, challenges, library, organizations, projects, reviews, timers};

use super::demands;
use super::files::{Bid, Bids, People, Person, Question, Scenario, State, Technologies, Technology};

/// The password of every seeded account: a rehearsal holds nothing that is worth keeping from anybody.
pub const PASSWORD: &str = "Rehearsal-2026";

const PEOPLE: &str = include_str!("../../../../../seeds/rehearsal/people.toml");
const SCENARIOS: [&str; 12] = [
    include_str!("../../../../../seeds/rehearsal/scenarios/01-construction-trucks.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/02-manhole-displacement.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/03-road-dust.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/04-underpass-flooding.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/05-illegal-parking.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/06-rubbish-overflow.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/07-grid-events.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/08-elder-care.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/09-ebike-charging.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/10-live-kitchen.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/11-live-commerce.toml"),
    include_str!("../../../../../seeds/rehearsal/scenarios/12-one-form.toml"),
];
const BIDS: &str = include_str!("../../../../../seeds/rehearsal/bids.toml");
const TECHNOLOGIES: &str = include_str!("../../../../../seeds/rehearsal/technologies.toml");

/// When the past begins: the people are there before anything happens.
const BEGINNING: &str = "2025-11-03T09:00:00+08:00";

/// Fills an empty rehearsal and, at the end, notes that it is laid out. The platform's clock of `app` is not touched: the past has
/// a clock of its own.
pub async fn rehearsal(app: &App) -> Result<()> {
    let beginning = instant(BEGINNING)?;
    let past = App { clock: Clock::standing(beginning, app.clock.machine_now()), ..app.clone() };
    let mut stage = Stage { app: past, ends: app.clock.now(), people: BTreeMap::new(), organizations: HashMap::new() };
    super::reference_data(&stage.app, true).await?;
    stage.people(toml::from_str(PEOPLE)?).await?;
    let mut script = Script::default();
    let bids: Bids = toml::from_str(BIDS)?;
    for text in SCENARIOS {
        script.scenario(toml::from_str(text)?, &bids, stage.ends)?;
    }
    for technology in toml::from_str::<Technologies>(TECHNOLOGIES)?.technologies {
        script.technology(technology, beginning);
    }
    let pool = demands::pool()?;
    for (place, capability) in (0..).zip(pool.capabilities) {
        script.acts.push((beginning + TimeDelta::days(5) + TimeDelta::hours(place), Act::Offer(capability)));
    }
    for demand in pool.demands {
        let demand = Arc::new(demand);
        for (place, step) in (0..).zip(demand.steps()) {
            script.acts.push((demand.drafted()? + TimeDelta::days(place), Act::Demand(demand.clone(), *step)));
        }
    }
    stage.play(script).await?;
    Ok(jiebang_platform::rehearsal::laid_out(app).await?)
}

pub(super) fn instant(text: &str) -> Result<DateTime<Utc>> {
    Ok(DateTime::parse_from_rfc3339(text).with_context(|| text.to_owned())?.with_timezone(&Utc))
}

/// What happens, when.
#[derive(Default)]
struct Script {
    acts: Vec<(DateTime<Utc>, Act)>,
    scenarios: HashMap<String, Scenario>,
}

enum Act {
    Draft(String),
    Submit(String),
    Approve(String),
    Publish(String),
    Ask(String, Question),
    Answer(String, Question),
    Bid(String, Bid),
    Open(String, &'static str),
    Check(String),
    Draw(String),
    /// How many of the panel declare, and how many of them score everything.
    Judge(String, Vec<Bid>, Judged),
    CloseReview(String),
    Notice(String),
    Award(String),
    Nominate(Technology),
    Admit(Technology),
    Offer(demands::Capability),
    Demand(Arc<demands::Demand>, demands::Step),
}

#[derive(Clone, Copy)]
enum Judged {
    /// The first two have declared.
    Begun,
    /// All have declared and scored.
    Done,
}

impl Script {
    fn scenario(&mut self, scenario: Scenario, bids: &Bids, ends: DateTime<Utc>) -> Result<()> {
        let key = scenario.key.clone();
        let days = TimeDelta::days;
        let published = match &scenario.published {
            Some(text) => instant(text)?,
            // Still on the way: as if it were to be published in a fortnight.
            None => ends + days(14),
        };
        let mut at = |when: DateTime<Utc>, act: Act| self.acts.push((when, act));
        at(published - days(14 + 7), Act::Draft(key.clone()));
        if scenario.state != State::Draft {
            at(published - days(14 + 4), Act::Submit(key.clone()));
        }
        if !matches!(scenario.state, State::Draft | State::Submitted) {
            at(published - days(14 + 1), Act::Approve(key.clone()));
        }
        if let (Some(deadline), State::Open | State::Reviewing | State::Awarded) = (&scenario.deadline, scenario.state)
        {
            let deadline = instant(deadline)?;
            at(published, Act::Publish(key.clone()));
            for (place, question) in (0..).zip(&scenario.questions) {
                let asked = published + days(1) + TimeDelta::hours(3 * place);
                at(asked, Act::Ask(key.clone(), question.clone()));
                at(asked + TimeDelta::hours(26), Act::Answer(key.clone(), question.clone()));
            }
            let own: Vec<Bid> = bids.bids.iter().filter(|bid| bid.scenario == key).cloned().collect();
            for (place, bid) in (0..).zip(&own) {
                at(deadline - days(1) + TimeDelta::hours(2 * place), Act::Bid(key.clone(), bid.clone()));
            }
            if scenario.state != State::Open {
                // Opened on the third day at 09:00: what closes on a Saturday is opened on Monday.
                let opening = deadline + days(1) + TimeDelta::hours(16 + 24);
                at(opening, Act::Open(key.clone(), "organizer"));
                at(opening + TimeDelta::minutes(5), Act::Open(key.clone(), "organizer2"));
                at(opening + TimeDelta::hours(2), Act::Check(key.clone()));
                at(opening + TimeDelta::hours(5), Act::Draw(key.clone()));
                let judged = if scenario.state == State::Awarded { Judged::Done } else { Judged::Begun };
                at(opening + days(2), Act::Judge(key.clone(), own, judged));
                if scenario.state == State::Awarded {
                    at(opening + days(4), Act::CloseReview(key.clone()));
                    at(opening + days(7), Act::Notice(key.clone()));
                    at(opening + days(24), Act::Award(key.clone()));
                }
            }
        }
        self.scenarios.insert(key, scenario);
        Ok(())
    }

    fn technology(&mut self, technology: Technology, beginning: DateTime<Utc>) {
        // One every four days, admitted a month after its nomination.
        let place = i32::try_from(self.acts.iter().filter(|(_, act)| matches!(act, Act::Nominate(_))).count());
        let nominated = beginning + TimeDelta::days(10) + TimeDelta::days(4) * place.unwrap_or(0);
        if technology.admitted {
            self.acts.push((nominated + TimeDelta::days(30), Act::Admit(technology.clone())));
        }
        self.acts.push((nominated, Act::Nominate(technology)));
    }
}

/// Who is there, and the clock they act by.
struct Stage {
    app: App,
    ends: DateTime<Utc>,
    people: BTreeMap<String, Viewer>,
    organizations: HashMap<String, OrganizationId>,
}

/// What the acts have made so far.
#[derive(Default)]
struct Made {
    challenges: HashMap<String, ChallengeId>,
    bids: HashMap<(String, String), BidId>,
    technologies: HashMap<String, String>,
    demands: HashMap<String, String>,
}

impl Stage {
    fn person(&self, username: &str) -> Result<&Viewer> {
        self.people.get(username).with_context(|| format!("nobody is called {username}"))
    }

    async fn people(&mut self, given: People) -> Result<()> {
        let member = |person: &Person| person.organization.clone();
        let (first, rest): (Vec<_>, Vec<_>) =
            given.people.into_iter().partition(|person| person.roles.contains(&Role::SystemAdmin));
        for person in first {
            self.account(&person, None).await?;
        }
        let sysadmin = self.person("sysadmin")?.clone();
        for organization in &given.organizations {
            let id = if organization.verified {
                let new = organizations::CreateOrganization {
                    name: organization.name.clone(),
                    kind: organization.kind,
                    uscc: organization.uscc.clone(),
                    registered_in_zone: organization.registered_in_zone,
                    idempotency_key: None,
                };
                organizations::create_organization(&self.app, &sysadmin, new).await?.organization
            } else {
                let own = rest.iter().find(|person| person.organization.as_ref() == Some(&organization.key));
                let own = own.with_context(|| format!("nobody registers {}", organization.key))?;
                let new = accounts::RegisterEnterprise {
                    name: organization.name.clone(),
                    uscc: organization.uscc.clone(),
                    username: own.username.clone(),
                    password: PASSWORD.to_owned(),
                    contact_name: own.name.clone(),
                    address: None,
                    idempotency_key: None,
                };
                accounts::register_enterprise(&self.app, new).await?.organization
            };
            self.organizations.insert(organization.key.clone(), id);
        }
        for person in &rest {
            let organization = match member(person) {
                None => None,
                Some(key) => {
                    let given = given.organizations.iter().find(|organization| organization.key == key);
                    let given = given.with_context(|| format!("no organization {key}"))?;
                    if !given.verified {
                        // Registered with its enterprise.
                        continue;
                    }
                    let id = self.organizations.get(&key).copied();
                    let id = id.with_context(|| format!("no organization {key}"))?;
                    Some(Member { organization: id, kind: given.kind, verification: Verification::Verified })
                }
            };
            self.account(person, organization).await?;
        }
        self.experts(&rest).await
    }

    async fn account(&mut self, person: &Person, member: Option<Member>) -> Result<()> {
        let new = accounts::CreateAccount {
            username: person.username.clone(),
            password: PASSWORD.to_owned(),
            name: person.name.clone(),
            roles: person.roles.clone(),
            judge_kind: person.judge_kind,
            organization_id: member.map(|member| member.organization.to_string()),
            idempotency_key: None,
        };
        let user: UserId = match self.people.get("sysadmin") {
            Some(sysadmin) => accounts::create_account(&self.app, sysadmin, new).await?.user,
            None => accounts::create_account_as_operator(&self.app, new).await?.user,
        };
        let owns = person.roles.contains(&Role::Bidder).then_some(MemberRight::Owner);
        let actor = Actor::new(user, None, person.roles.clone(), member, person.judge_kind).with_right(owns);
        self.people.insert(person.username.clone(), Viewer::Person(actor));
        Ok(())
    }

    /// The pool: the first organizer states what each expert is, the second confirms it.
    async fn experts(&self, people: &[Person]) -> Result<()> {
        for (place, person) in (0..).zip(people) {
            let Some(expertise) = &person.expertise else { continue };
            let user = self.person(&person.username)?.user().context("nobody")?;
            let content = roster::Changes {
                fields: Some(expertise.fields.clone()),
                title: Some(expertise.title.clone()),
                years: Some(expertise.years),
                phone: Some(format!("0371-5550{place:04}")),
                unavailable_until: None,
            };
            let new = roster::StateExpertise {
                user_id: Some(user.to_string()),
                content,
                expected_version: None,
                idempotency_key: None,
            };
            let stated = roster::state_expertise(&self.app, self.person("organizer")?, new).await?;
            let confirm = roster::ConfirmExpert {
                expert_id: stated.expert.to_string(),
                expected_version: 1,
                equal_standing: None,
                idempotency_key: None,
            };
            roster::confirm_expert(&self.app, self.person("organizer2")?, confirm).await?;
        }
        Ok(())
    }

    async fn play(&self, mut script: Script) -> Result<()> {
        script.acts.sort_by_key(|(at, _)| *at);
        let mut made = Made::default();
        for (at, act) in &script.acts {
            if *at >= self.ends {
                return Err(anyhow!("an act at {at} lies behind the rehearsal's beginning"));
            }
            self.app.clock.advance(*at);
            timers::run_due(&self.app).await?;
            self.act(&script, &mut made, act).await.with_context(|| format!("at {at}"))?;
        }
        self.app.clock.advance(self.ends);
        timers::run_due(&self.app).await?;
        Ok(())
    }

    async fn act(&self, script: &Script, made: &mut Made, act: &Act) -> Result<()> {
        let app = &self.app;
        let challenge = |key: &str| made.challenges.get(key).copied().with_context(|| format!("no challenge {key}"));
        let scenario = |key: &str| script.scenarios.get(key).with_context(|| format!("no scenario {key}"));
        match act {
            Act::Draft(key) => {
                let scenario = scenario(key)?;
                let new = challenges::draft::DraftChallenge {
                    demand_id: None,
                    content: scenario.changes(),
                    idempotency_key: None,
                };
                let done = challenges::draft::draft(app, self.person(&scenario.department)?, new).await?;
                made.challenges.insert(key.clone(), done.challenge);
            }
            Act::Submit(key) => {
                let (challenge_id, idempotency_key) = (challenge(key)?.to_string(), None);
                let new = challenges::submit::SubmitChallenge { challenge_id, idempotency_key };
                challenges::submit::submit(app, self.person(&scenario(key)?.department)?, new).await?;
            }
            Act::Approve(key) => {
                let opinion = Some("需求明确、指标可测，同意发榜。".to_owned());
                let (challenge_id, idempotency_key) = (challenge(key)?.to_string(), None);
                let new = challenges::approve::ApproveChallenge { challenge_id, opinion, idempotency_key };
                challenges::approve::approve(app, self.person("organizer")?, new).await?;
            }
            Act::Publish(key) => {
                let new = challenges::publish::PublishChallenge {
                    challenge_id: challenge(key)?.to_string(),
                    submission_deadline: scenario(key)?.deadline.clone().unwrap_or_default(),
                    urgent_reason: None,
                    idempotency_key: None,
                };
                challenges::publish::publish(app, self.person("organizer2")?, new).await?;
            }
            Act::Ask(key, question) => {
                let new = challenges::ask::AskQuestion {
                    challenge_id: challenge(key)?.to_string(),
                    text: question.text.clone(),
                    idempotency_key: None,
                };
                challenges::ask::ask(app, self.person(&question.asker)?, new).await?;
            }
            Act::Answer(key, question) => self.answer(challenge(key)?, scenario(key)?, question).await?,
            Act::Bid(key, bid) => {
                let id = self.bid(challenge(key)?, bid).await?;
                made.bids.insert((key.clone(), bid.bidder.clone()), id);
            }
            Act::Open(key, organizer) => {
                let new = bids::open::OpenBids {
                    challenge_id: challenge(key)?.to_string(),
                    share: None,
                    waiting_share: None,
                    passphrase: Some(PASSWORD.to_owned()),
                    escrow: None,
                    idempotency_key: None,
                };
                bids::open::open(app, self.person(organizer)?, new).await?;
            }
            Act::Check(key) => self.check(made.bids.iter().filter(|((of, _), _)| of == key).map(|(_, id)| *id)).await?,
            Act::Draw(key) => {
                let new = reviews::DrawPanel { challenge_id: challenge(key)?.to_string(), idempotency_key: None };
                reviews::draw_panel(app, self.person("organizer")?, new).await?;
            }
            Act::Judge(key, bids, judged) => {
                let of = |bid: &Bid| made.bids.get(&(key.clone(), bid.bidder.clone())).copied();
                let marked = bids.iter().filter_map(|bid| Some((of(bid)?, &bid.marks))).collect::<Vec<_>>();
                self.judge(challenge(key)?, &marked, *judged).await?;
            }
            Act::CloseReview(key) => {
                let new = reviews::CloseReview { challenge_id: challenge(key)?.to_string(), idempotency_key: None };
                reviews::close_review(app, self.person("organizer")?, new).await?;
            }
            Act::Notice(key) => {
                let challenge = challenge(key)?;
                let ranking =
                    reviews::read::whole_ranking(app.db.read(), self.person("organizer")?, &[], challenge).await?;
                let winner = ranking.first().map(|line| line.bid);
                let new = awards::PublishNotice {
                    challenge_id: challenge.to_string(),
                    winner_bid_ids: winner.iter().map(BidId::to_string).collect(),
                    reason: None,
                    idempotency_key: None,
                };
                awards::publish_notice(app, self.person("organizer")?, new).await?;
            }
            Act::Award(key) => {
                let new = projects::AwardChallenge { challenge_id: challenge(key)?.to_string(), idempotency_key: None };
                projects::award_challenge(app, self.person("organizer")?, new).await?;
            }
            Act::Nominate(technology) => {
                let id = self.nominate(technology).await?;
                made.technologies.insert(technology.name.clone(), id);
            }
            Act::Admit(technology) => {
                let new = library::AdmitTechnology {
                    technology_id: made.technologies.get(&technology.name).cloned().unwrap_or_default(),
                    opinion: technology.opinion.clone().unwrap_or_default(),
                    idempotency_key: None,
                };
                library::admit_technology(app, self.person("organizer3")?, new).await?;
            }
            Act::Offer(capability) => capability.add(app, self.person(&capability.organization)?).await?,
            Act::Demand(demand, step) => {
                let who = demands::Arguing {
                    demander: self.person(&demand.department)?,
                    organizer: self.person("organizer3")?,
                    expert: self.person("judge1")?,
                };
                let id = demand.take(*step, app, &who, made.demands.get(&demand.title).cloned()).await?;
                made.demands.insert(demand.title.clone(), id);
            }
        }
        Ok(())
    }

    async fn answer(&self, challenge: ChallengeId, scenario: &Scenario, question: &Question) -> Result<()> {
        let pages = challenges::read::questions(self.app.db.read(), &[challenge], &PageRequest::whole()).await?;
        let asked = pages.into_values().flat_map(|page| page.items());
        let asked = asked.into_iter().find(|asked| asked.text == question.text.trim()).context("nobody asked that")?;
        let new = challenges::answer::AnswerQuestion {
            question_id: asked.id.to_string(),
            answer: question.answer.clone(),
            idempotency_key: None,
        };
        challenges::answer::answer(&self.app, self.person(&scenario.department)?, new).await?;
        Ok(())
    }

    async fn bid(&self, challenge: ChallengeId, bid: &Bid) -> Result<BidId> {
        let bidder = self.person(&bid.bidder)?;
        let indicators = challenges::read::indicators(self.app.db.read(), &[challenge]).await?;
        let indicators = indicators.into_values().flatten().collect::<Vec<_>>();
        let named = |name: &str| {
            indicators.iter().find(|indicator| indicator.name == name).map(|indicator| indicator.id.to_string())
        };
        let new = bids::draft::DraftBid {
            challenge_id: challenge.to_string(),
            solution: bid.solution(named),
            member_ids: Vec::new(),
            idempotency_key: None,
        };
        let id = bids::draft::draft(&self.app, bidder, new).await?.bid;
        let new = bids::submit::SubmitBid {
            bid_id: id.to_string(),
            pledge_accepted: true,
            recovery_recipient: None,
            idempotency_key: None,
        };
        bids::submit::submit(&self.app, bidder, new).await?;
        Ok(id)
    }

    async fn check(&self, bids: impl Iterator<Item = BidId>) -> Result<()> {
        let names = ["材料完整、签章齐全", "按时提交且封存完好", "符合榜单规定的揭榜条件", "申请经费不超过榜单上限"];
        let items = names.map(|name| bids::check::Item { name: name.to_owned(), passed: true, reason: None });
        for bid in bids {
            let (bid_id, items) = (bid.to_string(), items.to_vec());
            let new = bids::check::RecordFormalCheck { bid_id, items, idempotency_key: None };
            bids::check::check(&self.app, self.person("organizer")?, new).await?;
        }
        Ok(())
    }

    async fn judge(&self, challenge: ChallengeId, bids: &[(BidId, &Vec<Vec<i64>>)], judged: Judged) -> Result<()> {
        let supervisor = self.person("supervisor")?;
        let panel = reviews::read::panels(self.app.db.read(), supervisor, &[challenge]).await?.remove(&challenge);
        let seated = panel.context("no panel")?.judges.iter().filter_map(|seat| seat.user).collect::<Vec<_>>();
        let criteria = challenges::read::criteria(self.app.db.read(), &[challenge]).await?;
        let criteria = criteria.into_values().flatten().collect::<Vec<_>>();
        let judges = self.people.values().filter(|viewer| viewer.user().is_some_and(|user| seated.contains(&user)));
        let declaring = match judged {
            Judged::Begun => 2,
            Judged::Done => seated.len(),
        };
        for (seat, judge) in judges.take(declaring).enumerate() {
            let new = reviews::DeclareInterest {
                challenge_id: challenge.to_string(),
                conflict_free: true,
                conflict_with: Vec::new(),
                reason: None,
                idempotency_key: None,
            };
            reviews::declare_interest(&self.app, judge, new).await?;
            for (bid, marks) in bids {
                let Some(row) = marks.get(seat) else { continue };
                let marks = criteria.iter().zip(row).map(|(criterion, mark)| reviews::NewMark {
                    criterion_id: criterion.id.to_string(),
                    score: mark.to_string(),
                    reason: None,
                });
                let new = reviews::SubmitScoreSheet {
                    bid_id: bid.to_string(),
                    marks: Some(marks.collect()),
                    comment: None,
                    idempotency_key: None,
                };
                reviews::submit_score_sheet(&self.app, judge, new).await?;
            }
        }
        Ok(())
    }

    async fn nominate(&self, technology: &Technology) -> Result<String> {
        let lead = self.organizations.get(&technology.lead).copied();
        let lead = lead.with_context(|| format!("no organization {}", technology.lead))?;
        let new = library::NominateTechnology {
            name: technology.name.clone(),
            field: technology.field.clone(),
            principle: technology.principle.clone(),
            replaces: technology.replaces.clone(),
            lead_organization_id: Some(lead.to_string()),
            readiness_level: technology.readiness_level,
            idempotency_key: None,
        };
        // An enterprise nominates its own; what others lead is nominated by an organizer.
        let own = self.people.get(&technology.lead).filter(|viewer| viewer.is(Role::Bidder));
        let nominator = own.map_or_else(|| self.person("organizer2"), Ok)?;
        Ok(library::nominate_technology(&self.app, nominator, new).await?.technology.to_string())
    }
}
