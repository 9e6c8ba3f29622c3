//! Everything with an id of its own, under one roof and the same rules of access.

use async_graphql::{Context, ID, Interface, Object};
use jiebang_platform::base::error::FaultCode;
use jiebang_platform::base::id::{
    AmendmentId, AttachmentId, BidId, CapabilityId, ChallengeId, ComplaintId, CriterionId, DemandId, EventId, ExpertId,
    IndicatorId, InterestId, InvitationId, Kind, NoticeId, ObjectionId, OfferId, OpinionId, OrganizationId, PanelId,
    ProjectId, QuestionId, ReleaseBatchId, RuleSetId, SheetId, TargetId, TechnologyId, UserId,
};
use jiebang_platform::base::{Error, faults, id};

use super::account::User;
use super::award::Notice;
use super::bid::{Attachment, Bid};
use super::capability::Capability;
use super::challenge::{Amendment, Challenge, Indicator, Offer, Question, RuleSet, ScoringCriterion};
use super::context::{Asking, asking};
use super::demand::{Interest, Invitation, Opinion, ReleaseBatch, ScenarioDemand};
use super::error::Answer;
use super::event::Event;
use super::expert::Expert;
use super::objection::{Complaint, Objection};
use super::organization::Organization;
use super::project::Project;
use super::review::{Panel, ScoreSheet};
use super::target::Target;
use super::technology::Technology;

/// Something with an id of its own.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "A TypeID: its prefix tells the kind."))]
pub enum Node {
    User(User),
    Organization(Organization),
    Capability(Capability),
    Expert(Expert),
    ScenarioDemand(ScenarioDemand),
    Opinion(Opinion),
    ReleaseBatch(ReleaseBatch),
    Interest(Interest),
    Invitation(Invitation),
    Challenge(Challenge),
    Indicator(Indicator),
    ScoringCriterion(ScoringCriterion),
    RuleSet(RuleSet),
    Question(Question),
    Amendment(Amendment),
    Offer(Offer),
    Attachment(Attachment),
    Bid(Bid),
    Panel(Panel),
    ScoreSheet(ScoreSheet),
    Notice(Notice),
    Objection(Objection),
    Complaint(Complaint),
    Project(Project),
    Technology(Technology),
    Target(Target),
    Event(Event),
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Any thing by its id, under the same rules as everywhere: what the viewer may not see is null.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Answer<Option<Node>> {
        find(asking(ctx), &id).await
    }
}

/// The thing with this id, if the viewer may see it. A noun that has nodes adds its prefix.
pub async fn find(asking: &Asking, id: &str) -> Answer<Option<Node>> {
    Ok(match id::prefix(id) {
        Some(UserId::PREFIX) => User::find(asking, faults::id("id", id)?).await?.map(Node::User),
        Some(OrganizationId::PREFIX) => {
            Organization::find(asking, faults::id("id", id)?).await?.map(Node::Organization)
        }
        Some(CapabilityId::PREFIX) => Capability::find(asking, faults::id("id", id)?).await?.map(Node::Capability),
        Some(ExpertId::PREFIX) => Expert::find(asking, faults::id("id", id)?).await?.map(Node::Expert),
        Some(DemandId::PREFIX) => ScenarioDemand::find(asking, faults::id("id", id)?).await?.map(Node::ScenarioDemand),
        Some(OpinionId::PREFIX) => Opinion::find(asking, faults::id("id", id)?).await?.map(Node::Opinion),
        Some(ReleaseBatchId::PREFIX) => {
            ReleaseBatch::find(asking, faults::id("id", id)?).await?.map(Node::ReleaseBatch)
        }
        Some(InterestId::PREFIX) => Interest::find(asking, faults::id("id", id)?).await?.map(Node::Interest),
        Some(InvitationId::PREFIX) => Invitation::find(asking, faults::id("id", id)?).await?.map(Node::Invitation),
        Some(ChallengeId::PREFIX) => Challenge::find(asking, faults::id("id", id)?).await?.map(Node::Challenge),
        Some(IndicatorId::PREFIX) => Indicator::find(asking, faults::id("id", id)?).await?.map(Node::Indicator),
        Some(CriterionId::PREFIX) => {
            ScoringCriterion::find(asking, faults::id("id", id)?).await?.map(Node::ScoringCriterion)
        }
        Some(RuleSetId::PREFIX) => RuleSet::find(asking, faults::id("id", id)?).await?.map(Node::RuleSet),
        Some(QuestionId::PREFIX) => Question::find(asking, faults::id("id", id)?).await?.map(Node::Question),
        Some(AmendmentId::PREFIX) => Amendment::find(asking, faults::id("id", id)?).await?.map(Node::Amendment),
        Some(OfferId::PREFIX) => Offer::find(asking, faults::id("id", id)?).await?.map(Node::Offer),
        Some(AttachmentId::PREFIX) => Attachment::find(asking, faults::id("id", id)?).await?.map(Node::Attachment),
        Some(BidId::PREFIX) => Bid::find(asking, faults::id("id", id)?).await?.map(Node::Bid),
        Some(PanelId::PREFIX) => Panel::find(asking, faults::id("id", id)?).await?.map(Node::Panel),
        Some(SheetId::PREFIX) => ScoreSheet::find(asking, faults::id("id", id)?).await?.map(Node::ScoreSheet),
        Some(NoticeId::PREFIX) => Notice::find(asking, faults::id("id", id)?).await?.map(Node::Notice),
        Some(ObjectionId::PREFIX) => Objection::find(asking, faults::id("id", id)?).await?.map(Node::Objection),
        Some(ComplaintId::PREFIX) => Complaint::find(asking, faults::id("id", id)?).await?.map(Node::Complaint),
        Some(ProjectId::PREFIX) => Project::find(asking, faults::id("id", id)?).await?.map(Node::Project),
        Some(TechnologyId::PREFIX) => Technology::find(asking, faults::id("id", id)?).await?.map(Node::Technology),
        Some(TargetId::PREFIX) => Target::find(asking, faults::id("id", id)?).await?.map(Node::Target),
        Some(EventId::PREFIX) => Event::find(asking, faults::id("id", id)?).await?.map(Node::Event),
        _ => return Err(Error::invalid("id", FaultCode::NotAnId).into()),
    })
}
