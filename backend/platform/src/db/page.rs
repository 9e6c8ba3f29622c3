//! Keyset paging over a select: the leading key, then the id; a page costs the same wherever it lies.

use sea_orm::sea_query::{
    Expr, ExprTrait, Func, IntoColumnRef, Order, Query, SelectStatement, SimpleExpr, WindowStatement,
};
use sea_orm::{Statement, Value};

use super::Conn;
use crate::base::page::CursorKey;
use crate::base::{Cursor, Error, Page, PageRequest, Result, error::FaultCode};

/// Which way the leading key runs; the id follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// What the leading key of an order is; a cursor of another kind was not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leading {
    Number,
    Instant,
    /// An instant that stands as milliseconds since 1970.
    Millis,
    Text,
}

/// An order of a list: its leading key (none: the id alone) and its id.
#[derive(Clone, Debug)]
pub(crate) struct Keyset {
    /// The list and its order, by a name of their own.
    order: &'static str,
    key: Option<(SimpleExpr, Leading)>,
    id: SimpleExpr,
    direction: Direction,
}

impl Keyset {
    pub(crate) fn by<K: IntoColumnRef, I: IntoColumnRef>(
        order: &'static str,
        key: K,
        leading: Leading,
        id: I,
        direction: Direction,
    ) -> Self {
        Self { order, key: Some((Expr::col(key), leading)), id: Expr::col(id), direction }
    }

    pub(crate) fn by_id<I: IntoColumnRef>(order: &'static str, id: I, direction: Direction) -> Self {
        Self { order, key: None, id: Expr::col(id), direction }
    }

    /// Narrows, orders and bounds a select to one page and one row to spare.
    pub(crate) fn apply(&self, select: &mut SelectStatement, page: &PageRequest) -> Result<()> {
        if let Some(after) = self.after(page.after.as_ref())? {
            select.and_where(after);
        }
        let order = self.order();
        if let Some((key, _)) = &self.key {
            select.order_by_expr(key.clone(), order.clone());
        }
        select.order_by_expr(self.id.clone(), order).limit(page.first + 1);
        Ok(())
    }

    /// Cuts a page from what [`Keyset::apply`] or [`per_parent`] fetched; its cursors are good for this order alone.
    pub(crate) fn cut<T>(&self, rows: Vec<T>, request: &PageRequest, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
        Page::cut(rows, request, |row| self.place(cursor(row)))
    }

    /// A cursor of this order.
    pub(crate) fn place(&self, cursor: Cursor) -> Cursor {
        Cursor { order: self.order.into(), ..cursor }
    }

    fn order(&self) -> Order {
        match self.direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        }
    }

    /// Rows behind a cursor. Written out, since an index serves `key > k or (key = k and id > i)` on both engines only with
    /// the bound `key >= k` beside it.
    fn after(&self, cursor: Option<&Cursor>) -> Result<Option<SimpleExpr>> {
        let Some(cursor) = cursor else { return Ok(None) };
        if cursor.order != self.order {
            return Err(Error::invalid("after", FaultCode::BadCursor));
        }
        let beyond = |column: &SimpleExpr, value: Value| match self.direction {
            Direction::Ascending => column.clone().gt(value),
            Direction::Descending => column.clone().lt(value),
        };
        let from = |column: &SimpleExpr, value: Value| match self.direction {
            Direction::Ascending => column.clone().gte(value),
            Direction::Descending => column.clone().lte(value),
        };
        let id: Value = cursor.id.into();
        match (&self.key, &cursor.key) {
            (None, None) => Ok(Some(beyond(&self.id, id))),
            (Some((key, leading)), Some(value)) => {
                let value: Value = match (leading, value) {
                    (Leading::Number, CursorKey::Number(number)) => (*number).into(),
                    (Leading::Instant, CursorKey::Instant(at)) => (*at).into(),
                    (Leading::Millis, CursorKey::Instant(at)) => at.timestamp_millis().into(),
                    (Leading::Text, CursorKey::Text(text)) => text.clone().into(),
                    _ => return Err(Error::invalid("after", FaultCode::BadCursor)),
                };
                let tied = key.clone().eq(value.clone()).and(beyond(&self.id, id));
                Ok(Some(from(key, value.clone()).and(beyond(key, value).or(tied))))
            }
            _ => Err(Error::invalid("after", FaultCode::BadCursor)),
        }
    }
}

/// One page for each parent, in one statement: rows are numbered inside their parent and cut there.
pub(crate) fn per_parent(
    conn: &impl Conn,
    inner: &mut SelectStatement,
    parent: impl IntoColumnRef,
    keyset: &Keyset,
    page: &PageRequest,
) -> Result<Statement> {
    if let Some(after) = keyset.after(page.after.as_ref())? {
        inner.and_where(after);
    }
    let order = keyset.order();
    let mut window = WindowStatement::partition_by(parent);
    if let Some((key, _)) = &keyset.key {
        window.order_by_expr(key.clone(), order.clone());
    }
    window.order_by_expr(keyset.id.clone(), order);
    inner.expr_window_as(Func::cust("row_number"), window, "place");
    let mut outer = Query::select();
    outer.expr(Expr::cust("*")).from_subquery(inner.take(), "page");
    outer.and_where(Expr::col("place").lte(page.first + 1)).order_by("place", Order::Asc);
    Ok(conn.get_database_backend().build(&outer))
}
