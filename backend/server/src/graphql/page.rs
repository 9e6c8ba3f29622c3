//! Relay connections over the platform's pages: `XConnection { edges { cursor node } nodes pageInfo totalCount }`.

use async_graphql::connection::Edge;
use async_graphql::{Object, OutputType};
use futures_util::future::BoxFuture;
use jiebang_platform::base::{self, Page, PageRequest};

use super::error::{Answer, Refusal};

/// A connection of `N`; the type is named after it.
pub type Connection<N> = async_graphql::connection::Connection<String, N, Total>;

const FIRST: i32 = 20;

/// Reads the arguments of a list; 20 where nothing is said.
pub fn request(first: Option<i32>, after: Option<&str>) -> base::Result<PageRequest> {
    PageRequest::read(first.unwrap_or(FIRST), after)
}

/// A page as a connection.
pub fn connection<T, N: OutputType>(page: Page<T>, total: Total, node: impl Fn(T) -> N) -> Connection<N> {
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, total);
    connection.edges.extend(page.rows.into_iter().map(|(cursor, row)| Edge::new(cursor.text(), node(row))));
    connection
}

/// How many there are in all: counted only when asked.
pub struct Total(Box<dyn Fn() -> BoxFuture<'static, Answer<u64>> + Send + Sync>);

impl Total {
    /// Counts by `count` when asked; it owns what it needs.
    pub fn new<F, E>(count: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<u64, E>> + Send + 'static,
        E: Into<Refusal> + 'static,
    {
        Self(Box::new(move || {
            let counted = count();
            Box::pin(async move { counted.await.map_err(Into::into) })
        }))
    }

    /// Of a list that is short and already whole.
    pub fn known(count: usize) -> Self {
        Self::new(move || std::future::ready(Ok::<u64, Refusal>(count as u64)))
    }
}

#[Object]
impl Total {
    /// How many there are in all, as far as the viewer may see; costs a count, so ask only when it is shown.
    async fn total_count(&self) -> Answer<Option<i32>> {
        let count = (self.0)().await?;
        Ok(Some(i32::try_from(count).unwrap_or(i32::MAX)))
    }
}
