//! The people of an organization that bids, and the programs that act on their behalf.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::access::Viewer;
use jiebang_platform::accounts::api_tokens::read::{self as tokens, ApiTokenView};
use jiebang_platform::accounts::api_tokens::{self, CreateApiToken, RevokeApiToken};
use jiebang_platform::accounts::members::read::{self, InvitationView, MemberView};
use jiebang_platform::accounts::members::{
    self, AcceptInvitation, InviteMember, RemoveMember, RevokeInvitation, SetMemberRight,
};
use jiebang_platform::base::id::OrganizationId;
use jiebang_platform::base::{Error, Page, Reason};

use super::account::User;
use super::context::asking;
use super::error::Answer;
use super::loaders::{Failed, batches, pages};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::DateTime;
use super::words::{MemberRight, TokenScope};

/// Somebody who acts for an organization that bids.
pub struct Member(MemberView);

#[Object]
impl Member {
    async fn user(&self, ctx: &Context<'_>) -> Answer<User> {
        User::named(asking(ctx), self.0.user).await
    }

    async fn right(&self) -> MemberRight {
        self.0.right.into()
    }

    async fn joined_at(&self) -> DateTime {
        self.0.joined_at.into()
    }

    /// Whether a security administrator has suspended the account.
    async fn suspended(&self) -> bool {
        self.0.suspended
    }
}

/// The people of an organization, to whoever is told of them.
pub(super) async fn of_organization(
    ctx: &Context<'_>,
    of: OrganizationId,
    first: Option<i32>,
    after: Option<String>,
) -> Answer<Connection<Member>> {
    let (loaders, request) = (asking(ctx).loaders(), page::request(first, after.as_deref())?);
    let found = loaders.load_one(MembersOf(of, request)).await?.transpose()?.unwrap_or_else(Page::empty);
    let total = Total::new(move || {
        let loaders = loaders.clone();
        async move { Ok::<_, Failed>(loaders.load_one(MemberCount(of)).await?.unwrap_or(0)) }
    });
    Ok(page::connection(found, total, Member))
}

batches! {
    MemberCount(OrganizationId) -> u64 =
        |batch, ids| read::member_counts(batch.app.db.read(), &batch.viewer, &ids).await,
}

pages! {
    MembersOf(OrganizationId) -> MemberView =
        |batch, ids, request| read::members(batch.app.db.read(), &batch.viewer, &ids, &request).await,
}

/// An invitation to act for the own organization that waits to be accepted.
pub struct MemberInvitation(InvitationView);

#[Object]
impl MemberInvitation {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn right(&self) -> MemberRight {
        self.0.right.into()
    }

    /// For whom it is meant, in the inviter's words.
    async fn note(&self) -> &str {
        &self.0.note
    }

    async fn invited_by(&self, ctx: &Context<'_>) -> Answer<User> {
        User::named(asking(ctx), self.0.invited_by).await
    }

    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }
}

/// What the holder of a code is invited to.
#[derive(SimpleObject)]
struct MembershipOffer {
    organization_name: String,
    right: MemberRight,
    expires_at: DateTime,
}

/// An API token: a program shows it as `Authorization: Bearer …` and acts on its holder's behalf.
pub struct ApiToken(ApiTokenView);

#[Object]
impl ApiToken {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// On whose behalf it acts, and no further than that person may.
    async fn holder(&self, ctx: &Context<'_>) -> Answer<User> {
        User::named(asking(ctx), self.0.holder).await
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn scope(&self) -> TokenScope {
        self.0.scope.into()
    }

    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// To the minute; null where it never was.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime::from)
    }
}

#[derive(Default)]
pub struct ViewerMembership;

#[Object]
impl ViewerMembership {
    /// How far the viewer acts for the organization that it bids for; null for everybody else.
    async fn member_right(&self, ctx: &Context<'_>) -> Answer<Option<MemberRight>> {
        Ok(asking(ctx).viewer()?.signed_in()?.right().map(MemberRight::from))
    }

    /// The invitations of the own organization that wait, newest first; for its owners.
    async fn member_invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<MemberInvitation>> {
        let asking = asking(ctx);
        let (app, viewer, request) = (asking.app().clone(), asking.viewer()?, page::request(first, after.as_deref())?);
        let now = app.clock.machine_now();
        let found = read::invitations(app.db.read(), &viewer, now, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::invitation_count(app.db.read(), &viewer, now).await }
        });
        Ok(page::connection(found, total, MemberInvitation))
    }

    /// The own API tokens that have not been revoked, newest first; an owner sees all of its organization's. A program sees none.
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<ApiToken>> {
        let asking = asking(ctx);
        let (app, viewer, request) = (asking.app().clone(), asking.viewer()?, page::request(first, after.as_deref())?);
        let found = tokens::page(app.db.read(), &viewer, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { tokens::count(app.db.read(), &viewer).await }
        });
        Ok(page::connection(found, total, ApiToken))
    }
}

#[derive(Default)]
pub struct MemberQuery;

#[Object]
impl MemberQuery {
    /// What a code from `inviteMember` invites to; null where it can be accepted no more.
    async fn membership_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(secret)] code: String,
    ) -> Answer<Option<MembershipOffer>> {
        let app = asking(ctx).app();
        let found = read::offer(app.db.read(), &code, app.clock.machine_now()).await?;
        Ok(found.map(|view| MembershipOffer {
            organization_name: view.organization_name,
            right: view.right.into(),
            expires_at: view.expires_at.into(),
        }))
    }
}

#[derive(InputObject)]
struct InviteMemberInput {
    right: MemberRight,
    /// For whom it is meant: at most 200 characters, for the own people to read.
    note: String,
    /// The present password.
    #[graphql(secret)]
    password: String,
    idempotency_key: Option<String>,
}

/// Good for seven days and for one person.
#[derive(SimpleObject)]
struct InviteMemberPayload {
    invitation: MemberInvitation,
    /// For `acceptInvitation`. Shown once, and kept nowhere: null on a repeat.
    code: Option<String>,
    /// The code behind the page for whoever joins; null where this installation names no such page, and on a repeat.
    link: Option<String>,
}

#[derive(InputObject)]
struct RevokeInvitationInput {
    invitation_id: ID,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct RevokeInvitationPayload {
    invitation_id: ID,
}

#[derive(InputObject)]
struct AcceptInvitationInput {
    #[graphql(secret)]
    code: String,
    username: String,
    #[graphql(secret)]
    password: String,
    name: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct AcceptInvitationPayload {
    organization: Organization,
    user: User,
}

#[derive(InputObject)]
struct SetMemberRightInput {
    user_id: ID,
    right: MemberRight,
    /// The present password.
    #[graphql(secret)]
    password: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct SetMemberRightPayload {
    member: Member,
}

#[derive(InputObject)]
struct RemoveMemberInput {
    user_id: ID,
    /// The present password of who asks.
    #[graphql(secret)]
    password: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct RemoveMemberPayload {
    user_id: ID,
}

#[derive(InputObject)]
struct CreateApiTokenInput {
    /// What it is for: at most 60 characters.
    name: String,
    scope: TokenScope,
    /// For how many days it holds, 1 … 366.
    days: i32,
    /// The present password.
    #[graphql(secret)]
    password: String,
    /// A code of the second factor, or a recovery code, where the person has one.
    #[graphql(secret)]
    totp: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct CreateApiTokenPayload {
    token: ApiToken,
    /// For the header `Authorization: Bearer …`. Shown once, and kept nowhere: null on a repeat.
    secret: Option<String>,
}

#[derive(InputObject)]
struct RevokeApiTokenInput {
    token_id: ID,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct RevokeApiTokenPayload {
    token_id: ID,
}

#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// An OWNER invites somebody to act for the organization.
    async fn invite_member(&self, ctx: &Context<'_>, input: InviteMemberInput) -> Answer<InviteMemberPayload> {
        let asking = asking(ctx);
        let app = asking.app();
        let new = InviteMember {
            right: input.right.into(),
            note: input.note,
            password: input.password,
            idempotency_key: input.idempotency_key,
        };
        let done = members::invite_member(app, &asking.viewer()?, new).await?;
        let link = app.settings.join_page.as_ref().zip(done.code.as_ref()).map(|(page, code)| format!("{page}#{code}"));
        let invitation = MemberInvitation(read::invitation(app.db.read(), done.invitation).await?);
        Ok(InviteMemberPayload { invitation, code: done.code, link })
    }

    /// An OWNER takes an invitation back that waits.
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        input: RevokeInvitationInput,
    ) -> Answer<RevokeInvitationPayload> {
        let asking = asking(ctx);
        let new = RevokeInvitation { invitation_id: input.invitation_id.0, idempotency_key: input.idempotency_key };
        let done = members::revoke_invitation(asking.app(), &asking.viewer()?, new).await?;
        Ok(RevokeInvitationPayload { invitation_id: done.invitation.to_string().into() })
    }

    /// Whoever has an invitation's code makes an account that acts for the organization. An account belongs to one for good.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        input: AcceptInvitationInput,
    ) -> Answer<AcceptInvitationPayload> {
        let asking = asking(ctx);
        let new = AcceptInvitation {
            code: input.code,
            username: input.username,
            password: input.password,
            name: input.name,
            address: asking.came.address,
            idempotency_key: input.idempotency_key,
        };
        let done = members::accept_invitation(asking.app(), new).await?;
        Ok(AcceptInvitationPayload {
            organization: Organization::named(asking, done.organization).await?,
            user: User::named(asking, done.user).await?,
        })
    }

    /// An OWNER changes how far somebody acts for the organization; the last one stays an owner.
    async fn set_member_right(&self, ctx: &Context<'_>, input: SetMemberRightInput) -> Answer<SetMemberRightPayload> {
        let asking = asking(ctx);
        let right = input.right.into();
        let new = SetMemberRight {
            user_id: input.user_id.0,
            right,
            password: input.password,
            idempotency_key: input.idempotency_key,
        };
        let done = members::set_member_right(asking.app(), &asking.viewer()?, new).await?;
        if let Viewer::Person(own) = asking.viewer()?
            && own.user == done.user
        {
            // What else this document does is done with the right that is left.
            asking.becomes(Ok(Viewer::Person(own.with_right(Some(right)))));
        }
        let member = read::member(asking.app().db.read(), &asking.viewer()?, done.user).await?;
        Ok(SetMemberRightPayload { member: Member(member.ok_or(Error::Hidden)?) })
    }

    /// An OWNER lets somebody go, or somebody leaves; the last owner cannot. Sessions and tokens end at once, the account for good.
    async fn remove_member(&self, ctx: &Context<'_>, input: RemoveMemberInput) -> Answer<RemoveMemberPayload> {
        let asking = asking(ctx);
        let new =
            RemoveMember { user_id: input.user_id.0, password: input.password, idempotency_key: input.idempotency_key };
        let done = members::remove_member(asking.app(), &asking.viewer()?, new).await?;
        if asking.viewer()?.user() == Some(done.user) {
            asking.becomes(Err(Reason::SessionEnded));
        }
        Ok(RemoveMemberPayload { user_id: done.user.to_string().into() })
    }

    /// Somebody who acts for an organization that bids lets a program act on its behalf, no further than it may itself.
    async fn create_api_token(&self, ctx: &Context<'_>, input: CreateApiTokenInput) -> Answer<CreateApiTokenPayload> {
        let asking = asking(ctx);
        let new = CreateApiToken {
            name: input.name,
            scope: input.scope.into(),
            days: input.days,
            password: input.password,
            totp: input.totp,
            idempotency_key: input.idempotency_key,
        };
        let done = api_tokens::create_api_token(asking.app(), &asking.viewer()?, new).await?;
        let token = ApiToken(tokens::one(asking.app().db.read(), done.token).await?);
        Ok(CreateApiTokenPayload { token, secret: done.secret })
    }

    /// The holder, or an OWNER of the organization that it acts for, ends an API token at once.
    async fn revoke_api_token(&self, ctx: &Context<'_>, input: RevokeApiTokenInput) -> Answer<RevokeApiTokenPayload> {
        let asking = asking(ctx);
        let new = RevokeApiToken { token_id: input.token_id.0, idempotency_key: input.idempotency_key };
        let done = api_tokens::revoke_api_token(asking.app(), &asking.viewer()?, new).await?;
        Ok(RevokeApiTokenPayload { token_id: done.token.to_string().into() })
    }
}
