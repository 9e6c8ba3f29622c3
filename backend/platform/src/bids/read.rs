//! Reading bids: the viewer first, narrowed in SQL, in batches. Before the opening a bid is its bidder's alone.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::check::Item;
use super::correct::Corrected;
use super::model::{self, Column, Entity, Model};
use super::request_correction::Asked;
use super::solution::Solution;
use super::{draft_keys, logged, sealing, store};
use crate::access::bids::{self as policy, BidFacts, CorrectionFacts, SeesOpened, Standing, Ties};
use crate::access::{Sealed, Viewer};
use crate::app::App;
use crate::base::id::{BidId, ChallengeId, ConsentId, Kind, OrganizationId, UserId};
use crate::base::words::{BidStatus, ChallengeStatus};
use crate::base::{Cursor, Error, Instant, Page, PageRequest, Result};
use crate::challenges::{self, model as challenge};
use crate::db::{Conn, Direction, Keyset, per_parent};
use crate::organizations::read::OrganizationView;
use crate::organizations::{self, model as organization};

/// A bid, as this viewer is shown it.
#[derive(Clone, Debug)]
pub struct BidView {
    pub id: BidId,
    pub challenge: ChallengeId,
    pub bidder: OrganizationId,
    /// 方案 until the opening, then 方案 A, B …
    pub label: String,
    /// The state as this viewer is told it.
    pub status: BidStatus,
    pub version: i32,
    pub submitted_at: Option<Instant>,
    /// In which way it could not be opened; for those who see its formal check.
    pub broken: Option<String>,
    /// How the viewer stands to it.
    pub standing: Standing,
    /// What policy asks of it.
    pub facts: BidFacts,
}

/// The receipt of a submission.
#[derive(Clone, Debug)]
pub struct ReceiptView {
    pub bid: BidId,
    pub version: i32,
    pub commitment: String,
    /// Only the bidder is given it.
    pub salt: Option<String>,
    pub sealed_at: Instant,
    pub key_id: String,
    pub compact: String,
}

/// The challenges on whose panel the viewer sits, having declared: told by `reviews`, which lies above.
pub type Judged<'a> = &'a [ChallengeId];

/// One page of the bids of each challenge that the viewer may know of.
pub async fn of_challenges(
    conn: &impl Conn,
    viewer: &Viewer,
    judged: Judged<'_>,
    now: Instant,
    ids: &[ChallengeId],
    request: &PageRequest,
) -> Result<HashMap<ChallengeId, Page<BidView>>> {
    let mut select = known(viewer, judged).filter(Column::ChallengeId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("bids", (Entity, Column::Id), Direction::Ascending);
    let statement = per_parent(conn, QueryTrait::query(&mut select), (Entity, Column::ChallengeId), &keyset, request)?;
    let rows = Model::find_by_statement(statement).all(conn).await?;
    let views = views(conn, viewer, judged, now, rows).await?;
    let groups = challenges::read::grouped(views, |view| view.challenge, |view| view);
    Ok(groups.into_iter().map(|(id, rows)| (id, keyset.cut(rows, request, cursor))).collect())
}

/// How many bids of each challenge the viewer may know of.
pub async fn counts(
    conn: &impl Conn,
    viewer: &Viewer,
    judged: Judged<'_>,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, u64>> {
    let rows: Vec<(ChallengeId, i64)> = known(viewer, judged)
        .select_only()
        .column(Column::ChallengeId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .group_by(Column::ChallengeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// The viewer's own bids, newest last.
pub async fn own(
    conn: &impl Conn,
    viewer: &Viewer,
    now: Instant,
    challenge: Option<ChallengeId>,
    request: &PageRequest,
) -> Result<Page<BidView>> {
    let Some(mut select) = own_bids(viewer, challenge) else { return Ok(Page::empty()) };
    let keyset = Keyset::by_id("own_bids", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?;
    Ok(keyset.cut(views(conn, viewer, &[], now, rows).await?, request, cursor))
}

/// How many bids the viewer's organization has.
pub async fn own_count(conn: &impl Conn, viewer: &Viewer, challenge: Option<ChallengeId>) -> Result<u64> {
    match own_bids(viewer, challenge) {
        Some(select) => Ok(select.count(conn).await?),
        None => Ok(0),
    }
}

fn own_bids(viewer: &Viewer, challenge: Option<ChallengeId>) -> Option<Select<Entity>> {
    let bidder = policy::own_of(viewer)?;
    let select = Entity::find().filter(Column::BidderId.eq(bidder));
    Some(match challenge {
        Some(challenge) => select.filter(Column::ChallengeId.eq(challenge)),
        None => select,
    })
}

/// Those of `ids` that the viewer may know of.
pub async fn by_ids(
    conn: &impl Conn,
    viewer: &Viewer,
    judged: Judged<'_>,
    now: Instant,
    ids: &[BidId],
) -> Result<Vec<BidView>> {
    let rows = known(viewer, judged).filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    views(conn, viewer, judged, now, rows).await
}

/// The members of consortia, of bids that the viewer has been shown; before the opening the bidder's own stand in the draft.
pub async fn members(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, Vec<OrganizationView>>> {
    use model::member;
    let rows = member::Entity::find()
        .find_also_related(organization::Entity)
        .filter(member::Column::BidId.is_in(ids.iter().copied()))
        .order_by_asc(member::Column::Position)
        .all(conn)
        .await?;
    let rows = rows.into_iter().filter_map(|(row, member)| Some((row.bid_id, member?))).collect();
    Ok(challenges::read::grouped(rows, |(bid, _)| *bid, |(_, member)| member.into()))
}

/// So many keys of drafts are fetched at once.
const AT_ONCE: usize = 8;

/// The revisions in progress, still closed. Only for the own bids of the viewer.
pub async fn drafts(app: &App, ids: &[BidId]) -> Result<HashMap<BidId, Sealed<Solution>>> {
    let rows = Entity::find()
        .find_also_related(model::draft::Entity)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(app.db.read())
        .await?;
    let drafts = rows.into_iter().filter_map(|(bid, draft)| Some((bid, draft?))).map(|(bid, draft)| async move {
        let Some(key) = draft_keys::opens(app, bid.id, bid.draft_key).await? else { return Ok(None) };
        Ok::<_, Error>(Some((bid.id, sealing::open_draft(&key, &draft.sealed)?)))
    });
    let found: Vec<_> = stream::iter(drafts).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Which of these bids have a revision in progress. Only for the own bids of the viewer.
pub async fn drafted(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, ()>> {
    use model::draft::{Column, Entity};
    let found: Vec<BidId> = Entity::find()
        .select_only()
        .column(Column::BidId)
        .filter(Column::BidId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().map(|id| (id, ())).collect())
}

/// What was opened, still closed to whoever has no proof.
pub async fn solutions(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, Sealed<Solution>>> {
    use model::solution::{Column, Entity};
    let rows = Entity::find().filter(Column::BidId.is_in(ids.iter().copied())).all(conn).await?;
    rows.into_iter().map(|row| Ok((row.bid_id, Sealed::new(serde_json::from_str(&row.content)?)))).collect()
}

/// What was opened of a bid, for an act of a viewer who may read it.
pub(crate) async fn opened(conn: &impl Conn, viewer: &Viewer, facts: &BidFacts) -> Result<Solution> {
    let proof = policy::may_read_opened(policy::standing(viewer, facts, policy::Ties::default()), facts)?;
    let found = solutions(conn, &[facts.id()]).await?.remove(&facts.id());
    let sealed = found.ok_or_else(|| anyhow::anyhow!("{} was opened without content", facts.id()))?;
    Ok(sealed.reveal(&proof).clone())
}

/// What is read of a content.
pub fn as_read(content: Solution, reads: policy::Reads) -> Solution {
    match reads {
        policy::Reads::Whole => content,
        policy::Reads::Blind => content.blinded(),
    }
}

/// Those of these opened bids in whose blind part somebody behind the bid is named. For whoever may see the formal check.
pub async fn named_in_blind_part(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, bool>> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    let bidders: Vec<OrganizationId> = rows.iter().map(|row| row.bidder_id).collect();
    let bidders = organizations::read::named(conn, &bidders).await?;
    let members = members(conn, ids).await?;
    let contents = model::solution::Entity::find()
        .filter(model::solution::Column::BidId.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    let found = contents.into_iter().map(|row| {
        let bidder = rows.iter().find(|bid| bid.id == row.bid_id).map(|bid| bid.bidder_id);
        let own = bidders.iter().filter(|one| Some(one.id) == bidder);
        let names: Vec<String> = own
            .chain(members.get(&row.bid_id).into_iter().flatten())
            .flat_map(|one| [one.name.clone(), one.uscc.clone()])
            .collect();
        let content: Solution = serde_json::from_str(&row.content)?;
        Ok((row.bid_id, content.names(&names)))
    });
    found.collect()
}

/// The formal checks of bids whose check the viewer may see.
pub async fn formal_checks(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, (bool, Vec<Item>)>> {
    use model::formal_check::{Column, Entity};
    let rows = Entity::find().filter(Column::BidId.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.bid_id, (row.passed, row.items.0))).collect())
}

/// The record of an opening (开启记录).
#[derive(Clone, Debug)]
pub struct OpeningView {
    /// None where too few bids had been handed in: they stay sealed.
    pub opened_at: Option<Instant>,
    /// Who approved it, and when; for those whom `access::bids::sees_openers` lets.
    pub approvals: Vec<(UserId, Instant)>,
    /// Of the bids in force at the deadline, sorted; empty where they stay sealed.
    pub commitments: Vec<String>,
    /// With the commitments it makes the root.
    pub nonce: Option<String>,
    /// Published when the challenge closed.
    pub root: Option<String>,
}

/// The records of these challenges' openings; none where two have not approved one.
pub async fn openings(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, OpeningView>> {
    let rows: Vec<(ChallengeId, ChallengeStatus, Option<Instant>)> = challenge::Entity::find()
        .select_only()
        .columns([challenge::Column::Id, challenge::Column::Status, challenge::Column::OpenedAt])
        .filter(challenge::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    let opened: Vec<ChallengeId> = rows.iter().filter(|(.., at)| at.is_some()).map(|(id, ..)| *id).collect();
    let mut commitments = logged::told(conn, &opened).await?;
    let mut closings = store::closings(conn, ids).await?;
    let approvals = model::approval::Entity::find()
        .filter(model::approval::Column::ChallengeId.is_in(ids.iter().copied()))
        .order_by_asc(model::approval::Column::At)
        .all(conn)
        .await?;
    let record = |(id, status, opened_at): (ChallengeId, ChallengeStatus, Option<Instant>)| {
        let of = approvals.iter().filter(|row| row.challenge_id == id);
        let approvals: Vec<_> = of.map(|row| (row.organizer_id, row.at)).collect();
        let failed = status == ChallengeStatus::Failed && approvals.len() >= 2;
        let closing = closings.remove(&id);
        let (nonce, root) = closing.map_or((None, None), |(nonce, root)| (Some(nonce), Some(root)));
        let record = OpeningView {
            opened_at,
            approvals,
            commitments: commitments.remove(&id).unwrap_or_default(),
            nonce: nonce.filter(|_| opened_at.is_some()),
            root,
        };
        (opened_at.is_some() || failed).then_some((id, record))
    };
    Ok(rows.into_iter().filter_map(record).collect())
}

/// A failure that one organizer has found, and another has still to find.
#[derive(Clone, Debug)]
pub struct FindingView {
    pub found_by: UserId,
    pub at: Instant,
    pub items: Vec<Item>,
}

/// What was found of bids whose findings the viewer may see.
pub async fn findings(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, FindingView>> {
    use model::finding::{Column, Entity};
    let rows = Entity::find().filter(Column::BidId.is_in(ids.iter().copied())).all(conn).await?;
    let view = |row: model::finding::Model| {
        (row.bid_id, FindingView { found_by: row.found_by, at: row.at, items: row.items.0 })
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The round of correction of a bid.
#[derive(Clone, Debug)]
pub struct CorrectionView {
    pub asked: Vec<Asked>,
    pub asked_at: Instant,
    pub due_at: Instant,
    pub answers: Option<Vec<Corrected>>,
    pub answered_at: Option<Instant>,
}

/// The rounds of correction of bids whose check the viewer may see.
pub async fn corrections(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, CorrectionView>> {
    use model::correction::{Column, Entity};
    let rows = Entity::find().filter(Column::BidId.is_in(ids.iter().copied())).all(conn).await?;
    let view = |row: model::correction::Model| {
        let view = CorrectionView {
            asked: row.asked.0,
            asked_at: row.asked_at,
            due_at: row.due_at,
            answers: row.answers.map(|answers| answers.0),
            answered_at: row.answered_at,
        };
        (row.bid_id, view)
    };
    Ok(rows.into_iter().map(view).collect())
}

/// How far the rounds of correction of these bids have come, for what the viewer could do.
pub async fn correction_facts(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, CorrectionFacts>> {
    store::corrections(conn, ids).await
}

/// The receipts of the viewer's own bids: of the submission that counts, or of the last one. The salt was shown once.
pub async fn receipts(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, ReceiptView>> {
    use model::submission::{Column, Entity};
    let rows =
        Entity::find().filter(Column::BidId.is_in(ids.iter().copied())).order_by_asc(Column::Version).all(conn).await?;
    // Versions ascend and a later submission replaces the earlier: the last one is the one that counts or counted.
    Ok(rows.into_iter().map(|row| (row.bid_id, receipt_view(row))).collect())
}

/// The receipt of one submission of the viewer's own bid, whether or not it still counts.
pub async fn receipt(conn: &impl Conn, bid: BidId, version: i32) -> Result<Option<ReceiptView>> {
    let row = model::submission::Entity::find_by_id((bid, version)).one(conn).await?;
    Ok(row.map(receipt_view))
}

pub(super) fn receipt_view(row: model::submission::Model) -> ReceiptView {
    ReceiptView {
        bid: row.bid_id,
        version: row.version,
        salt: None,
        commitment: row.commitment,
        sealed_at: row.sealed_at,
        key_id: row.key_id,
        compact: row.receipt,
    }
}

/// A consent that is asked of the viewer's organization.
#[derive(Clone, Debug)]
pub struct ConsentView {
    pub id: ConsentId,
    pub bid: BidId,
    pub challenge: ChallengeId,
    /// Who asks.
    pub lead: OrganizationId,
    pub asked_at: Instant,
    pub agreed: Option<bool>,
    pub answered_at: Option<Instant>,
}

/// The consents that are asked of the viewer's organization, oldest first.
pub async fn consents(conn: &impl Conn, viewer: &Viewer, request: &PageRequest) -> Result<Page<ConsentView>> {
    use model::consent;
    let Some(mut select) = asked_of(viewer) else { return Ok(Page::empty()) };
    let keyset = Keyset::by_id("consents", (consent::Entity, consent::Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.find_also_related(Entity).all(conn).await?;
    let views = rows.into_iter().filter_map(|(row, bid)| bid.map(|bid| consent_view(row, &bid))).collect();
    Ok(keyset.cut(views, request, |view: &ConsentView| Cursor::by_id(view.id.uuid())))
}

/// How many consents are asked of the viewer's organization.
pub async fn consent_count(conn: &impl Conn, viewer: &Viewer) -> Result<u64> {
    match asked_of(viewer) {
        Some(select) => Ok(select.count(conn).await?),
        None => Ok(0),
    }
}

/// One consent, if it is asked of the viewer's organization.
pub async fn consent(conn: &impl Conn, viewer: &Viewer, id: ConsentId) -> Result<Option<ConsentView>> {
    let Some(select) = asked_of(viewer) else { return Ok(None) };
    let found = select.filter(model::consent::Column::Id.eq(id)).find_also_related(Entity).one(conn).await?;
    Ok(found.and_then(|(row, bid)| bid.map(|bid| consent_view(row, &bid))))
}

fn asked_of(viewer: &Viewer) -> Option<Select<model::consent::Entity>> {
    let member = policy::own_of(viewer)?;
    Some(model::consent::Entity::find().filter(model::consent::Column::OrganizationId.eq(member)))
}

fn consent_view(row: model::consent::Model, bid: &Model) -> ConsentView {
    ConsentView {
        id: row.id,
        bid: row.bid_id,
        challenge: bid.challenge_id,
        lead: bid.bidder_id,
        asked_at: row.asked_at,
        agreed: row.agreed,
        answered_at: row.answered_at,
    }
}

/// Whom these bids name as members now, the viewer's organization among them: each agrees to the whole set.
pub async fn named_with(
    conn: &impl Conn,
    viewer: &Viewer,
    bids: &[BidId],
) -> Result<HashMap<BidId, Vec<OrganizationId>>> {
    use model::consent::{Column, Entity};
    let Some(select) = asked_of(viewer) else { return Ok(HashMap::new()) };
    let own = select.filter(Column::Named.eq(true)).select_only().column(Column::BidId).into_query();
    let named: Vec<(BidId, OrganizationId)> = Entity::find()
        .select_only()
        .columns([Column::BidId, Column::OrganizationId])
        .filter(Column::BidId.is_in(bids.iter().copied()))
        .filter(Column::BidId.in_subquery(own))
        .filter(Column::Named.eq(true))
        .order_by_asc(Column::OrganizationId)
        .into_tuple()
        .all(conn)
        .await?;
    let mut found: HashMap<BidId, Vec<OrganizationId>> = HashMap::new();
    for (bid, organization) in named {
        found.entry(bid).or_default().push(organization);
    }
    Ok(found)
}

/// How many organizers have approved the opening.
pub async fn opening_approvals(conn: &impl Conn, challenge: ChallengeId) -> Result<u64> {
    use model::approval::{Column, Entity};
    Ok(Entity::find().filter(Column::ChallengeId.eq(challenge)).count(conn).await?)
}

/// In which of these challenges the viewer's organization has a bid, whatever its state: for the viewer's own possible acts.
pub async fn bid_on(conn: &impl Conn, viewer: &Viewer, ids: &[ChallengeId]) -> Result<Vec<ChallengeId>> {
    let Some(bidder) = policy::own_of(viewer) else { return Ok(Vec::new()) };
    let found = Entity::find()
        .select_only()
        .column(Column::ChallengeId)
        .filter(Column::BidderId.eq(bidder))
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found)
}

/// The mutations of this slice that would be accepted from the viewer on a challenge now.
pub fn challenge_actions(
    viewer: &Viewer,
    facts: &crate::access::challenges::ChallengeFacts,
    has_bid: bool,
) -> Vec<&'static str> {
    let mut actions = Vec::new();
    if !has_bid && policy::may_draft(viewer, facts).is_ok() {
        actions.push("draftBid");
    }
    if policy::may_open(viewer, facts).is_ok() {
        actions.push("openBids");
    }
    actions
}

/// What bears on what a viewer may do with a bid, besides what policy asks of itself.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// There is a revision in progress; asked for of the own bid.
    pub has_draft: bool,
    /// The round of correction; asked for of an opened bid.
    pub correction: CorrectionFacts,
    /// Who has found a defect that another has still to find; asked for of an opened bid.
    pub found_by: Option<UserId>,
}

/// The mutations of this slice that would be accepted from the viewer on a bid now.
pub fn actions(viewer: &Viewer, view: &BidView, beside: Beside, now: Instant) -> Vec<&'static str> {
    let Beside { has_draft, correction, .. } = beside;
    let facts = &view.facts;
    let again = facts.status() == BidStatus::Withdrawn;
    let table: [(&'static str, bool); 9] = [
        ("createUpload", policy::may_upload(viewer, facts).is_ok()),
        ("reviseBid", policy::may_revise(viewer, facts).is_ok()),
        ("submitBid", (has_draft || again) && policy::may_submit(viewer, facts).is_ok()),
        ("withdrawBid", policy::may_withdraw(viewer, facts).is_ok()),
        ("confirmBid", policy::may_confirm(viewer, facts).is_ok()),
        ("readSealedBid", view.submitted_at.is_some() && policy::may_read_own(viewer, facts).is_ok()),
        ("recordFormalCheck", policy::may_check(viewer, facts, correction, now).is_ok()),
        ("requestCorrection", policy::may_request_correction(viewer, facts, correction, beside.found_by).is_ok()),
        ("correctBid", policy::may_correct(viewer, facts, correction, now).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// `access::bids::may_know`, in SQL.
fn known(viewer: &Viewer, judged: Judged<'_>) -> Select<Entity> {
    let sees = policy::sees(viewer);
    let own = sees.own.map(|bidder| Expr::col((Entity, Column::BidderId)).eq(bidder));
    let challenge = |column| Expr::col((challenge::Entity, column));
    let challenge_with = |such| challenges::read::such((Entity, Column::ChallengeId), such);
    let handed_in = || Expr::col((Entity, Column::Status)).is_not_in(UNOPENED);
    let opened =
        Condition::all().add(challenge_with(challenge(challenge::Column::OpenedAt).is_not_null())).add(handed_in());
    let opened = match sees.opened {
        SeesOpened::All => opened,
        SeesOpened::Where { department, judges, rival } => {
            let department = department.map(|own| challenge_with(challenge(challenge::Column::DepartmentId).eq(own)));
            let judged = Some(judged).filter(|judged| judges && !judged.is_empty());
            let rival = rival.map(|bidder| {
                let there = Query::select()
                    .column((Entity, Column::ChallengeId))
                    .from(Entity)
                    .and_where(Expr::col((Entity, Column::BidderId)).eq(bidder))
                    .and_where(handed_in())
                    .take();
                Column::ChallengeId.in_subquery(there)
            });
            let some = Condition::any()
                .add(Column::Status.is_in([BidStatus::ProposedWinner, BidStatus::Won]))
                .add(challenge_with(challenge(challenge::Column::AwardedAt).is_not_null()))
                .add_option(department)
                .add_option(judged.map(|judged| Column::ChallengeId.is_in(judged.iter().copied())))
                .add_option(rival);
            opened.add(some)
        }
    };
    Entity::find().filter(Condition::any().add_option(own).add(opened))
}

/// The states of what was not opened.
const UNOPENED: [BidStatus; 3] = [BidStatus::Draft, BidStatus::Submitted, BidStatus::Withdrawn];

fn cursor(row: &BidView) -> Cursor {
    Cursor::by_id(row.id.uuid())
}

/// Rows that the viewer may know of, as they are shown. One statement for their challenges.
async fn views(
    conn: &impl Conn,
    viewer: &Viewer,
    judged: Judged<'_>,
    now: Instant,
    rows: Vec<Model>,
) -> Result<Vec<BidView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let challenges: HashMap<ChallengeId, challenge::Model> = challenge::Entity::find()
        .filter(challenge::Column::Id.is_in(rows.iter().map(|row| row.challenge_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    rows.into_iter()
        .map(|row| {
            let challenge = challenges.get(&row.challenge_id);
            let challenge = challenge.ok_or_else(|| Error::Internal(anyhow::anyhow!("{} has no challenge", row.id)))?;
            let facts = store::facts(&row, challenges::facts(challenge, now), challenge.awarded_at.is_some());
            // Whether the viewer bids there matters only for telling a rival from the public, and SQL has let the row through.
            let ties = Ties {
                bids_there: policy::own_of(viewer).is_some() && challenge.opened_at.is_some(),
                judges_there: judged.contains(&row.challenge_id),
            };
            let standing = policy::standing(viewer, &facts, ties);
            Ok(BidView {
                id: row.id,
                challenge: row.challenge_id,
                bidder: row.bidder_id,
                label: row.label.unwrap_or_else(|| "方案".to_owned()),
                status: policy::shown_status(standing, &facts),
                version: row.version,
                submitted_at: row.submitted_at,
                broken: row.broken,
                standing,
                facts,
            })
        })
        .collect()
}
