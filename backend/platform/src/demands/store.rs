//! Writing demands. Every write takes its proof.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::content::{Checked, Goals, OpenResources, Whole};
use super::find;
use super::lifecycle;
use super::model::{
    self, ActiveModel, Column, Entity, Model, batch, counter, expert, interest, invitation, opinion, qualification,
    word,
};
use super::money::Span;
use crate::access::Viewer;
use crate::access::demands::{
    DemandFacts, Heard, MayAsk, MayDecide, MayDraft, MayGiveBack, MayInvite, MayMerge, MayOpine, MayRelease, MayRevise,
    MayShowInterest, MaySubmit, MayTakeIn, MayTakeUp, MayWithdraw, Ties, own_of,
};
use crate::base::id::{DemandId, InterestId, InvitationId, Kind, OpinionId, OrganizationId, ReleaseBatchId, UserId};
use crate::base::words::{DemandStatus, OpinionGiver, OpinionVerdict, Role};
use crate::base::{Error, Faults, Fen, Instant, Result};
use crate::db::{Conn, Txn};
use crate::search::{self, Shelf};

/// Rows of one statement: six values each, within the engines' bounds.
const CHUNK: usize = 1_000;

/// A demand's row, locked for the act, with what policy asks of it.
pub(super) struct Locked {
    pub(super) row: Model,
    pub(super) facts: DemandFacts,
}

/// Locks a demand and reads it as whoever acts stands to it. The clock is read by the caller after this.
pub(super) async fn locked(txn: &Txn, viewer: &Viewer, id: DemandId) -> Result<Locked> {
    let row = Entity::find_by_id(id).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    let ties = ties(txn, viewer, std::slice::from_ref(&row)).await?.remove(&id).unwrap_or_default();
    let facts = facts(&row, ties);
    Ok(Locked { row, facts })
}

/// What policy asks of a demand.
pub(crate) fn facts(row: &Model, ties: Ties) -> DemandFacts {
    DemandFacts {
        id: row.id,
        status: row.status,
        next: lifecycle::next,
        department: row.department_id,
        author: row.author_id,
        handed_in: row.submitted_at.is_some(),
        listed: row.listed_at.is_some(),
        round: row.round,
        decided_round: row.decided_round,
        version: row.version,
        ties,
    }
}

/// How the viewer stands to these demands: nothing is asked of whoever can have no ties.
pub(super) async fn ties(conn: &impl Conn, viewer: &Viewer, rows: &[Model]) -> Result<HashMap<DemandId, Ties>> {
    let mut all: HashMap<DemandId, Ties> = HashMap::new();
    let ids = || rows.iter().map(|row| row.id);
    let rounds: HashMap<DemandId, i32> = rows.iter().map(|row| (row.id, row.round)).collect();
    let (judges, organizes) = (viewer.is(Role::Judge), viewer.is(Role::Organizer));
    if let Some(user) = viewer.user().filter(|_| (judges || organizes) && !rows.is_empty()) {
        let asked: Vec<(DemandId, i32)> = expert::Entity::find()
            .select_only()
            .columns([expert::Column::DemandId, expert::Column::Round])
            .filter(expert::Column::UserId.eq(user))
            .filter(expert::Column::DemandId.is_in(ids()))
            .into_tuple()
            .all(conn)
            .await?;
        for (id, round) in asked {
            let ties = all.entry(id).or_default();
            ties.asked = true;
            ties.asked_now |= rounds.get(&id) == Some(&round);
        }
        let gave: Vec<(DemandId, i32)> = opinion::Entity::find()
            .select_only()
            .columns([opinion::Column::DemandId, opinion::Column::Round])
            .filter(opinion::Column::AuthorId.eq(user))
            .filter(opinion::Column::DemandId.is_in(ids()))
            .into_tuple()
            .all(conn)
            .await?;
        for (id, round) in gave {
            all.entry(id).or_default().gave |= rounds.get(&id) == Some(&round);
        }
    }
    if let Some(own) = own_of(viewer).filter(|_| !rows.is_empty()) {
        let interested: Vec<DemandId> = interest::Entity::find()
            .select_only()
            .column(interest::Column::DemandId)
            .filter(interest::Column::OrganizationId.eq(own))
            .filter(interest::Column::WithdrawnAt.is_null())
            .filter(interest::Column::DemandId.is_in(ids()))
            .into_tuple()
            .all(conn)
            .await?;
        for id in interested {
            all.entry(id).or_default().interested = true;
        }
    }
    Ok(all)
}

pub(super) async fn draft(txn: &Txn, proof: MayDraft, content: &Checked, now: Instant) -> Result<DemandId> {
    let id = DemandId::new();
    let row = ActiveModel {
        id: Set(id),
        title: Set(content.title.clone().unwrap_or_default()),
        domain: Set(None),
        scale: Set(None),
        site: Set(String::new()),
        pain_points: Set(String::new()),
        content: Set(String::new()),
        goals: Set(Goals::default()),
        open_resources: Set(OpenResources::default()),
        technical_requirements: Set(String::new()),
        cooperation: Set(None),
        budget_from: Set(None),
        budget_to: Set(None),
        money_low: Set(None),
        money_high: Set(None),
        money_node: Set(None),
        schedule: Set(String::new()),
        contact: Set(String::new()),
        status: Set(DemandStatus::Draft),
        round: Set(0),
        decided_round: Set(0),
        reason: Set(None),
        department_id: Set(proof.department()),
        author_id: Set(proof.by()),
        created_at: Set(now),
        submitted_at: Set(None),
        listed_at: Set(None),
        ordered_at: Set(now),
        batch_id: Set(None),
        merged_into: Set(None),
        version: Set(1),
    };
    let row = placed(fill(row, content), (content.budget_from, content.budget_to));
    Entity::insert(row).exec_without_returning(txn).await?;
    replace_lists(txn, id, content).await?;
    shelve(txn, id).await?;
    Ok(id)
}

pub(super) async fn revise(txn: &Txn, proof: MayRevise, content: &Checked, version: i32) -> Result<()> {
    let id = proof.demand();
    let row = ActiveModel { id: Set(id), status: Set(proof.to()), version: Set(version + 1), ..Default::default() };
    let row = fill(row, content).update(txn).await?;
    if content.budget_from.or(content.budget_to).is_some() {
        let budget = (row.budget_from, row.budget_to);
        placed(ActiveModel { id: Set(id), ..Default::default() }, budget).update(txn).await?;
    }
    replace_lists(txn, id, content).await?;
    shelve(txn, id).await
}

/// Locks a demand's row, for what changes nothing that it says.
pub(super) async fn hold(txn: &Txn, id: DemandId) -> Result<()> {
    Entity::find_by_id(id).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    Ok(())
}

/// Puts a demand where it is found, as it is now: apart before it was handed in, and apart again until everybody sees it. Whom to ask for
/// it is not searched.
pub(super) async fn shelve(txn: &Txn, id: DemandId) -> Result<()> {
    use crate::organizations::model as organization;
    let found = Entity::find_by_id(id).find_also_related(organization::Entity).one(txn).await?;
    let Some((row, Some(department))) = found else { return Err(Error::Hidden) };
    let words: Vec<String> = word::Entity::find()
        .select_only()
        .column(word::Column::Word)
        .filter(word::Column::DemandId.eq(id))
        .order_by_asc(word::Column::Position)
        .into_tuple()
        .all(txn)
        .await?;
    let asked: Vec<UserId> = expert::Entity::find()
        .select_only()
        .column(expert::Column::UserId)
        .distinct()
        .filter(expert::Column::DemandId.eq(id))
        .order_by_asc(expert::Column::UserId)
        .into_tuple()
        .all(txn)
        .await?;
    let plain = [&row.title, &department.name, &row.site, &row.pain_points, &row.content, &row.technical_requirements];
    let goals = row.goals.0.iter().map(|goal| &goal.name);
    let thing = search::Thing {
        id: id.uuid(),
        shelf: match (row.listed_at, row.submitted_at) {
            (Some(_), _) => Shelf::Demands,
            (None, Some(_)) => Shelf::UnlistedDemands,
            (None, None) => Shelf::DraftDemands,
        },
        due: row.ordered_at,
        listed: row.ordered_at,
        texts: plain.into_iter().chain(goals).chain(&words).map(String::as_str).collect(),
        marks: find::Marked {
            department: row.department_id,
            domain: row.domain,
            status: row.status,
            batch: row.batch_id,
            asked,
        }
        .marks(),
    };
    search::put(txn, thing).await
}

/// Some demands that stand on no shelf, or were put there by an earlier version.
pub(super) async fn not_shelved(conn: &impl Conn, most: u64) -> Result<Vec<DemandId>> {
    let missing = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(search::missing((Entity, Column::Id), Some(find::any_mark())))
        .limit(most);
    Ok(missing.into_tuple().all(conn).await?)
}

/// Sets what is given of the plain fields.
fn fill(mut row: ActiveModel, content: &Checked) -> ActiveModel {
    fn give<T: Clone + Into<sea_orm::Value>>(field: &mut sea_orm::ActiveValue<T>, given: &Option<T>) {
        if let Some(given) = given {
            *field = Set(given.clone());
        }
    }
    fn give_some<T>(field: &mut sea_orm::ActiveValue<Option<T>>, given: &Option<T>)
    where
        T: Clone,
        Option<T>: Into<sea_orm::Value>,
    {
        if given.is_some() {
            *field = Set(given.clone());
        }
    }
    give(&mut row.title, &content.title);
    give_some(&mut row.domain, &content.domain);
    give_some(&mut row.scale, &content.scale);
    give(&mut row.site, &content.site);
    give(&mut row.pain_points, &content.pain_points);
    give(&mut row.content, &content.content);
    give(&mut row.goals, &content.goals);
    give(&mut row.open_resources, &content.open_resources);
    give(&mut row.technical_requirements, &content.technical_requirements);
    give_some(&mut row.cooperation, &content.cooperation);
    give_some(&mut row.budget_from, &content.budget_from);
    give_some(&mut row.budget_to, &content.budget_to);
    give(&mut row.schedule, &content.schedule);
    give(&mut row.contact, &content.contact);
    row
}

/// With its money put where it is found.
fn placed(row: ActiveModel, budget: (Option<Fen>, Option<Fen>)) -> ActiveModel {
    let money = Span::of(budget);
    ActiveModel {
        money_low: Set(money.map(|money| money.low)),
        money_high: Set(money.map(|money| money.high)),
        money_node: Set(money.map(Span::node)),
        ..row
    }
}

/// Replaces the lists that are given, each whole.
async fn replace_lists(txn: &Txn, id: DemandId, content: &Checked) -> Result<()> {
    if let Some(words) = &content.wanted_words {
        word::Entity::delete_many().filter(word::Column::DemandId.eq(id)).exec(txn).await?;
        let rows = (1..).zip(words).map(|(position, given)| word::ActiveModel {
            demand_id: Set(id),
            word: Set(given.clone()),
            position: Set(position),
        });
        word::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    if let Some(kinds) = &content.wanted_qualifications {
        qualification::Entity::delete_many().filter(qualification::Column::DemandId.eq(id)).exec(txn).await?;
        let rows = (1..).zip(kinds).map(|(position, given)| qualification::ActiveModel {
            demand_id: Set(id),
            kind: Set(given.clone()),
            position: Set(position),
        });
        qualification::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Names all that is missing from a demand.
pub(super) fn check_whole(row: &Model) -> Result<()> {
    let whole = Whole {
        texts: [
            ("title", &row.title),
            ("site", &row.site),
            ("painPoints", &row.pain_points),
            ("content", &row.content),
            ("technicalRequirements", &row.technical_requirements),
            ("schedule", &row.schedule),
            ("contact", &row.contact),
        ],
        given: [
            ("domain", row.domain.is_some()),
            ("scale", row.scale.is_some()),
            ("cooperation", row.cooperation.is_some()),
            ("goals", !row.goals.0.is_empty()),
            ("openResources", !row.open_resources.0.is_empty()),
        ],
        budget: (row.budget_from, row.budget_to),
    };
    let mut faults = Faults::new();
    whole.check(&mut faults);
    faults.done()
}

pub(super) async fn submit(txn: &Txn, proof: MaySubmit, round: i32, now: Instant) -> Result<()> {
    let row = ActiveModel { round: Set(round + 1), submitted_at: Set(Some(now)), ..moved(proof.demand(), proof.to()) };
    set(txn, row).await
}

pub(super) async fn withdraw(txn: &Txn, proof: MayWithdraw, reason: Option<String>) -> Result<()> {
    set(txn, ActiveModel { reason: Set(reason), ..moved(proof.demand(), proof.to()) }).await
}

/// The experts who were asked in this round.
pub(super) async fn asked(conn: &impl Conn, id: DemandId, round: i32) -> Result<HashSet<UserId>> {
    let users: Vec<UserId> = expert::Entity::find()
        .select_only()
        .column(expert::Column::UserId)
        .filter(expert::Column::DemandId.eq(id))
        .filter(expert::Column::Round.eq(round))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(users.into_iter().collect())
}

pub(super) async fn ask(txn: &Txn, proof: MayAsk, round: i32, experts: &[UserId], now: Instant) -> Result<()> {
    let rows = experts.iter().map(|expert| expert::ActiveModel {
        demand_id: Set(proof.demand()),
        round: Set(round),
        user_id: Set(*expert),
        asked_at: Set(now),
        asked_by: Set(proof.by()),
    });
    expert::Entity::insert_many(rows).exec_without_returning(txn).await?;
    set(txn, moved(proof.demand(), proof.to())).await
}

pub(super) async fn opine(
    txn: &Txn,
    proof: MayOpine,
    verdict: OpinionVerdict,
    reasons: String,
    now: Instant,
) -> Result<OpinionId> {
    let id = OpinionId::new();
    let row = opinion::ActiveModel {
        id: Set(id),
        demand_id: Set(proof.demand()),
        round: Set(proof.round()),
        author_id: Set(proof.by()),
        giver: Set(proof.giver()),
        verdict: Set(verdict),
        reasons: Set(reasons),
        at: Set(now),
    };
    opinion::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// How many have been heard in this round.
pub(super) async fn heard(conn: &impl Conn, id: DemandId, round: i32) -> Result<Heard> {
    let of = |giver: OpinionGiver| {
        opinion::Entity::find()
            .filter(opinion::Column::DemandId.eq(id))
            .filter(opinion::Column::Round.eq(round))
            .filter(opinion::Column::Giver.eq(giver))
    };
    Ok(Heard {
        experts: of(OpinionGiver::Expert).count(conn).await?,
        organizers: of(OpinionGiver::Organizer).count(conn).await?,
    })
}

/// Everybody who has given an opinion on this demand, or on one that became part of it, however often merged, in whatever round, in the
/// order of ids: whoever argued a demand does not judge what is bid for it.
pub async fn opinion_givers(conn: &impl Conn, demand: DemandId) -> Result<Vec<UserId>> {
    let (mut all, mut level) = (vec![demand], vec![demand]);
    // What has been merged takes in nothing more: this ends.
    while !level.is_empty() {
        level = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::MergedInto.is_in(level))
            .into_tuple()
            .all(conn)
            .await?;
        all.extend(&level);
    }
    let givers: Vec<UserId> = opinion::Entity::find()
        .select_only()
        .column(opinion::Column::AuthorId)
        .distinct()
        .filter(opinion::Column::DemandId.is_in(all))
        .order_by_asc(opinion::Column::AuthorId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(givers)
}

/// Decides a round: returned, rejected or accepted.
pub(super) async fn decide(txn: &Txn, proof: MayDecide, round: i32, reason: Option<String>) -> Result<()> {
    let row = ActiveModel { decided_round: Set(round), reason: Set(reason), ..moved(proof.demand(), proof.to()) };
    set(txn, row).await
}

pub(super) async fn merge(txn: &Txn, proof: MayMerge, into: &MayTakeIn, round: i32, reason: String) -> Result<()> {
    let row = ActiveModel {
        decided_round: Set(round),
        reason: Set(Some(reason)),
        merged_into: Set(Some(into.demand())),
        ..moved(proof.demand(), proof.to())
    };
    set(txn, row).await
}

/// The next running number of a year.
pub(super) async fn next_number(txn: &Txn, year: i32) -> Result<i32> {
    use counter::{ActiveModel, Column, Entity};
    let row = ActiveModel { year: Set(year), last: Set(1) };
    let one_more =
        OnConflict::column(Column::Year).value(Column::Last, Expr::col((Entity, Column::Last)).add(1)).to_owned();
    let row = Entity::insert(row).on_conflict(one_more).exec_with_returning(txn).await?;
    Ok(row.last)
}

/// What a batch is.
pub(super) struct NewBatch {
    pub(super) code: String,
    pub(super) year: i32,
    pub(super) number: i32,
    pub(super) title: String,
    pub(super) at: Instant,
}

/// Lists demands in one batch.
pub(super) async fn release(txn: &Txn, proofs: Vec<MayRelease>, by: UserId, new: NewBatch) -> Result<ReleaseBatchId> {
    let id = ReleaseBatchId::new();
    let row = batch::ActiveModel {
        id: Set(id),
        code: Set(new.code),
        year: Set(new.year),
        number: Set(new.number),
        title: Set(new.title),
        released_at: Set(new.at),
        released_by: Set(by),
    };
    batch::Entity::insert(row).exec_without_returning(txn).await?;
    for proof in proofs {
        let row = ActiveModel {
            batch_id: Set(Some(id)),
            listed_at: Set(Some(new.at)),
            ordered_at: Set(new.at),
            ..moved(proof.demand(), proof.to())
        };
        set(txn, row).await?;
    }
    Ok(id)
}

pub(super) async fn take_up(txn: &Txn, proof: &MayTakeUp) -> Result<()> {
    set(txn, moved(proof.demand(), proof.to())).await
}

/// Locks a demand that a challenge was drafted from.
pub(super) async fn taken_up(txn: &Txn, id: DemandId) -> Result<DemandFacts> {
    let row = Entity::find_by_id(id).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    Ok(facts(&row, Ties::default()))
}

pub(super) async fn give_back(txn: &Txn, proof: &MayGiveBack) -> Result<()> {
    set(txn, moved(proof.demand(), proof.to())).await
}

/// Registers an interest; one that was taken back comes back as it was, with another note.
pub(super) async fn register_interest(
    txn: &Txn,
    proof: &MayShowInterest,
    note: String,
    now: Instant,
) -> Result<InterestId> {
    let there = own_interest(txn, proof).await?;
    let row = interest::ActiveModel {
        id: Set(there.unwrap_or_else(InterestId::new)),
        demand_id: Set(proof.demand()),
        organization_id: Set(proof.organization()),
        note: Set(note),
        registered_at: Set(now),
        registered_by: Set(proof.by()),
        withdrawn_at: Set(None),
    };
    match there {
        Some(id) => {
            row.update(txn).await?;
            Ok(id)
        }
        None => Ok(interest::Entity::insert(row).exec_with_returning(txn).await?.id),
    }
}

pub(super) async fn withdraw_interest(txn: &Txn, proof: &MayShowInterest, now: Instant) -> Result<InterestId> {
    let id = own_interest(txn, proof).await?.ok_or(Error::Hidden)?;
    interest::ActiveModel { id: Set(id), withdrawn_at: Set(Some(now)), ..Default::default() }.update(txn).await?;
    Ok(id)
}

async fn own_interest(txn: &Txn, proof: &MayShowInterest) -> Result<Option<InterestId>> {
    let row = interest::Entity::find()
        .filter(interest::Column::DemandId.eq(proof.demand()))
        .filter(interest::Column::OrganizationId.eq(proof.organization()))
        .one(txn)
        .await?;
    Ok(row.map(|row| row.id))
}

/// The text of the invitations to a demand, once there are some.
pub(super) async fn invitation_text(conn: &impl Conn, id: DemandId) -> Result<Option<String>> {
    let row = invitation::Entity::find()
        .filter(invitation::Column::DemandId.eq(id))
        .order_by_asc(invitation::Column::Id)
        .one(conn)
        .await?;
    Ok(row.map(|row| row.message))
}

/// Invites all of these alike.
pub(super) async fn invite(
    txn: &Txn,
    proof: &MayInvite,
    organizations: &[OrganizationId],
    message: &str,
    now: Instant,
) -> Result<()> {
    for chunk in organizations.chunks(CHUNK) {
        let rows = chunk.iter().map(|organization| invitation::ActiveModel {
            id: Set(InvitationId::new()),
            demand_id: Set(proof.demand()),
            organization_id: Set(*organization),
            message: Set(message.to_owned()),
            at: Set(now),
            invited_by: Set(proof.by()),
        });
        invitation::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

fn moved(id: DemandId, to: DemandStatus) -> ActiveModel {
    model::ActiveModel { id: Set(id), status: Set(to), ..Default::default() }
}

/// A demand moves: it is found where it then stands.
async fn set(txn: &Txn, row: ActiveModel) -> Result<()> {
    let id = row.update(txn).await?.id;
    shelve(txn, id).await
}
