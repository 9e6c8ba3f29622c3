//! Reading for open data: what is public of published challenges, for nobody in particular.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::facts::Told;
use super::ocds::{Date, Release, ocid};
use super::process::{KINDS, releases};
use crate::app::OpenData;
use crate::base::id::{ChallengeId, Kind};
use crate::base::{Cursor, Error, Instant, Page, PageRequest, Result};
use crate::challenges::model::{Column, Entity};
use crate::db::{Conn, Direction, Keyset, Leading};
use crate::events;

/// The releases of a challenge, oldest first, in one statement. `Hidden` where it is not published.
pub async fn of_challenge(conn: &impl Conn, site: &OpenData, challenge: ChallengeId) -> Result<Vec<Release>> {
    let log = events::read::public_of(conn, &[challenge], &KINDS).await?;
    let releases = releases(site, challenge, log.into_iter().map(|happened| Told::of(happened.event)));
    if releases.is_empty() { Err(Error::Hidden) } else { Ok(releases) }
}

/// One contracting process of the index.
#[derive(Clone, Debug)]
pub struct Listed {
    pub ocid: String,
    pub title: Option<String>,
    /// Of its first and of its last release.
    pub published: Date,
    pub released: Date,
}

/// The published challenges, in the order of their publication: whoever reads on from where it stopped misses none. Two statements a page.
pub async fn index(conn: &impl Conn, site: &OpenData, request: &PageRequest) -> Result<Page<Listed>> {
    let keyset =
        Keyset::by("ocds", (Entity, Column::ListedAt), Leading::Instant, (Entity, Column::Id), Direction::Ascending);
    let mut select =
        Entity::find().select_only().columns([Column::Id, Column::ListedAt]).filter(Column::PublishedAt.is_not_null());
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows: Vec<(ChallengeId, Instant)> = select.into_tuple().all(conn).await?;
    let page = keyset.cut(rows, request, |(id, at)| Cursor::by_instant(*at, id.uuid()));
    let ids: Vec<ChallengeId> = page.rows.iter().map(|(_, (id, _))| *id).collect();
    let mut logs: HashMap<ChallengeId, Vec<Told>> = HashMap::new();
    for happened in events::read::public_of(conn, &ids, &KINDS).await? {
        logs.entry(happened.challenge).or_default().push(Told::of(happened.event));
    }
    Ok(page.map(|(id, at)| listed(site, id, at, logs.remove(&id).unwrap_or_default())))
}

fn listed(site: &OpenData, id: ChallengeId, at: Instant, log: Vec<Told>) -> Listed {
    let releases = releases(site, id, log);
    let title = releases.first().and_then(|first| first.tender.as_ref()?.title.clone());
    // What the clock did is dated when it fell due: the last release need not be the latest.
    let released = releases.iter().map(|release| release.date).max().unwrap_or(Date(at));
    Listed { ocid: ocid(&site.prefix, id), title, published: Date(at), released }
}
