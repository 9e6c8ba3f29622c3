//! Reading the log: only what the viewer may see, in the order of ids; what is not seen is not counted.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QueryTrait};

use super::EventKind;
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

/// How much later than an event that was told one may come to light whose id is older: ids are made inside transactions, which
/// commit in another order, and by machines whose clocks differ a little.
const LATE: u128 = 30_000;

/// The public life of a challenge from some moment on, each event once.
pub struct Feed {
    challenge: ChallengeId,
    /// Told, or there before; nothing older than the latest of them by more than [`LATE`].
    told: BTreeSet<EventId>,
}

impl Feed {
    /// From now on.
    pub async fn new(conn: &impl Conn, challenge: ChallengeId) -> Result<Self> {
        let last = public(challenge).order_by_desc(Column::Id).one(conn).await?;
        let mut feed = Self { challenge, told: last.map(|row| row.id).into_iter().collect() };
        feed.news(conn).await?;
        Ok(feed)
    }

    /// What was not told yet, in the order of ids.
    pub async fn news(&mut self, conn: &impl Conn) -> Result<Vec<EventView>> {
        let mut news = public_after(conn, self.challenge, self.floor()).await?;
        news.retain(|event| self.told.insert(event.id));
        if let Some(floor) = self.floor() {
            self.told = self.told.split_off(&floor);
        }
        Ok(news)
    }

    /// Nothing before it can be new.
    fn floor(&self) -> Option<EventId> {
        // The first 48 bits of a UUIDv7 are milliseconds.
        let milliseconds = self.told.last()?.uuid().as_u128() >> 80;
        Some(EventId::from_uuid(uuid::Uuid::from_u128(milliseconds.saturating_sub(LATE) << 80)))
    }
}

/// The public life of a challenge after an event, or all of it.
pub async fn public_after(
    conn: &impl Conn,
    challenge: ChallengeId,
    mut after: Option<EventId>,
) -> Result<Vec<EventView>> {
    let keyset = Keyset::by_id("public_events", (Entity, Column::Id), Direction::Ascending);
    let mut events = Vec::new();
    loop {
        let place = after.map(|id| keyset.place(Cursor::by_id(id.uuid())));
        let request = PageRequest { after: place, ..PageRequest::whole() };
        let mut select = public(challenge);
        keyset.apply(QueryTrait::query(&mut select), &request)?;
        let page = keyset.cut(select.all(conn).await?, &request, |row| Cursor::by_id(row.id.uuid()));
        events.extend(page.rows.into_iter().map(|(_, row)| view(&Viewer::Anybody, row)));
        if !page.has_next {
            return Ok(events);
        }
        after = events.last().map(|event: &EventView| event.id);
    }
}

fn public(challenge: ChallengeId) -> sea_orm::Select<Entity> {
    seen(&Viewer::Anybody, None).filter(Column::ChallengeId.eq(challenge))
}

/// Whether this person acted in this challenge before, by the log. To have ruled on an objection is not to have taken part in
/// what is objected to.
pub async fn took_part(conn: &impl Conn, challenge: ChallengeId, user: UserId) -> Result<bool> {
    let acts = Entity::find()
        .filter(Column::ChallengeId.eq(challenge))
        .filter(Column::ActorId.eq(user))
        .filter(Column::Kind.ne(EventKind::ObjectionResolved.word()));
    Ok(acts.count(conn).await? > 0)
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
