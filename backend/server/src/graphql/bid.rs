//! Bids (揭榜): what of them is shown to whom has been decided by the platform; here it is only wrapped.

mod acts;
mod uploads;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, MergedObject, Object, SimpleObject};
use jiebang_platform::access::Sealed;
use jiebang_platform::access::bids as policy;
use jiebang_platform::base::id::{BidId, ChallengeId, ConsentId, IndicatorId};
use jiebang_platform::base::words as w;
use jiebang_platform::base::{Error, Page, faults};
use jiebang_platform::bids::check::Item;
use jiebang_platform::bids::correct::Corrected;
use jiebang_platform::bids::read::{self, BidView, ConsentView, CorrectionView, FindingView, OpeningView, ReceiptView};
use jiebang_platform::bids::request_correction::Asked;
use jiebang_platform::bids::{receipt, solution};
use jiebang_platform::challenges::read::{ChallengeView, IndicatorView};
use jiebang_platform::organizations::read::OrganizationView;
use jiebang_platform::reviews;

pub use acts::BidMutation;
pub use uploads::{Attachment, Upload, UploadMutation};

use super::account::User;
use super::challenge::{Challenge, Indicator, IndicatorsOf};
use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed, batches, pages};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::{DateTime, Decimal, Fen};
use super::words::{AmendmentResponse, BidStatus, FormalField};

/// A sealed answer to a challenge. A noun that hangs something on it adds its struct here.
#[derive(MergedObject)]
pub struct Bid(BidBase, uploads::BidUploads, super::review::BidSheets, super::negotiation::BidTalks);

impl Bid {
    /// For `Node`.
    pub async fn id(&self, _: &Context<'_>) -> Answer<ID> {
        Ok(self.0.0.id.to_string().into())
    }

    /// As the viewer has been found to know it.
    pub fn of(view: BidView) -> Self {
        let view = Arc::new(view);
        Self(
            BidBase(view.clone()),
            uploads::BidUploads(view.clone()),
            super::review::BidSheets(view.clone()),
            super::negotiation::BidTalks(view),
        )
    }

    /// If the viewer may know of it.
    pub async fn find(asking: &Asking, id: BidId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self::of))
    }

    /// Named by something that the viewer sees.
    pub async fn named(asking: &Asking, id: BidId) -> Answer<Self> {
        Ok(Self::find(asking, id).await?.ok_or(Error::Hidden)?)
    }

    /// Those of `ids` that the viewer may know of, in their order.
    pub async fn all_known(asking: &Asking, ids: &[BidId]) -> Answer<Vec<Self>> {
        let mut found = asking.loaders().load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).map(Self::of).collect())
    }
}

/// What a bid is and says, as far as this viewer is shown it.
pub struct BidBase(Arc<BidView>);

impl BidBase {
    fn is_own(&self) -> bool {
        policy::sees_own(self.0.standing)
    }

    fn names_bidder(&self) -> bool {
        policy::sees_bidder(self.0.standing, &self.0.facts)
    }

    fn is_opened(&self) -> bool {
        self.0.facts.challenge().opened()
    }

    /// The own draft, opened with the proof that it is the own.
    async fn own_draft(&self, asking: &Asking) -> Answer<Option<solution::Solution>> {
        if !self.is_own() {
            return Ok(None);
        }
        let proof = policy::may_read_own(&asking.viewer()?, &self.0.facts)?;
        let found = asking.loaders().load_one(DraftOf(self.0.id)).await?;
        Ok(found.map(|sealed| sealed.reveal(&proof).clone()))
    }
}

#[Object]
impl BidBase {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    /// Null where a blind review hides it.
    async fn bidder(&self, ctx: &Context<'_>) -> Answer<Option<Organization>> {
        if !self.names_bidder() {
            return Ok(None);
        }
        Ok(Some(Organization::named(asking(ctx), self.0.bidder).await?))
    }

    /// 方案 until the opening, then 方案 A, B … in random order.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// The other members of the consortium.
    async fn members(&self, ctx: &Context<'_>) -> Answer<Vec<Organization>> {
        let asking = asking(ctx);
        if !self.names_bidder() {
            return Ok(Vec::new());
        }
        if self.is_opened() {
            let found = asking.loaders().load_one(MembersOf(self.0.id)).await?;
            return Ok(found.unwrap_or_default().into_iter().map(Organization).collect());
        }
        match self.own_draft(asking).await? {
            Some(draft) => Organization::all_named(asking, &draft.members).await,
            None => Ok(Vec::new()),
        }
    }

    /// To its bidder FORMAL_PASSED or NEGOTIATING until the notice: the result is not told by the state.
    async fn status(&self) -> BidStatus {
        self.0.status.into()
    }

    /// The optimistic lock, moved by its bidder's edits alone.
    async fn version(&self) -> i32 {
        self.0.version
    }

    async fn submitted_at(&self) -> Option<DateTime> {
        self.0.submitted_at.filter(|_| self.names_bidder()).map(DateTime::from)
    }

    /// Whether its bidder, a member or its investigator is named in what judges read of it in a blind review; for those who check it.
    async fn named_in_blind_part(&self, ctx: &Context<'_>) -> Answer<Option<bool>> {
        let blind = self.0.facts.challenge().is_blind();
        if !blind || !policy::sees_check(self.0.standing, &self.0.facts) {
            return Ok(None);
        }
        Ok(asking(ctx).loaders().load_one(NamedInBlindPart(self.0.id)).await?)
    }

    /// To its bidder: what a material amendment asks for before what was handed in counts again; null: it counts.
    async fn response_needed(&self) -> Option<AmendmentResponse> {
        self.0.facts.asked().filter(|_| self.is_own()).map(AmendmentResponse::from)
    }

    /// The bidder's revision in progress; what was handed in stays in force until the revision is.
    async fn draft(&self, ctx: &Context<'_>) -> Answer<Option<Solution>> {
        let draft = self.own_draft(asking(ctx)).await?;
        Ok(draft.map(|draft| Solution::new(&self.0, draft, Stage::Draft)))
    }

    /// What was handed in: null while sealed (its bidder reads it with readSealedBid); after the opening as far as the review
    /// phase lets the viewer.
    async fn solution(&self, ctx: &Context<'_>) -> Answer<Option<Solution>> {
        let Ok(proof) = policy::may_read_opened(self.0.standing, &self.0.facts) else { return Ok(None) };
        let found = asking(ctx).loaders().load_one(SolutionOf(self.0.id)).await?;
        Ok(found.map(|sealed| {
            let content = read::as_read(sealed.reveal(&proof).clone(), policy::reads(self.0.standing, &self.0.facts));
            Solution::new(&self.0, content, Stage::Opened)
        }))
    }

    /// For its bidder.
    async fn receipt(&self, ctx: &Context<'_>) -> Answer<Option<Receipt>> {
        if !self.is_own() {
            return Ok(None);
        }
        Ok(asking(ctx).loaders().load_one(ReceiptOf(self.0.id)).await?.map(Receipt::from))
    }

    /// For its bidder, organizers and supervisors.
    async fn formal_check(&self, ctx: &Context<'_>) -> Answer<Option<FormalCheck>> {
        if !policy::sees_check(self.0.standing, &self.0.facts) {
            return Ok(None);
        }
        let found = asking(ctx).loaders().load_one(CheckOf(self.0.id)).await?;
        Ok(found.map(|(passed, items)| FormalCheck {
            passed,
            items: items.into_iter().map(FormalCheckItem::from).collect(),
        }))
    }

    /// In which way it could not be opened, or is not what was committed to; for its bidder, organizers and supervisors. A person decides
    /// what comes of it, in the formal check.
    async fn broken(&self) -> Option<&str> {
        self.0.broken.as_deref().filter(|_| policy::sees_check(self.0.standing, &self.0.facts))
    }

    /// A failure that one organizer has found and another has still to find; for organizers and supervisors.
    async fn formal_finding(&self, ctx: &Context<'_>) -> Answer<Option<FormalFinding>> {
        if !policy::sees_finding(self.0.standing, &self.0.facts) {
            return Ok(None);
        }
        Ok(asking(ctx).loaders().load_one(FindingOf(self.0.id)).await?.map(FormalFinding))
    }

    /// The one round in which its form, and nothing else, may be corrected. For its bidder, organizers and supervisors.
    async fn correction(&self, ctx: &Context<'_>) -> Answer<Option<Correction>> {
        if !policy::sees_check(self.0.standing, &self.0.facts) {
            return Ok(None);
        }
        Ok(asking(ctx).loaders().load_one(CorrectionOf(self.0.id)).await?.map(Correction::from))
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let asking = asking(ctx);
        let has_draft = self.is_own() && asking.loaders().load_one(HasDraft(self.0.id)).await?.is_some();
        let mut beside = read::Beside { has_draft, correction: policy::CorrectionFacts::None, found_by: None };
        if self.0.facts.status() == w::BidStatus::Opened && policy::sees_check(self.0.standing, &self.0.facts) {
            let loaders = asking.loaders();
            beside.correction = loaders.load_one(CorrectionState(self.0.id)).await?.unwrap_or(beside.correction);
            beside.found_by = loaders.load_one(FindingOf(self.0.id)).await?.map(|finding| finding.found_by);
        }
        let mut actions = read::actions(&asking.viewer()?, &self.0, beside, asking.app().clock.now());
        actions.extend(super::review::bid_actions(asking, &self.0).await?);
        actions.extend(super::award::bid_actions(asking, &self.0)?);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

/// What a bid proposes (解决方案).
pub struct Solution {
    of: ChallengeId,
    bid: BidId,
    content: solution::Solution,
    stage: Stage,
}

/// How far a solution has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Draft,
    /// Read back by its bidder.
    Sealed,
    Opened,
}

impl Solution {
    fn new(bid: &BidView, content: solution::Solution, stage: Stage) -> Self {
        Self { of: bid.challenge, bid: bid.id, content, stage }
    }
}

#[Object]
impl Solution {
    async fn title(&self) -> &str {
        &self.content.title
    }

    async fn summary(&self) -> &str {
        &self.content.summary
    }

    async fn technical_approach(&self) -> &str {
        &self.content.technical_approach
    }

    async fn implementation_plan(&self) -> &str {
        &self.content.implementation_plan
    }

    async fn team_introduction(&self) -> &str {
        &self.content.team_introduction
    }

    async fn principal_investigator(&self) -> &str {
        &self.content.principal_investigator
    }

    async fn requested_funding(&self) -> Option<Fen> {
        self.content.requested_funding.map(Fen::from)
    }

    /// 1 … 9 by GB/T 22900, to 13 with its extension to markets.
    async fn readiness_level(&self) -> Option<i32> {
        self.content.readiness_level
    }

    /// What is promised for each indicator.
    async fn commitments(&self, ctx: &Context<'_>) -> Answer<Vec<IndicatorCommitment>> {
        let found = asking(ctx).loaders().load_one(IndicatorsOf(self.of)).await?.unwrap_or_default();
        let known: HashMap<IndicatorId, IndicatorView> = found.into_iter().map(|view| (view.id, view)).collect();
        let promised = self.content.commitments.iter().filter_map(|given| {
            let indicator = known.get(&given.indicator)?.clone().into();
            Some(IndicatorCommitment { indicator, value: given.value.into(), note: given.note.clone() })
        });
        Ok(promised.collect())
    }

    /// The ids of the files that it names, in order: also of those that have not come whole.
    async fn attachment_ids(&self) -> Vec<ID> {
        let handed_in = self.content.attachments.iter().map(|file| file.id);
        self.content.uploads.iter().copied().chain(handed_in).map(|id| id.to_string().into()).collect()
    }

    /// Its files, in the order in which it names them; of a draft those that have come whole.
    async fn attachments(&self, ctx: &Context<'_>) -> Answer<Vec<Attachment>> {
        match self.stage {
            Stage::Draft => Attachment::of_draft(asking(ctx), self.bid, &self.content).await,
            Stage::Sealed | Stage::Opened => Ok(Attachment::handed_in(&self.content, self.stage == Stage::Opened)),
        }
    }
}

/// What is promised for one indicator.
#[derive(SimpleObject)]
struct IndicatorCommitment {
    indicator: Indicator,
    value: Decimal,
    note: Option<String>,
}

/// Signed by the server: proof of what was handed in and when, verifiable offline with the keys at
/// `/.well-known/receipt-keys.json`.
#[derive(SimpleObject)]
pub struct Receipt {
    bid_id: ID,
    /// Counts this bid's submissions.
    version: i32,
    /// SHA-256 over salt and canonical content, in hex.
    commitment: String,
    /// Only the bidder gets it; with it the bidder can show its content.
    /// Shown once, with the answer to submitBid; it lies inside the seal, and readSealedBid reads it there.
    salt: Option<String>,
    sealed_at: DateTime,
    /// The last part of `compact`.
    signature: String,
    key_id: String,
    /// A JWS (EdDSA, typ bid-receipt+jws) that carries all of it but the salt.
    compact: String,
}

impl From<ReceiptView> for Receipt {
    fn from(view: ReceiptView) -> Self {
        Self {
            bid_id: view.bid.to_string().into(),
            version: view.version,
            commitment: view.commitment,
            salt: view.salt,
            sealed_at: view.sealed_at.into(),
            signature: receipt::signature(&view.compact).to_owned(),
            key_id: view.key_id,
            compact: view.compact,
        }
    }
}

/// `valid`: genuine and held, in force or not; `inForce`: the one that counts.
#[derive(SimpleObject)]
struct ReceiptVerdict {
    valid: bool,
    in_force: Option<bool>,
    /// Why it is not valid: malformed, unknown_key, wrong_signature or not_held.
    reason: Option<String>,
    bid_id: Option<ID>,
    sealed_at: Option<DateTime>,
}

/// The formal check (形式审查).
#[derive(SimpleObject)]
struct FormalCheck {
    passed: bool,
    items: Vec<FormalCheckItem>,
}

/// One item of the checklist.
#[derive(SimpleObject)]
struct FormalCheckItem {
    name: String,
    passed: bool,
    reason: Option<String>,
}

impl From<Item> for FormalCheckItem {
    fn from(item: Item) -> Self {
        Self { name: item.name, passed: item.passed, reason: item.reason }
    }
}

/// A failure that one organizer has found, and another has still to find.
struct FormalFinding(FindingView);

#[Object]
impl FormalFinding {
    async fn found_by(&self, ctx: &Context<'_>) -> Answer<User> {
        User::named(asking(ctx), self.0.found_by).await
    }

    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    async fn items(&self) -> Vec<FormalCheckItem> {
        self.0.items.iter().cloned().map(FormalCheckItem::from).collect()
    }
}

/// What a bidder was asked to correct, and how it did.
#[derive(SimpleObject)]
struct Correction {
    asked: Vec<CorrectionItem>,
    asked_at: DateTime,
    /// At that instant it is too late, and the bid has failed its formal check.
    due_at: DateTime,
    /// Null until it is answered.
    answers: Option<Vec<CorrectionAnswer>>,
    answered_at: Option<DateTime>,
}

#[derive(SimpleObject)]
struct CorrectionItem {
    field: FormalField,
    what: String,
}

#[derive(SimpleObject)]
struct CorrectionAnswer {
    field: FormalField,
    text: String,
}

impl From<CorrectionView> for Correction {
    fn from(view: CorrectionView) -> Self {
        let item = |asked: Asked| CorrectionItem { field: asked.field.into(), what: asked.what };
        let answer = |given: Corrected| CorrectionAnswer { field: given.field.into(), text: given.text };
        Self {
            asked: view.asked.into_iter().map(item).collect(),
            asked_at: view.asked_at.into(),
            due_at: view.due_at.into(),
            answers: view.answers.map(|answers| answers.into_iter().map(answer).collect()),
            answered_at: view.answered_at.map(DateTime::from),
        }
    }
}

/// The bids of a challenge.
pub struct ChallengeBids(pub(super) Arc<ChallengeView>);

#[Object]
impl ChallengeBids {
    /// Until the bids are opened: a bidder's own, null to everybody else.
    async fn bids(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Option<Connection<Bid>>> {
        let asking = asking(ctx);
        let request = page::request(first, after.as_deref())?;
        if !policy::may_list(&asking.viewer()?, &self.0.facts) {
            return Ok(None);
        }
        let (loaders, id) = (asking.loaders(), self.0.id);
        let found = loaders.load_one(BidsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(BidCount(id)).await?.unwrap_or(0)) }
        });
        Ok(Some(page::connection(found, total, Bid::of)))
    }

    /// The record of the opening (开启记录); null until then.
    async fn opening_record(&self, ctx: &Context<'_>) -> Answer<Option<OpeningRecord>> {
        let asking = asking(ctx);
        let viewer = asking.viewer()?;
        let Some(record) = asking.loaders().load_one(OpeningOf(self.0.id)).await? else { return Ok(None) };
        let bids = policy::own_of(&viewer).is_some() && asking.loaders().load_one(HasBid(self.0.id)).await?.is_some();
        let told = policy::sees_openers(&viewer, &self.0.facts, bids);
        Ok(Some(OpeningRecord { record, told }))
    }

    /// Null to everybody, bidders too, until the bids are opened.
    async fn bid_count(&self) -> Option<i32> {
        self.0.bid_count.filter(|_| policy::tells_count(&self.0.facts))
    }
}

/// How the bids of a challenge were opened.
struct OpeningRecord {
    record: OpeningView,
    told: bool,
}

#[Object]
impl OpeningRecord {
    /// Null where too few bids had been handed in: they stay sealed.
    async fn opened_at(&self) -> Option<DateTime> {
        self.record.opened_at.map(DateTime::from)
    }

    /// The officers who opened; for organizers, supervisors, the department and those who bid there.
    async fn opened_by(&self, ctx: &Context<'_>) -> Answer<Option<Vec<User>>> {
        if !self.told {
            return Ok(None);
        }
        let asking = asking(ctx);
        let mut officers = Vec::new();
        for (officer, _) in &self.record.approvals {
            officers.push(User::named(asking, *officer).await?);
        }
        Ok(Some(officers))
    }

    /// Of the bids in force at the deadline, sorted: what the draw of the panel mixes in. Empty where they stay sealed.
    async fn commitments(&self) -> &[String] {
        &self.record.commitments
    }

    /// SHA-256 over it and the commitments is the root.
    async fn nonce(&self) -> Option<&str> {
        self.record.nonce.as_deref()
    }

    /// Published when the challenge closed: no bid was slipped in afterwards.
    async fn root(&self) -> Option<&str> {
        self.record.root.as_deref()
    }
}

/// The mutations of bids that would be accepted from the viewer on a challenge now.
pub async fn challenge_actions(asking: &Asking, challenge: &ChallengeView) -> Answer<Vec<&'static str>> {
    let viewer = asking.viewer()?;
    let has_bid = policy::own_of(&viewer).is_some() && asking.loaders().load_one(HasBid(challenge.id)).await?.is_some();
    Ok(read::challenge_actions(&viewer, &challenge.facts, has_bid))
}

pub struct ConsortiumRequest(ConsentView);

impl ConsortiumRequest {
    async fn named(asking: &Asking, id: ConsentId) -> Answer<Self> {
        let found = read::consent(asking.app().db.read(), &asking.viewer()?, id).await?;
        Ok(Self(found.ok_or(Error::Hidden)?))
    }
}

/// A lead asks the viewer's organization to bid together with it (联合体).
#[Object]
impl ConsortiumRequest {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    async fn lead(&self, ctx: &Context<'_>) -> Answer<Organization> {
        Organization::named(asking(ctx), self.0.lead).await
    }

    /// All whom the lead names as members, the viewer's organization among them; empty: it is named no more.
    async fn members(&self, ctx: &Context<'_>) -> Answer<Vec<Organization>> {
        let asking = asking(ctx);
        let named = asking.loaders().load_one(NamedWith(self.0.bid)).await?.unwrap_or_default();
        Organization::all_named(asking, &named).await
    }

    async fn asked_at(&self) -> DateTime {
        self.0.asked_at.into()
    }

    /// Null: not answered yet.
    async fn agreed(&self) -> Option<bool> {
        self.0.agreed
    }

    async fn answered_at(&self) -> Option<DateTime> {
        self.0.answered_at.map(DateTime::from)
    }
}

#[derive(Default)]
pub struct ViewerBids;

#[Object]
impl ViewerBids {
    /// Who asks the viewer's organization to bid together with it, oldest first.
    async fn consortium_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<ConsortiumRequest>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let request = page::request(first, after.as_deref())?;
        let found = read::consents(app.db.read(), &viewer, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::consent_count(app.db.read(), &viewer).await }
        });
        Ok(page::connection(found, total, ConsortiumRequest))
    }

    /// The bids of the viewer's organization, oldest first.
    async fn bids(
        &self,
        ctx: &Context<'_>,
        challenge: Option<ID>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Bid>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let request = page::request(first, after.as_deref())?;
        let challenge: Option<ChallengeId> = challenge.map(|id| faults::id("challenge", &id)).transpose()?;
        let found = read::own(app.db.read(), &viewer, app.clock.now(), challenge, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::own_count(app.db.read(), &viewer, challenge).await }
        });
        Ok(page::connection(found, total, Bid::of))
    }
}

#[derive(Default)]
pub struct BidQuery;

#[Object]
impl BidQuery {
    /// Does this receipt match what the platform holds? Works for anybody who has the receipt.
    async fn verify_receipt(&self, ctx: &Context<'_>, receipt: String) -> Answer<ReceiptVerdict> {
        let verdict = receipt::verify(asking(ctx).app(), &receipt).await?;
        Ok(ReceiptVerdict {
            valid: verdict.valid,
            in_force: verdict.in_force,
            reason: verdict.reason.map(|flaw| flaw.word().to_owned()),
            bid_id: verdict.bid.map(|id| id.to_string().into()),
            sealed_at: verdict.sealed_at.map(DateTime::from),
        })
    }
}

batches! {
    MembersOf(BidId) -> Vec<OrganizationView> = |batch, ids| read::members(batch.app.db.read(), &ids).await,
    DraftOf(BidId) -> Arc<Sealed<solution::Solution>> = |batch, ids| shared(read::drafts(&batch.app, &ids).await),
    HasDraft(BidId) -> () = |batch, ids| read::drafted(batch.app.db.read(), &ids).await,
    SolutionOf(BidId) -> Arc<Sealed<solution::Solution>> =
        |batch, ids| shared(read::solutions(batch.app.db.read(), &ids).await),
    NamedInBlindPart(BidId) -> bool = |batch, ids| read::named_in_blind_part(batch.app.db.read(), &ids).await,
    CheckOf(BidId) -> (bool, Vec<Item>) = |batch, ids| read::formal_checks(batch.app.db.read(), &ids).await,
    OpeningOf(ChallengeId) -> OpeningView = |batch, ids| read::openings(batch.app.db.read(), &ids).await,
    FindingOf(BidId) -> FindingView = |batch, ids| read::findings(batch.app.db.read(), &ids).await,
    CorrectionOf(BidId) -> CorrectionView = |batch, ids| read::corrections(batch.app.db.read(), &ids).await,
    CorrectionState(BidId) -> policy::CorrectionFacts =
        |batch, ids| read::correction_facts(batch.app.db.read(), &ids).await,
    ReceiptOf(BidId) -> ReceiptView = |batch, ids| read::receipts(batch.app.db.read(), &ids).await,
    BidCount(ChallengeId) -> u64 = |batch, ids| {
        let judged = judged(batch).await?;
        read::counts(batch.app.db.read(), &batch.viewer, &judged, &ids).await
    },
    NamedWith(BidId) -> Vec<jiebang_platform::base::id::OrganizationId> =
        |batch, ids| read::named_with(batch.app.db.read(), &batch.viewer, &ids).await,
    HasBid(ChallengeId) -> () = |batch, ids| {
        let found = read::bid_on(batch.app.db.read(), &batch.viewer, &ids).await?;
        Ok::<_, Error>(found.into_iter().map(|id| (id, ())).collect::<HashMap<_, _>>())
    },
}

type Contents = HashMap<BidId, Sealed<solution::Solution>>;

fn shared(found: Result<Contents, Error>) -> Result<HashMap<BidId, Arc<Sealed<solution::Solution>>>, Error> {
    Ok(found?.into_iter().map(|(id, sealed)| (id, Arc::new(sealed))).collect())
}

/// The challenges on whose panel the viewer sits.
async fn judged(batch: &Batch) -> Result<Vec<ChallengeId>, Error> {
    reviews::read::judged(batch.app.db.read(), &batch.viewer).await
}

impl Loader<BidId> for Batch {
    type Value = BidView;
    type Error = Failed;

    async fn load(&self, ids: &[BidId]) -> Result<HashMap<BidId, BidView>, Failed> {
        let judged = judged(self).await.map_err(Arc::new)?;
        let now = self.app.clock.now();
        let found = read::by_ids(self.app.db.read(), &self.viewer, &judged, now, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

pages! {
    BidsOf(ChallengeId) -> BidView = |batch, ids, request| {
        let (judged, now) = (judged(batch).await?, batch.app.clock.now());
        read::of_challenges(batch.app.db.read(), &batch.viewer, &judged, now, &ids, &request).await
    },
}
