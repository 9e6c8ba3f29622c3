//! The one log, as far as the viewer may see it.

use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use futures_util::Stream;
use jiebang_platform::access::events as policy;
use jiebang_platform::base::id::{ChallengeId, EventId};
use jiebang_platform::base::{Error, faults};
use jiebang_platform::challenges::read as challenges;
use jiebang_platform::events::read::{self, EventView};
use jiebang_platform::events::verify;
use rust_i18n::t;

use super::account::User;
use super::challenge::Challenge;
use super::context::{Asking, asking};
use super::error::{Answer, Refusal};
use super::page::{self, Connection, Total};
use super::scalars::DateTime;

/// Something that happened. `hash` = SHA-256(previousHash ‖ publicText ‖ privateDigest), each as the text given here: anybody can
/// walk a stream from what is public, nobody can guess what is not.
pub struct Event(EventView);

#[Object]
impl Event {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// A stable name such as challenge.published; new kinds may come.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Who acted: shown to staff, and to the person.
    async fn actor(&self, ctx: &Context<'_>) -> Answer<Option<User>> {
        match self.0.actor {
            Some(actor) => Ok(Some(User::named(asking(ctx), actor).await?)),
            None => Ok(None),
        }
    }

    /// The thing that it happened to.
    async fn subject(&self) -> ID {
        self.0.subject.clone().into()
    }

    /// In the client's language.
    async fn summary(&self, ctx: &Context<'_>) -> String {
        t!(format!("events.{}", self.0.kind), locale = asking(ctx).came.locale.tag()).into_owned()
    }

    /// Canonical JSON (RFC 8785) of what everyone who sees the event may know.
    async fn public_text(&self) -> &str {
        &self.0.public_text
    }

    /// SHA-256(salt ‖ private facts), in hex.
    async fn private_digest(&self) -> &str {
        &self.0.private_digest
    }

    /// 64 zeros at a stream's beginning.
    async fn previous_hash(&self) -> &str {
        &self.0.previous_hash
    }

    async fn hash(&self) -> &str {
        &self.0.hash
    }
}

impl Event {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: EventId) -> Answer<Option<Self>> {
        Ok(read::by_id(asking.app().db.read(), &asking.viewer()?, id).await?.map(Self))
    }
}

/// `checked` counts what the viewer may see.
#[derive(SimpleObject)]
struct ChainVerdict {
    intact: bool,
    checked: i32,
    first_break: Option<ID>,
}

#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// Events visible to the viewer, oldest first; the public part is the change feed.
    async fn events(
        &self,
        ctx: &Context<'_>,
        subject: Option<ID>,
        #[graphql(default_with = "Some(50)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Event>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let request = page::request(first.or(Some(50)), after.as_deref())?;
        let subject = subject.map(|id| id.0);
        let found = read::page(app.db.read(), &viewer, subject.as_deref(), &request).await?;
        let total = Total::new(move || {
            let (app, viewer, subject) = (app.clone(), viewer.clone(), subject.clone());
            async move { read::count(app.db.read(), &viewer, subject.as_deref()).await }
        });
        Ok(page::connection(found, total, Event))
    }

    /// Walks the hash chains; SUPERVISOR and AUDIT_ADMIN.
    async fn verify_events(&self, ctx: &Context<'_>) -> Answer<ChainVerdict> {
        let asking = asking(ctx);
        let viewer = asking.viewer()?;
        policy::may_verify(&viewer)?;
        let verdict = verify::walk(asking.app().db.read(), &viewer).await?;
        Ok(ChainVerdict {
            intact: verdict.first_break.is_none(),
            checked: i32::try_from(verdict.checked).unwrap_or(i32::MAX),
            first_break: verdict.first_break.map(|id| id.to_string().into()),
        })
    }
}

#[derive(Default)]
pub struct EventSubscription;

#[Subscription(name = "Subscription")]
impl EventSubscription {
    /// A challenge's public life: published, amended, answered, deadline moved, closed, opened, noticed, awarded.
    async fn challenge_changed(
        &self,
        ctx: &Context<'_>,
        challenge_id: ID,
    ) -> Result<impl Stream<Item = Answer<Event>> + use<>, Refusal> {
        let asking = asking(ctx);
        let challenge: ChallengeId = faults::id("challengeId", &challenge_id)?;
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let begun = async {
            Challenge::find(asking, challenge).await?.ok_or(Error::Hidden)?;
            Ok::<_, Refusal>(app.follow.listen(&app.db).await?)
        };
        let mut happens = app.db.while_alive(begun).await??;
        Ok(async_stream::try_stream! {
            loop {
                let one = match happens.recv().await {
                    Ok(one) if one.challenge == challenge => one,
                    Ok(_) => continue,
                    Err(behind) => Err(Error::Unavailable(behind.to_string()))?,
                };
                // Who may no longer see the challenge hears no more of it.
                let seen = challenges::is_seen(app.db.read(), &viewer, challenge);
                if !app.db.while_alive(seen).await.flatten()? {
                    break;
                }
                yield Event(one.event.clone());
            }
        })
    }
}
