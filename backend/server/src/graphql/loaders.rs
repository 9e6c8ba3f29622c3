//! What many nodes of one request need, fetched at once. One per request, with the viewer inside. A noun adds its keys in its
//! own file, by `impl Loader<Key> for Batch`.

use std::sync::Arc;

use jiebang_platform::App;
use jiebang_platform::access::Viewer;
use jiebang_platform::base::Error;

/// The viewer and the platform, as loaders need them.
pub struct Batch {
    pub app: App,
    pub viewer: Viewer,
}

/// What a loader fails with: one failure for all who waited.
pub type Failed = Arc<Error>;
