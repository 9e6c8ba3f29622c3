//! Reading the log: only what the viewer may see, in the order of ids; what is not seen is not counted.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QueryTrait};

use super::EventKind;
use super::follow::Happened;
use super::model::{Column, Entity, Model};
use crate::access::Viewer;
use crate::access::events::{self as policy, Circle, Walk};
use crate::base::id::{ChallengeId, EventId, Kind, UserId};
use crate::base::{Cursor, Instant, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset};

/// An event, as this viewer sees it.
#[derive(Clone, Debug)]
pub struct EventView {
    pub id: EventId,
    pub at: Instant,
    pub kind: String,
    /// Shown to staff, and to the person who acted.
    pub actor: Option<UserId>,
    pub subject: String,
    pub public_text: String,
    pub private_digest: String,
    pub previous_hash: String,
    pub hash: String,
}

/// The events that the viewer may see, oldest first.
pub async fn page(
    conn: &impl Conn,
    viewer: &Viewer,
    subject: Option<&str>,
    request: &PageRequest,
) -> Result<Page<EventView>> {
    let mut select = seen(viewer, subject);
    let keyset = Keyset::by_id("events", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?;
    Ok(keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid())).map(|row| view(viewer, row)))
}

/// How many events the viewer may see.
pub async fn count(conn: &impl Conn, viewer: &Viewer, subject: Option<&str>) -> Result<u64> {
    Ok(seen(viewer, subject).count(conn).await?)
}

/// One event, if the viewer may see it.
pub async fn by_id(conn: &impl Conn, viewer: &Viewer, id: EventId) -> Result<Option<EventView>> {
    let row = seen(viewer, None).filter(Column::Id.eq(id)).one(conn).await?;
    Ok(row.map(|row| view(viewer, row)))
}

/// The latest event of any challenge's public life.
pub(super) async fn last_public(conn: &impl Conn) -> Result<Option<EventId>> {
    Ok(public().order_by_desc(Column::Id).one(conn).await?.map(|row| row.id))
}

/// The public life of all challenges after an event, or from the beginning.
pub async fn public_after(conn: &impl Conn, mut after: Option<EventId>) -> Result<Vec<Happened>> {
    let keyset = Keyset::by_id("public_events", (Entity, Column::Id), Direction::Ascending);
    let mut events = Vec::new();
    loop {
        let place = after.map(|id| keyset.place(Cursor::by_id(id.uuid())));
        let request = PageRequest { after: place, ..PageRequest::whole() };
        let mut select = public();
        keyset.apply(QueryTrait::query(&mut select), &request)?;
        let page = keyset.cut(select.all(conn).await?, &request, |row| Cursor::by_id(row.id.uuid()));
        for (_, row) in page.rows {
            after = Some(row.id);
            if let Some(challenge) = row.challenge_id {
                events.push(Happened { challenge, event: view(&Viewer::Anybody, row) });
            }
        }
        if !page.has_next {
            return Ok(events);
        }
    }
}

/// What everybody is told of these challenges, of these kinds alone, in the order in which it happened.
pub async fn public_of(conn: &impl Conn, challenges: &[ChallengeId], kinds: &[&str]) -> Result<Vec<Happened>> {
    let rows = seen(&Viewer::Anybody, None)
        .filter(Column::ChallengeId.is_in(challenges.iter().copied()))
        .filter(Column::Kind.is_in(kinds.iter().copied()))
        .order_by_asc(Column::Id)
        .all(conn)
        .await?;
    let happened = rows
        .into_iter()
        .filter_map(|row| Some(Happened { challenge: row.challenge_id?, event: view(&Viewer::Anybody, row) }));
    Ok(happened.collect())
}

fn public() -> sea_orm::Select<Entity> {
    seen(&Viewer::Anybody, None).filter(Column::ChallengeId.is_not_null())
}

/// What a supervisor does is not to take part in what is supervised; nor is a ruling on an objection in what is objected to.
const SUPERVISION: [EventKind; 9] = [
    EventKind::ObjectionResolved,
    EventKind::ComplaintAccepted,
    EventKind::ComplaintRefused,
    EventKind::ComplaintDecided,
    EventKind::ChallengeSuspended,
    EventKind::ChallengeResumed,
    EventKind::ReviewReopened,
    EventKind::BidFelled,
    EventKind::RankedByRuling,
];

/// Whether this person acted in this challenge before, by the log.
pub async fn took_part(conn: &impl Conn, challenge: ChallengeId, user: UserId) -> Result<bool> {
    let acts = Entity::find()
        .filter(Column::ChallengeId.eq(challenge))
        .filter(Column::ActorId.eq(user))
        .filter(Column::Kind.is_not_in(SUPERVISION.map(EventKind::word)));
    Ok(acts.count(conn).await? > 0)
}

/// In which of these challenges this person acted before, by the log: [`took_part`].
pub async fn took_part_in(conn: &impl Conn, challenges: &[ChallengeId], user: UserId) -> Result<Vec<ChallengeId>> {
    use sea_orm::QuerySelect;
    let found: Vec<Option<ChallengeId>> = Entity::find()
        .select_only()
        .column(Column::ChallengeId)
        .distinct()
        .filter(Column::ChallengeId.is_in(challenges.iter().copied()))
        .filter(Column::ActorId.eq(user))
        .filter(Column::Kind.is_not_in(SUPERVISION.map(EventKind::word)))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// How often this has happened to a thing.
pub async fn how_many(conn: &impl Conn, subject: &str, kind: EventKind) -> Result<u64> {
    let such = Entity::find().filter(Column::Subject.eq(subject)).filter(Column::Kind.eq(kind.word()));
    Ok(such.count(conn).await?)
}

/// Everybody who acted in this challenge before, by the log.
pub async fn participants(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<UserId>> {
    use sea_orm::QuerySelect;
    let users: Vec<UserId> = Entity::find()
        .select_only()
        .column(Column::ActorId)
        .distinct()
        .filter(Column::ChallengeId.eq(challenge))
        .filter(Column::ActorId.is_not_null())
        .into_tuple()
        .all(conn)
        .await?;
    Ok(users)
}

/// The time of the latest event: the platform's clock may not start before it.
pub async fn latest(conn: &impl Conn) -> Result<Option<Instant>> {
    use sea_orm::QuerySelect;
    let at: Option<Option<Instant>> =
        Entity::find().select_only().column_as(Column::At.max(), "at").into_tuple().one(conn).await?;
    Ok(at.flatten())
}

/// `access::events::may_walk`, in SQL.
pub(super) fn seen(viewer: &Viewer, subject: Option<&str>) -> sea_orm::Select<Entity> {
    let any = Circle::ALL.iter().fold(Condition::any(), |any, circle| {
        let audience = Expr::col((Entity, Column::Audience)).eq(circle.word());
        match policy::walks(viewer, *circle) {
            Walk::Nothing => any,
            Walk::Of(own) => any.add(audience.and(Column::AudienceId.eq(own))),
            Walk::AllBut(own) => any.add(audience.and(Column::AudienceId.is_null().or(Column::AudienceId.ne(own)))),
            Walk::All => any.add(audience),
        }
    });
    let select = Entity::find().filter(any);
    match subject {
        Some(subject) => select.filter(Column::Subject.eq(subject)),
        None => select,
    }
}

fn view(viewer: &Viewer, row: Model) -> EventView {
    EventView {
        id: row.id,
        at: row.at,
        kind: row.kind,
        actor: row.actor_id.filter(|actor| policy::sees_actor(viewer, *actor)),
        subject: row.subject,
        public_text: row.public_text,
        private_digest: row.private_digest,
        previous_hash: row.previous_hash,
        hash: row.hash,
    }
}
