//! Objections (异议) and complaints (投诉): what is said against a notice, and what has come of it.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::awards::evidence::Filed;
use jiebang_platform::awards::read::{self, ComplaintView, DueFilter, ObjectionView};
use jiebang_platform::awards::{
    self, AcceptComplaint, DecideComplaint, NewRemedy, RaiseComplaint, WithdrawComplaint, WithdrawObjection,
};
use jiebang_platform::base::Error;
use jiebang_platform::base::id::{ChallengeId, ComplaintId, ObjectionId};
use jiebang_platform::events;

use super::award::Notice;
use super::bid::{Attachment, Bid};
use super::challenge::Challenge;
use super::context::{Asking, asking};
use super::error::Answer;
use super::evidence;
use super::loaders::{Batch, Failed, batches};
use super::page::{self, Connection, Total};
use super::scalars::DateTime;
use super::words::{ComplaintStatus, ObjectionStatus, Remedy};

/// An objection (异议) to a notice, for organizers, supervisors and the bidder who raised it.
pub struct Objection(ObjectionView);

impl From<ObjectionView> for Objection {
    fn from(view: ObjectionView) -> Self {
        Self(view)
    }
}

#[Object]
impl Objection {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    /// The notice that it was raised against, void or not.
    async fn notice(&self, ctx: &Context<'_>) -> Answer<Option<Notice>> {
        Notice::find(asking(ctx), self.0.notice).await
    }

    async fn grounds(&self) -> &str {
        &self.0.grounds
    }

    async fn requested_remedy(&self) -> Option<&str> {
        self.0.requested_remedy.as_deref()
    }

    /// The files that went with it.
    async fn evidence(&self, ctx: &Context<'_>) -> Answer<Vec<Attachment>> {
        evidence::filed(asking(ctx), Filed::With(self.0.id)).await
    }

    async fn status(&self) -> ObjectionStatus {
        self.0.status.into()
    }

    async fn ruling(&self) -> Option<&str> {
        self.0.ruling.as_deref()
    }

    async fn raised_at(&self) -> DateTime {
        self.0.raised_at.into()
    }

    async fn ruled_at(&self) -> Option<DateTime> {
        self.0.ruled_at.map(DateTime::from)
    }

    /// By when it is to be ruled on, in working days of the real calendar; null where no calendar tells.
    async fn due_at(&self) -> Option<DateTime> {
        self.0.due_at.map(DateTime::from)
    }

    /// Whether it should have been ruled on by now.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.facts.is_overdue(asking(ctx).app().clock.now())
    }

    /// What upholding it has led to, besides a new notice.
    async fn remedy(&self) -> Option<Remedy> {
        self.0.remedy.map(Remedy::from)
    }

    /// The bid that was disqualified by it.
    async fn remedy_bid(&self, ctx: &Context<'_>) -> Answer<Option<Bid>> {
        match self.0.remedy_bid {
            Some(bid) => Bid::find(asking(ctx), bid).await,
            None => Ok(None),
        }
    }

    /// The complaint behind it.
    async fn complaint(&self, ctx: &Context<'_>) -> Answer<Option<Complaint>> {
        Ok(asking(ctx).loaders().load_one(ComplaintBehind(self.0.id)).await?.map(Complaint))
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let asking = asking(ctx);
        let (viewer, now) = (asking.viewer()?, asking.app().clock.now());
        let challenge = asking.loaders().load_one(self.0.challenge).await?.ok_or(Error::Hidden)?;
        let took_part = asking.loaders().load_one(TookPart(self.0.challenge)).await?.is_some();
        let complaint = read::Complaint {
            there: asking.loaders().load_one(ComplaintBehind(self.0.id)).await?.is_some(),
            until: asking.loaders().load_one(Complainable(self.0.id)).await?,
        };
        let actions = read::objection_actions(&viewer, &challenge.facts, &self.0, took_part, complaint, now);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

impl Objection {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: ObjectionId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self))
    }
}

/// A complaint (投诉): the bidder whose objection was dismissed, or not ruled on in time, has turned to the supervisors.
pub struct Complaint(ComplaintView);

#[Object]
impl Complaint {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    /// The objection that it stands behind.
    async fn objection(&self, ctx: &Context<'_>) -> Answer<Option<Objection>> {
        Objection::find(asking(ctx), self.0.objection).await
    }

    async fn grounds(&self) -> &str {
        &self.0.grounds
    }

    async fn requested_remedy(&self) -> Option<&str> {
        self.0.requested_remedy.as_deref()
    }

    /// The files that went with it.
    async fn evidence(&self, ctx: &Context<'_>) -> Answer<Vec<Attachment>> {
        evidence::filed(asking(ctx), Filed::Behind(self.0.id)).await
    }

    async fn status(&self) -> ComplaintStatus {
        self.0.status.into()
    }

    async fn raised_at(&self) -> DateTime {
        self.0.raised_at.into()
    }

    /// By when the next step is due: that it is accepted or not, then that it is decided.
    async fn due_at(&self) -> Option<DateTime> {
        self.0.due_at.map(DateTime::from)
    }

    /// Whether that step should have come by now.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.due_at.is_some_and(|due| asking(ctx).app().clock.now() >= due)
    }

    /// The decision, or why it is not looked into.
    async fn decision(&self) -> Option<&str> {
        self.0.decision.as_deref()
    }

    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided_at.map(DateTime::from)
    }

    /// What upholding it has led to, besides a new notice.
    async fn remedy(&self) -> Option<Remedy> {
        self.0.remedy.map(Remedy::from)
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let asking = asking(ctx);
        let viewer = asking.viewer()?;
        let challenge = asking.loaders().load_one(self.0.challenge).await?.ok_or(Error::Hidden)?;
        let took_part = asking.loaders().load_one(TookPart(self.0.challenge)).await?.is_some();
        let Some(objection) = asking.loaders().load_one(self.0.objection).await? else { return Ok(Vec::new()) };
        let actions = read::complaint_actions(&viewer, &challenge.facts, (&objection, &self.0), took_part);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

impl Complaint {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: ComplaintId) -> Answer<Option<Self>> {
        let found = read::complaints_by_ids(asking.app().db.read(), &asking.viewer()?, &[id]).await?;
        Ok(found.into_iter().next().map(Self))
    }
}

/// What is not given does not narrow.
#[derive(InputObject, Default)]
struct ObjectionFilter {
    /// It waits for somebody.
    open: Option<bool>,
    /// Somebody should have acted by now.
    overdue: Option<bool>,
}

impl From<ObjectionFilter> for DueFilter {
    fn from(given: ObjectionFilter) -> Self {
        Self { open: given.open, overdue: given.overdue }
    }
}

#[derive(Default)]
pub struct ObjectionQuery;

#[Object]
impl ObjectionQuery {
    /// All for organizers and supervisors, a bidder's own for itself; oldest first.
    async fn objections(
        &self,
        ctx: &Context<'_>,
        filter: Option<ObjectionFilter>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Objection>> {
        let asking = asking(ctx);
        let (viewer, app) = (asking.viewer()?, asking.app().clone());
        let filter: DueFilter = filter.unwrap_or_default().into();
        let request = page::request(first, after.as_deref())?;
        let found = read::all_objections(app.db.read(), &viewer, filter, app.clock.now(), &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::count_objections(app.db.read(), &viewer, filter, app.clock.now()).await }
        });
        Ok(page::connection(found, total, Objection))
    }

    /// As of objections.
    async fn complaints(
        &self,
        ctx: &Context<'_>,
        filter: Option<ObjectionFilter>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Complaint>> {
        let asking = asking(ctx);
        let (viewer, app) = (asking.viewer()?, asking.app().clone());
        let filter: DueFilter = filter.unwrap_or_default().into();
        let request = page::request(first, after.as_deref())?;
        let found = read::all_complaints(app.db.read(), &viewer, filter, app.clock.now(), &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::count_complaints(app.db.read(), &viewer, filter, app.clock.now()).await }
        });
        Ok(page::connection(found, total, Complaint))
    }
}

#[derive(InputObject)]
struct WithdrawObjectionInput {
    objection_id: ID,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RaiseComplaintInput {
    /// Dismissed, or not ruled on in time.
    objection_id: ID,
    grounds: String,
    requested_remedy: Option<String>,
    /// Evidence, uploaded beside the notice that the objection was raised against: 20 files at most.
    attachment_ids: Option<Vec<ID>>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct AcceptComplaintInput {
    complaint_id: ID,
    accepted: bool,
    /// Needed where it is not.
    reason: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct DecideComplaintInput {
    complaint_id: ID,
    upheld: bool,
    decision: String,
    /// What is ordered beside a new notice, where it is upheld before the award.
    remedy: Option<Remedy>,
    /// With DISQUALIFY: which bid.
    bid_id: Option<ID>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct WithdrawComplaintInput {
    complaint_id: ID,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct WithdrawObjectionPayload {
    objection: Objection,
}

#[derive(SimpleObject)]
struct RaiseComplaintPayload {
    complaint: Complaint,
}

#[derive(SimpleObject)]
struct AcceptComplaintPayload {
    complaint: Complaint,
}

#[derive(SimpleObject)]
struct DecideComplaintPayload {
    complaint: Complaint,
}

#[derive(SimpleObject)]
struct WithdrawComplaintPayload {
    complaint: Complaint,
}

async fn complaint(asking: &Asking, id: ComplaintId) -> Answer<Complaint> {
    Ok(Complaint::find(asking, id).await?.ok_or(Error::Hidden)?)
}

#[derive(Default)]
pub struct ObjectionMutation;

#[Object]
impl ObjectionMutation {
    /// The bidder that objected takes it back while it is not ruled on.
    async fn withdraw_objection(
        &self,
        ctx: &Context<'_>,
        input: WithdrawObjectionInput,
    ) -> Answer<WithdrawObjectionPayload> {
        let asking = asking(ctx);
        let new = WithdrawObjection { objection_id: input.objection_id.0, idempotency_key: input.idempotency_key };
        let done = awards::withdraw_objection(asking.app(), &asking.viewer()?, new).await?;
        let objection = Objection::find(asking, done.objection).await?.ok_or(Error::Hidden)?;
        Ok(WithdrawObjectionPayload { objection })
    }

    /// The bidder whose objection was dismissed, or not ruled on in time, complains (投诉): within ten days, once an objection.
    async fn raise_complaint(&self, ctx: &Context<'_>, input: RaiseComplaintInput) -> Answer<RaiseComplaintPayload> {
        let asking = asking(ctx);
        let new = RaiseComplaint {
            objection_id: input.objection_id.0,
            grounds: input.grounds,
            requested_remedy: input.requested_remedy,
            attachment_ids: evidence::named(input.attachment_ids),
            idempotency_key: input.idempotency_key,
        };
        let done = awards::raise_complaint(asking.app(), &asking.viewer()?, new).await?;
        Ok(RaiseComplaintPayload { complaint: complaint(asking, done.complaint).await? })
    }

    /// SUPERVISOR who took no part before looks into a complaint, or says why not.
    async fn accept_complaint(&self, ctx: &Context<'_>, input: AcceptComplaintInput) -> Answer<AcceptComplaintPayload> {
        let asking = asking(ctx);
        let new = AcceptComplaint {
            complaint_id: input.complaint_id.0,
            accepted: input.accepted,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = awards::accept_complaint(asking.app(), &asking.viewer()?, new).await?;
        Ok(AcceptComplaintPayload { complaint: complaint(asking, done.complaint).await? })
    }

    /// SUPERVISOR who took no part before decides an accepted complaint. Upheld before the award, the notice is void.
    async fn decide_complaint(&self, ctx: &Context<'_>, input: DecideComplaintInput) -> Answer<DecideComplaintPayload> {
        let asking = asking(ctx);
        let new = DecideComplaint {
            complaint_id: input.complaint_id.0,
            upheld: input.upheld,
            decision: input.decision,
            remedy: NewRemedy { remedy: input.remedy.map(Into::into), bid_id: input.bid_id.map(|id| id.0) },
            idempotency_key: input.idempotency_key,
        };
        let done = awards::decide_complaint(asking.app(), &asking.viewer()?, new).await?;
        Ok(DecideComplaintPayload { complaint: complaint(asking, done.complaint).await? })
    }

    /// The bidder that complained takes it back while it is not decided.
    async fn withdraw_complaint(
        &self,
        ctx: &Context<'_>,
        input: WithdrawComplaintInput,
    ) -> Answer<WithdrawComplaintPayload> {
        let asking = asking(ctx);
        let new = WithdrawComplaint { complaint_id: input.complaint_id.0, idempotency_key: input.idempotency_key };
        let done = awards::withdraw_complaint(asking.app(), &asking.viewer()?, new).await?;
        Ok(WithdrawComplaintPayload { complaint: complaint(asking, done.complaint).await? })
    }
}

impl Loader<ObjectionId> for Batch {
    type Value = ObjectionView;
    type Error = Failed;

    async fn load(&self, ids: &[ObjectionId]) -> Result<HashMap<ObjectionId, ObjectionView>, Failed> {
        let found = read::objections_by_ids(self.app.db.read(), &self.viewer, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

batches! {
    ComplaintBehind(ObjectionId) -> ComplaintView =
        |batch, ids| read::complaints_behind(batch.app.db.read(), &batch.viewer, &ids).await,
    Complainable(ObjectionId) -> jiebang_platform::base::Instant = |batch, ids| {
        let views = read::objections_by_ids(batch.app.db.read(), &batch.viewer, &ids).await?;
        read::complainable(batch.app.db.read(), &views).await
    },
    /// In which of these challenges the viewer took part.
    pub TookPart(ChallengeId) -> () = |batch, ids| {
        let found = match batch.viewer.user() {
            Some(user) => events::read::took_part_in(batch.app.db.read(), &ids, user).await?,
            None => Vec::new(),
        };
        Ok::<_, Error>(found.into_iter().map(|id| (id, ())).collect::<HashMap<_, _>>())
    },
    /// In which of these challenges a complaint waits to be decided.
    pub Complained(ChallengeId) -> () = |batch, ids| {
        let found = read::complained(batch.app.db.read(), &ids).await?;
        Ok::<_, Error>(found.into_iter().map(|id| (id, ())).collect::<HashMap<_, _>>())
    },
}
