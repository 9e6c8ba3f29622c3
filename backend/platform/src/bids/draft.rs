//! `draftBid`: a verified enterprise begins a bid. It may be incomplete; it is encrypted from the first byte.

use serde::Serialize;
use serde_json::json;

use super::draft_keys::DraftKey;
use super::solution::NewSolution;
use super::store::SealedDraft;
use super::{Done, sealing, store, uploads};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::{ChallengeId, OrganizationId};
use crate::base::{Faults, Result, faults};
use crate::challenges::content::MEMBERS;
use crate::challenges::{self, Lock};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::organizations;

/// What `draftBid` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DraftBid {
    pub challenge_id: String,
    pub solution: NewSolution,
    pub member_ids: Vec<String>,
    pub idempotency_key: Option<String>,
}

impl Content for DraftBid {
    const MUTATION: &'static str = "draftBid";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Drafts the bid of the actor's enterprise; an enterprise has one bid on a challenge.
pub async fn draft(app: &App, viewer: &Viewer, new: DraftBid) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Nobody makes the server keep a key without leave; the check that decides stands in the transaction.
    policy::may_draft(viewer, &challenges::glance(app.db.read(), challenge, app.clock.now()).await?)?;
    let key = DraftKey::made(app).await?;
    let (new, draft_key) = (&new, &key);
    let drafted = app
        .db
        .once(&once, move |txn| async move {
            let facts = challenges::facts_of(&txn, challenge, Lock::Share, &app.clock).await?.facts;
            let proof = policy::may_draft(viewer, &facts)?;
            let now = app.clock.now();
            let indicators = challenges::indicators(&*txn, challenge).await?;
            let mut faults = Faults::new();
            let solution = new.solution.check(&new.member_ids, &indicators, &mut faults);
            check_members(&txn, proof.bidder(), facts.department(), &solution.members, &mut faults).await?;
            // A bid that is not begun has no files.
            uploads::check_named(&solution.uploads, &[], &mut faults);
            faults.done()?;
            let bidder = proof.bidder();
            let draft = SealedDraft { sealed: sealing::seal_draft(draft_key, &solution)?, key: draft_key.id };
            let bid = store::draft(&txn, proof, draft, now).await?;
            store::ask_members(&txn, bid, &solution.members, now).await?;
            let happening = Happening {
                kind: EventKind::BidDrafted,
                subject: bid.to_string(),
                challenge: Some(challenge),
                audience: Audience::Bidder(bidder),
                by: By::Person(actor.user),
                at: now,
                public: json!({ "challenge": challenge, "person": actor.user }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { bid })
        })
        .await;
    key.drop_unused(app, &drafted).await;
    drafted
}

/// Members are verified organizations of a kind that bids, other than the bidder (domain rules 2.5).
pub(super) async fn check_members(
    txn: &Txn,
    bidder: OrganizationId,
    department: OrganizationId,
    members: &[OrganizationId],
    faults: &mut Faults,
) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    if members.len() > MEMBERS.unsigned_abs() as usize {
        faults.add_with("memberIds", FaultCode::TooLong, MEMBERS);
        return Ok(());
    }
    let known = organizations::read::named(txn, members).await?;
    for (place, member) in members.iter().enumerate() {
        let fit = *member != bidder
            && *member != department
            && known.iter().any(|known| known.id == *member && known.verified && known.kind.bids());
        faults.check(fit, format!("memberIds.{place}"), FaultCode::MemberUnfit);
    }
    Ok(())
}
