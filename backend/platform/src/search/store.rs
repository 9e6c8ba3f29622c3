//! Putting things onto shelves.

use std::collections::BTreeSet;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::model::{ActiveModel, Column, Entity, Model, word};
use super::{Shelf, words};
use crate::base::{Instant, Result};
use crate::db::Txn;

/// A thing that is to be found.
pub(crate) struct Thing<'a> {
    pub(crate) id: Uuid,
    pub(crate) shelf: Shelf,
    /// By which lists order it.
    pub(crate) due: Instant,
    pub(crate) listed: Instant,
    /// What it says.
    pub(crate) texts: Vec<&'a str>,
    /// What it is counted among: see `mark`.
    pub(crate) marks: Vec<String>,
}

/// So many words a statement; engines bound the values of one.
const MANY: usize = 1_000;

/// Puts a thing onto its shelf, in place of what stood there of it. The caller holds the thing's row.
pub(crate) async fn put(txn: &Txn, thing: Thing<'_>) -> Result<()> {
    let spelled: String = thing.texts.iter().map(|text| words::spell(text)).collect();
    let now = Model {
        id: thing.id,
        shelf: thing.shelf.number(),
        due: thing.due.timestamp_millis(),
        listed: thing.listed.timestamp_millis(),
        text: spelled,
        marks: thing.marks.join(" "),
    };
    let before = Entity::find_by_id(thing.id).one(txn).await?;
    let (old, new) = (before.as_ref().map(all_words).unwrap_or_default(), all_words(&now));
    let place = |row: &Model| (row.shelf, row.due, row.listed);
    let stays = before.as_ref().is_some_and(|before| place(before) == place(&now));
    let kept: BTreeSet<_> = if stays { old.intersection(&new).cloned().collect() } else { BTreeSet::new() };
    if let Some(before) = &before {
        let gone: Vec<_> = old.difference(&kept).cloned().collect();
        for some in gone.chunks(MANY) {
            let rows = word::Entity::delete_many()
                .filter(word::Column::Shelf.eq(before.shelf))
                .filter(word::Column::Word.is_in(some.iter().cloned()))
                .filter(word::Column::Due.eq(before.due))
                .filter(word::Column::Id.eq(before.id));
            rows.exec(txn).await?;
        }
    }
    let come: Vec<_> = new.difference(&kept).cloned().collect();
    for some in come.chunks(MANY) {
        let rows = some.iter().map(|word| word::ActiveModel {
            shelf: Set(now.shelf),
            word: Set(word.clone()),
            due: Set(now.due),
            id: Set(now.id),
            listed: Set(now.listed),
        });
        word::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    if before.as_ref() != Some(&now) {
        let anew = OnConflict::column(Column::Id)
            .update_columns([Column::Shelf, Column::Due, Column::Listed, Column::Text, Column::Marks])
            .to_owned();
        let row = ActiveModel {
            id: Set(now.id),
            shelf: Set(now.shelf),
            due: Set(now.due),
            listed: Set(now.listed),
            text: Set(now.text),
            marks: Set(now.marks),
        };
        Entity::insert(row).on_conflict(anew).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// What a thing is found by.
fn all_words(row: &Model) -> BTreeSet<String> {
    let mut all = words::words(&row.text);
    all.extend(row.marks.split_whitespace().map(str::to_owned));
    all
}
