//! Finding: along the rows of one word in the order of the list, looking at each whether the others are there too.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Query as Select, SelectStatement};
use sea_orm::{FromQueryResult, Statement};

use super::Shelf;
use super::model::{self, word};
use super::words::Query;
use crate::base::Result;
use crate::db::Conn;

/// What a thing has to have to be found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sought {
    words: Vec<String>,
    implied: Vec<String>,
    phrases: Vec<String>,
    /// Of each of these groups of marks it has to have one.
    groups: Vec<Vec<String>>,
    /// The word that is walked along, and whether it is known to be rare.
    lead: Option<(String, bool)>,
}

/// The orders in which things stand behind a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Due,
    Listed,
}

impl Order {
    /// The column of [`found`]'s rows that it goes by.
    pub(crate) fn column(self) -> (&'static str, &'static str) {
        ("w", if self == Self::Due { "due" } else { "listed" })
    }
}

/// The column of [`found`]'s rows that says when the thing is due.
pub(crate) const DUE: (&str, &str) = ("w", "due");

/// The column of [`found`]'s rows that names the thing.
pub(crate) const ID: (&str, &str) = ("w", "id");

/// What a thing is counted among, told apart from every word by its first letter.
pub(crate) fn mark(kind: &str, of: impl std::fmt::Display) -> String {
    format!("={kind}:{of}")
}

impl Sought {
    /// Words of a text, and marks.
    pub(crate) fn new(query: Option<&Query>, marks: Vec<String>) -> Self {
        let mut sought = Self { words: marks, ..Self::default() };
        if let Some(query) = query {
            sought.words.extend(query.words.iter().cloned());
            sought.implied.extend(query.implied.iter().cloned());
            sought.phrases.extend(query.phrases.iter().cloned());
        }
        sought
    }

    /// Whether nothing is sought.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.implied.is_empty()
    }

    /// Besides, one more mark.
    pub(crate) fn and(mut self, mark: String) -> Self {
        self.words.push(mark);
        self
    }

    /// Besides, any of these marks.
    pub(crate) fn and_any(mut self, marks: Vec<String>) -> Self {
        self.groups.push(marks);
        self
    }

    /// How many words and marks are sought.
    pub(crate) fn len(&self) -> usize {
        self.words.len() + self.implied.len()
    }

    /// Led by the rarest.
    pub(crate) fn led(mut self, counts: &BTreeMap<String, i64>) -> Self {
        let count = |word: &&String| counts.get(*word).copied().unwrap_or(COUNTED);
        let rarest = self.all().min_by_key(count);
        self.lead = rarest.map(|word| (word.clone(), count(&word) < COUNTED));
        self
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.words.iter().chain(&self.implied)
    }
}

/// Up to here words are counted: what is more frequent counts as frequent.
const COUNTED: i64 = 1_000;

/// How many things on a shelf have each of these words, as far as is worth counting. In one statement; none for fewer than two words.
pub(crate) async fn rarest_first(conn: &impl Conn, shelf: Shelf, sought: &[Sought]) -> Result<BTreeMap<String, i64>> {
    #[derive(FromQueryResult)]
    struct Counted {
        place: i32,
        many: i64,
    }
    let mut words: Vec<&String> = sought.iter().flat_map(Sought::all).collect();
    words.sort();
    words.dedup();
    if sought.iter().all(|sought| sought.all().count() < 2) {
        return Ok(BTreeMap::new());
    }
    let lines: Vec<String> = (0..words.len())
        .map(|place| {
            format!(
                "select {place} as place, count(*) as many from (select 1 as one from search_words
                 where shelf = {} and word = ${} limit {COUNTED}) some{place}",
                shelf.number(),
                place + 1
            )
        })
        .collect();
    let values = words.iter().map(|word| (*word).clone().into());
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), lines.join(" union all "), values);
    let counted = Counted::find_by_statement(statement).all(conn).await?;
    let by_place: BTreeMap<_, _> = counted.into_iter().map(|row| (row.place, row.many)).collect();
    let count = |place: i32| by_place.get(&place).copied().unwrap_or_default();
    Ok((0..).zip(words).map(|(place, word)| (word.clone(), count(place))).collect())
}

/// As [`found`], where what may be found is few: each of these is looked at, and no row of a word besides. `ids` is a select of theirs.
pub(crate) fn found_among(shelf: Shelf, sought: &Sought, ids: SelectStatement) -> SelectStatement {
    let mut select = Select::select();
    select
        .from_as(model::Entity, "w")
        .and_where(Expr::col(("w", model::Column::Shelf)).eq(shelf.number()))
        .and_where(Expr::col(ID).in_subquery(ids));
    let groups = sought.groups.iter().map(|marks| has(shelf, marks, Order::Due));
    for mut there in sought.all().map(|word| has(shelf, std::slice::from_ref(word), Order::Due)).chain(groups) {
        select.and_where(scalar(there.limit(1).take()).is_not_null());
    }
    says(&mut select, &sought.phrases);
    select
}

/// The rows of any of these words that the thing `w` has.
fn has(shelf: Shelf, words: &[String], order: Order) -> SelectStatement {
    Select::select()
        .expr(Expr::value(1))
        .from_as(word::Entity, "x")
        .and_where(Expr::col(("x", word::Column::Shelf)).eq(shelf.number()))
        .and_where(match words {
            [word] => Expr::col(("x", word::Column::Word)).eq(word.as_str()),
            words => Expr::col(("x", word::Column::Word)).is_in(words.iter().map(String::as_str)),
        })
        .and_where(Expr::col(("x", order.column().1)).equals(order.column()))
        .and_where(Expr::col(("x", word::Column::Id)).equals(ID))
        .take()
}

/// Narrows to the things `w` in whose spelling these stretches are.
fn says(select: &mut SelectStatement, phrases: &[String]) {
    for phrase in phrases {
        // A spelling has none of the letters that a pattern takes for more than themselves. Asked so that PostgreSQL does not take a
        // phrase for rare, and all rows of the lead for what has to be sorted.
        let text = Select::select()
            .expr(Expr::value(1))
            .from_as(model::Entity, "t")
            .and_where(Expr::col(("t", model::Column::Id)).equals(ID))
            .and_where(Expr::col(("t", model::Column::Text)).like(LikeExpr::new(format!("%{phrase}%"))))
            .limit(1)
            .take();
        select.and_where(scalar(text).is_not_null());
    }
}

/// The things on a shelf that have all of what is sought: a select from the rows `w` of the leading word, without columns. The
/// caller narrows, orders by [`Order::column`] and [`ID`], and bounds.
pub(crate) fn found(shelf: Shelf, sought: &Sought, order: Order) -> SelectStatement {
    let mut select = Select::select();
    select.from_as(word::Entity, "w").and_where(Expr::col(("w", word::Column::Shelf)).eq(shelf.number()));
    let Some((lead, rare)) = &sought.lead else { return select.and_where(Expr::value(1).eq(0)).take() };
    select.and_where(Expr::col(("w", word::Column::Word)).eq(lead.as_str()));
    for other in sought.words.iter().filter(|word| *word != lead) {
        let mut too = has(shelf, std::slice::from_ref(other), order);
        // Along a rare word each row is looked at. Along a frequent one PostgreSQL does better to go along both at once, and chooses to.
        if *rare {
            select.and_where(scalar(too.limit(1).take()).is_not_null());
        } else {
            select.and_where(Expr::exists(too));
        }
    }
    for marks in &sought.groups {
        select.and_where(scalar(has(shelf, marks, order).limit(1).take()).is_not_null());
    }
    says(&mut select, &sought.phrases);
    select
}

/// Whether the thing that this column of a statement names stands on no shelf, or without this mark, which all of its kind bear since
/// some version.
pub(crate) fn missing<E: sea_orm::Iden + 'static, C: sea_orm::Iden + 'static>(
    thing: (E, C),
    borne: Option<String>,
) -> Expr {
    let bears =
        |mark: String| Expr::col((model::Entity, model::Column::Marks)).like(LikeExpr::new(format!("%{mark}%")));
    let there = Select::select()
        .expr(Expr::value(1))
        .from(model::Entity)
        .and_where(Expr::col((model::Entity, model::Column::Id)).equals(thing))
        .and_where_option(borne.map(bears))
        .take();
    Expr::exists(there).not()
}

/// The one value of a select, asked anew for each row.
fn scalar(select: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(select.into()))
}
