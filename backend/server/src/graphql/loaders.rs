//! What many nodes of one request need, fetched at once. One per request, with the viewer inside. A noun adds its keys in its
//! own file, by `impl Loader<Key> for Batch`.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use jiebang_platform::App;
use jiebang_platform::access::Viewer;
use jiebang_platform::base::{Error, PageRequest};

/// The viewer and the platform, as loaders need them.
pub struct Batch {
    pub app: App,
    pub viewer: Viewer,
}

/// What a loader fails with: one failure for all who waited.
pub type Failed = Arc<Error>;

/// Keys of one id each, and what is loaded for them: `Key(Id) -> Value = |batch, ids| …` gives a map from ids to values.
macro_rules! batches {
    ($($(#[$meta:meta])* $vis:vis $key:ident($id:ty) -> $value:ty = |$batch:ident, $ids:ident| $load:expr),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        $vis struct $key($vis $id);

        impl async_graphql::dataloader::Loader<$key> for $crate::graphql::loaders::Batch {
            type Value = $value;
            type Error = $crate::graphql::loaders::Failed;

            async fn load(
                &self,
                keys: &[$key],
            ) -> Result<std::collections::HashMap<$key, $value>, $crate::graphql::loaders::Failed> {
                let $batch = self;
                let $ids: Vec<_> = keys.iter().map(|key| key.0).collect();
                let found = async { $load }.await.map_err(std::sync::Arc::new)?;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )+};
}
pub(super) use batches;

/// Keys of one parent each and a page of what it has: `Key(Parent) -> Row = |batch, ids, request| …` gives the pages of these parents.
/// A request that is refused is refused by itself: what else is asked for has nothing to do with it.
macro_rules! pages {
    ($($key:ident($id:ty) -> $row:ty = |$batch:ident, $ids:ident, $request:ident| $load:expr),+ $(,)?) => {$(
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct $key($id, jiebang_platform::base::PageRequest);

        impl async_graphql::dataloader::Loader<$key> for $crate::graphql::loaders::Batch {
            type Value = Result<jiebang_platform::base::Page<$row>, $crate::graphql::loaders::Failed>;
            type Error = $crate::graphql::loaders::Failed;

            async fn load(
                &self,
                keys: &[$key],
            ) -> Result<std::collections::HashMap<$key, Self::Value>, $crate::graphql::loaders::Failed> {
                let $batch = self;
                let mut all = std::collections::HashMap::new();
                for ($request, $ids) in $crate::graphql::loaders::by_request(keys.iter().map(|key| (key.0, &key.1))) {
                    let found: jiebang_platform::base::Result<_> = async { $load }.await;
                    match found {
                        Ok(found) => {
                            all.extend(found.into_iter().map(|(id, page)| ($key(id, $request.clone()), Ok(page))));
                        }
                        Err(refused) => {
                            let refused = std::sync::Arc::new(refused);
                            all.extend($ids.iter().map(|id| ($key(*id, $request.clone()), Err(refused.clone()))));
                        }
                    }
                }
                Ok(all)
            }
        }
    )+};
}
pub(super) use pages;

/// The parents of each distinct request: one statement serves them all.
pub(super) fn by_request<'a, I: Hash + Eq + Copy>(
    keys: impl Iterator<Item = (I, &'a PageRequest)>,
) -> HashMap<PageRequest, Vec<I>> {
    let mut requests: HashMap<PageRequest, HashSet<I>> = HashMap::new();
    for (id, request) in keys {
        requests.entry(request.clone()).or_default().insert(id);
    }
    requests.into_iter().map(|(request, ids)| (request, ids.into_iter().collect())).collect()
}
