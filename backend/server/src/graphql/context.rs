//! Who asks what, and how. One per request.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use jiebang_platform::access::Viewer;
use jiebang_platform::base::{Error, Reason};
use jiebang_platform::{App, accounts};

use super::error::Answer;
use super::loaders::Batch;

/// A language that the platform speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// The default.
    Chinese,
    English,
}

impl Locale {
    /// What the client would rather read, by its Accept-Language.
    pub fn preferred(accept_language: Option<&str>) -> Self {
        let wishes = accept_language.map(accept_language::parse).unwrap_or_default();
        let known = wishes.iter().find_map(|wish| match wish.split('-').next() {
            Some(zh) if zh.eq_ignore_ascii_case("zh") => Some(Self::Chinese),
            Some(en) if en.eq_ignore_ascii_case("en") => Some(Self::English),
            _ => None,
        });
        known.unwrap_or(Self::Chinese)
    }

    /// Its tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// What a request came with.
#[derive(Clone, Debug)]
pub struct Came {
    /// The request's id.
    pub id: String,
    pub locale: Locale,
    /// From where.
    pub address: Option<IpAddr>,
    /// What the client says it is.
    pub user_agent: Option<String>,
    /// The refresh token of the cookie, from a client that shows that no other site made it ask.
    pub cookie: Option<String>,
}

/// One request.
pub struct Asking {
    app: App,
    /// What it came with.
    pub came: Came,
    who: RwLock<Who>,
}

struct Who {
    /// A token that no longer holds is told wherever somebody has to be signed in or something is shown, but keeps nobody from
    /// signing in again.
    viewer: Result<Viewer, Reason>,
    loaders: Arc<DataLoader<Batch>>,
}

impl Who {
    fn new(app: &App, viewer: Result<Viewer, Reason>) -> Self {
        let seen_by = viewer.clone().unwrap_or(Viewer::Anybody);
        let batch = Batch { app: app.clone(), viewer: seen_by };
        Self { viewer, loaders: Arc::new(DataLoader::new(batch, tokio::spawn)) }
    }
}

impl Asking {
    /// A request by the bearer of `access_token`, or by anybody.
    pub async fn new(app: App, came: Came, access_token: Option<&str>) -> Result<Self, Error> {
        let viewer = match access_token {
            None => Ok(Viewer::Anybody),
            Some(token) => match accounts::authenticate(&app, token).await {
                Ok(actor) => Ok(Viewer::Person(actor)),
                Err(Error::SignIn(reason)) => Err(reason),
                Err(fault) => return Err(fault),
            },
        };
        let who = RwLock::new(Who::new(&app, viewer));
        Ok(Self { app, came, who })
    }

    /// The platform.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Who asks. The viewer that every verb and every read is given.
    pub fn viewer(&self) -> Answer<Viewer> {
        let who = self.who.read().unwrap_or_else(PoisonError::into_inner);
        who.viewer.clone().map_err(|reason| Error::SignIn(reason).into())
    }

    /// This request's loaders, with the viewer inside.
    pub fn loaders(&self) -> Arc<DataLoader<Batch>> {
        self.who.read().unwrap_or_else(PoisonError::into_inner).loaders.clone()
    }

    /// From here on somebody else asks: who has just signed in, or nobody any more.
    pub fn becomes(&self, viewer: Result<Viewer, Reason>) {
        *self.who.write().unwrap_or_else(PoisonError::into_inner) = Who::new(&self.app, viewer);
    }
}

/// The request that a resolver belongs to.
pub fn asking<'a>(ctx: &Context<'a>) -> &'a Asking {
    ctx.data_unchecked()
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn chinese_unless_english_is_liked_better() {
        for (header, locale) in [
            (None, Locale::Chinese),
            (Some("fr"), Locale::Chinese),
            (Some("en-GB,zh;q=0.5"), Locale::English),
            (Some("zh-TW, en;q=0.9"), Locale::Chinese),
            (Some("fr, en;q=0.2"), Locale::English),
            (Some("*;;q"), Locale::Chinese),
        ] {
            assert_eq!(Locale::preferred(header), locale, "{header:?}");
        }
    }
}
