//! People, their sessions and passwords.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, MergedObject, Object, SimpleObject};
use jiebang_platform::access;
use jiebang_platform::accounts::read::{self, OpeningKeyView, SessionView, TotpView, UserView};
use jiebang_platform::accounts::{
    self, ChangePassword, ConfirmTotp, CreateAccount, EndSession, EnrolTotp, RefreshSession, RegisterEnterprise,
    RegisterOpeningKey, ReinstateUser, ResetTotp, SignIn, SignedIn, SuspendUser,
};
use jiebang_platform::base::id::UserId;
use jiebang_platform::base::{Error, Reason};

use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed};
use super::organization::Organization;
use super::scalars::DateTime;
use super::words::{JudgeKind, Role};
use crate::http::session;

/// A person.
pub struct User(pub UserView);

#[Object]
impl User {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// For the person, organizers and the administrators.
    async fn username(&self) -> Option<&str> {
        self.0.username.as_deref()
    }
}

impl User {
    /// If the viewer may see the person by itself.
    pub async fn find(asking: &Asking, id: UserId) -> Answer<Option<Self>> {
        let found = read::by_ids(asking.app().db.read(), &asking.viewer()?, &[id]).await?;
        Ok(found.into_iter().next().map(Self))
    }

    /// Named by something that the viewer sees: whether the person is shown has been decided there.
    pub async fn named(asking: &Asking, id: UserId) -> Answer<Self> {
        let found = asking.loaders().load_one(id).await?;
        Ok(Self(found.ok_or(Error::Hidden)?))
    }
}

impl Loader<UserId> for Batch {
    type Value = UserView;
    type Error = Failed;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, UserView>, Failed> {
        let found = read::named(self.app.db.read(), &self.viewer, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

/// Who is signed in, and what is theirs. A noun that has something of the viewer's adds its struct here.
#[derive(MergedObject, Default)]
pub struct Viewer(
    ViewerAccount,
    super::member::ViewerMembership,
    super::challenge::ViewerChallenges,
    super::demand::ViewerInvitations,
    super::bid::ViewerBids,
    super::review::ViewerReviews,
);

#[derive(Default)]
pub struct ViewerAccount;

#[Object]
impl ViewerAccount {
    async fn user(&self, ctx: &Context<'_>) -> Answer<User> {
        let asking = asking(ctx);
        let user = asking.viewer()?.signed_in()?.user;
        User::named(asking, user).await
    }

    async fn roles(&self, ctx: &Context<'_>) -> Answer<Vec<Role>> {
        Ok(asking(ctx).viewer()?.signed_in()?.roles().iter().map(|role| Role::from(*role)).collect())
    }

    /// For whom the person acts.
    async fn organization(&self, ctx: &Context<'_>) -> Answer<Option<Organization>> {
        let asking = asking(ctx);
        let viewer = asking.viewer()?;
        match viewer.signed_in()?.member() {
            Some(member) => Ok(Some(Organization::named(asking, member.organization).await?)),
            None => Ok(None),
        }
    }

    /// The person's own second factor.
    async fn totp(&self, ctx: &Context<'_>) -> Answer<Totp> {
        let asking = asking(ctx);
        let app = asking.app();
        Ok(read::totp(app.db.read(), &asking.viewer()?, app.settings.rehearsal).await?.into())
    }

    /// What an organizer's shares of opening keys are encrypted to; null where it has registered none.
    async fn opening_key(&self, ctx: &Context<'_>) -> Answer<Option<OpeningKey>> {
        let asking = asking(ctx);
        Ok(read::opening_key(asking.app().db.read(), &asking.viewer()?).await?.map(OpeningKey::from))
    }

    /// The person's own sessions that have not ended, newest first.
    async fn sessions(&self, ctx: &Context<'_>) -> Answer<Vec<Session>> {
        let asking = asking(ctx);
        let app = asking.app();
        let found = read::sessions(app.db.read(), &asking.viewer()?, app.clock.machine_now()).await?;
        Ok(found.into_iter().map(Session::from).collect())
    }
}

/// What an organizer's shares of opening keys are encrypted to.
#[derive(SimpleObject)]
struct OpeningKey {
    /// An age recipient.
    recipient: String,
    /// Whether the identity lies here under a passphrase, the weaker convenience; otherwise the officer keeps it.
    kept: bool,
    registered_at: DateTime,
}

impl From<OpeningKeyView> for OpeningKey {
    fn from(view: OpeningKeyView) -> Self {
        let OpeningKeyView { recipient, kept, registered_at } = view;
        Self { recipient, kept, registered_at: registered_at.into() }
    }
}

/// One's own second factor (TOTP).
#[derive(SimpleObject)]
struct Totp {
    /// Signing in takes a code.
    enrolled: bool,
    /// Without it the person may do nothing but enrol: every role but BIDDER, outside a rehearsal.
    required: bool,
    /// Recovery codes not yet used.
    recovery_codes_left: i32,
}

impl From<TotpView> for Totp {
    fn from(view: TotpView) -> Self {
        let TotpView { enrolled, required, recovery_codes } = view;
        Self { enrolled, required, recovery_codes_left: count(recovery_codes) }
    }
}

/// A session of one's own.
#[derive(SimpleObject)]
struct Session {
    id: ID,
    created_at: DateTime,
    last_used_at: DateTime,
    user_agent: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        Self {
            id: view.id.to_string().into(),
            created_at: view.created_at.into(),
            last_used_at: view.last_used_at.into(),
            user_agent: view.user_agent,
            current: view.current,
        }
    }
}

#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Answer<Option<Viewer>> {
        Ok(asking(ctx).viewer()?.signed_in().ok().map(|_| Viewer::default()))
    }
}

#[derive(InputObject)]
struct SignInInput {
    username: String,
    #[graphql(secret)]
    password: String,
    /// A code of the second factor, or a recovery code, where the person has one.
    #[graphql(secret)]
    totp: Option<String>,
    /// The refresh token travels as an HttpOnly cookie only.
    #[graphql(default_with = "Some(false)")]
    cookie: Option<bool>,
}

#[derive(InputObject)]
struct RefreshSessionInput {
    /// Null: the cookie's, from a client that sends the header x-jiebang-client.
    #[graphql(secret)]
    refresh_token: Option<String>,
}

/// API clients read the refresh token here; with `cookie: true` it travels as an HttpOnly cookie only, and is null here.
#[derive(SimpleObject)]
struct SignInPayload {
    /// For the header `Authorization: Bearer …`, five minutes long.
    access_token: String,
    expires_at: DateTime,
    refresh_token: Option<String>,
    viewer: Viewer,
}

#[derive(InputObject)]
struct SignOutInput {
    /// All sessions of the person, not only the one that asks.
    #[graphql(default_with = "Some(false)")]
    everywhere: Option<bool>,
}

#[derive(SimpleObject)]
struct SignOutPayload {
    /// How many sessions ended.
    signed_out: i32,
}

#[derive(InputObject)]
struct EndSessionInput {
    session_id: ID,
}

#[derive(SimpleObject)]
struct EndSessionPayload {
    session_id: ID,
}

#[derive(InputObject)]
struct ChangePasswordInput {
    #[graphql(secret)]
    current_password: String,
    #[graphql(secret)]
    new_password: String,
}

#[derive(SimpleObject)]
struct ChangePasswordPayload {
    /// How many other sessions ended.
    ended_sessions: i32,
}

/// One of the two.
#[derive(InputObject)]
struct RegisterOpeningKeyInput {
    /// An age recipient (age1…) whose identity the officer keeps; `age-keygen` makes both.
    recipient: Option<String>,
    /// The weaker convenience: an identity is made and kept here under this passphrase, which is kept nowhere. Not the password.
    #[graphql(secret)]
    passphrase: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct RegisterOpeningKeyPayload {
    opening_key: Option<OpeningKey>,
}

#[derive(InputObject)]
struct EnrolTotpInput {
    /// The present password.
    #[graphql(secret)]
    password: String,
    /// A code of the present second factor, or a recovery code, where there is one.
    #[graphql(secret)]
    totp: Option<String>,
}

/// Shown once.
#[derive(SimpleObject)]
struct EnrolTotpPayload {
    /// Base32, to be typed into an authenticator.
    secret: String,
    /// `otpauth://…`, to be scanned by one.
    url: String,
}

#[derive(InputObject)]
struct ConfirmTotpInput {
    /// Six digits, of the secret that `enrolTotp` showed last.
    #[graphql(secret)]
    code: String,
}

#[derive(SimpleObject)]
struct ConfirmTotpPayload {
    /// Ten, shown once, each good once instead of a code.
    recovery_codes: Vec<String>,
    /// How many other sessions ended.
    ended_sessions: i32,
}

#[derive(InputObject)]
struct ResetTotpInput {
    user_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct ResetTotpPayload {
    user: User,
    /// How many sessions of that person ended.
    ended_sessions: i32,
}

#[derive(InputObject)]
struct SuspendUserInput {
    user_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct SuspendUserPayload {
    user: User,
}

#[derive(InputObject)]
struct ReinstateUserInput {
    user_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct ReinstateUserPayload {
    user: User,
}

#[derive(InputObject)]
struct RegisterEnterpriseInput {
    name: String,
    /// The unified social credit code; an enterprise's begins with 9.
    uscc: String,
    username: String,
    #[graphql(secret)]
    password: String,
    contact_name: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct RegisterEnterprisePayload {
    organization: Organization,
    user: User,
}

/// `judgeKind` is required with JUDGE.
#[derive(InputObject)]
struct CreateAccountInput {
    username: String,
    #[graphql(secret)]
    password: String,
    name: String,
    roles: Vec<Role>,
    judge_kind: Option<JudgeKind>,
    organization_id: Option<ID>,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct CreateAccountPayload {
    user: User,
}

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Opens a session. A wrong password, an unknown name and a locked one are told alike. Who has a second factor and shows no
    /// code of it is told so (reason `totp_needed`) and asks again with one.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> Answer<SignInPayload> {
        let asking = asking(ctx);
        let new = SignIn {
            username: input.username,
            password: input.password,
            totp: input.totp,
            user_agent: asking.came.user_agent.clone(),
            address: asking.came.address,
        };
        let signed_in = accounts::sign_in(asking.app(), new).await?;
        entered(ctx, signed_in, input.cookie.unwrap_or(false)).await
    }

    /// A new access token for a refresh token, which is good for one use: a second use ends the session.
    async fn refresh_session(&self, ctx: &Context<'_>, input: RefreshSessionInput) -> Answer<SignInPayload> {
        let asking = asking(ctx);
        let cookie = input.refresh_token.is_none();
        let refresh_token = input.refresh_token.or_else(|| asking.came.cookie.clone());
        let refresh_token = refresh_token.ok_or(Error::SignIn(Reason::RefreshRefused))?;
        let signed_in = accounts::refresh_session(asking.app(), RefreshSession { refresh_token }).await?;
        entered(ctx, signed_in, cookie).await
    }

    /// Ends the session that asks, or all of the person's.
    async fn sign_out(&self, ctx: &Context<'_>, input: SignOutInput) -> Answer<SignOutPayload> {
        let asking = asking(ctx);
        let everywhere = input.everywhere.unwrap_or(false);
        let done = accounts::sign_out(asking.app(), &asking.viewer()?, everywhere).await?;
        asking.becomes(Err(Reason::SessionEnded));
        ctx.append_http_header("set-cookie", session::no_cookie(asking.app().settings.rehearsal));
        Ok(SignOutPayload { signed_out: count(done.signed_out) })
    }

    /// Ends one of one's own sessions.
    async fn end_session(&self, ctx: &Context<'_>, input: EndSessionInput) -> Answer<EndSessionPayload> {
        let asking = asking(ctx);
        let new = EndSession { session_id: input.session_id.0 };
        let done = accounts::end_session(asking.app(), &asking.viewer()?, new).await?;
        Ok(EndSessionPayload { session_id: done.session.to_string().into() })
    }

    /// Changes one's own password and ends all other sessions.
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePasswordInput) -> Answer<ChangePasswordPayload> {
        let asking = asking(ctx);
        let new = ChangePassword { current_password: input.current_password, new_password: input.new_password };
        let done = accounts::change_password(asking.app(), &asking.viewer()?, new).await?;
        Ok(ChangePasswordPayload { ended_sessions: count(done.ended_sessions) })
    }

    /// ORGANIZER says what its shares of opening keys are encrypted to, for challenges published from now on.
    async fn register_opening_key(
        &self,
        ctx: &Context<'_>,
        input: RegisterOpeningKeyInput,
    ) -> Answer<RegisterOpeningKeyPayload> {
        let asking = asking(ctx);
        let new = RegisterOpeningKey {
            recipient: input.recipient,
            passphrase: input.passphrase,
            idempotency_key: input.idempotency_key,
        };
        accounts::register_opening_key(asking.app(), &asking.viewer()?, new).await?;
        let opening_key = read::opening_key(asking.app().db.read(), &asking.viewer()?).await?;
        Ok(RegisterOpeningKeyPayload { opening_key: opening_key.map(OpeningKey::from) })
    }

    /// Makes a second factor, which is in force once a code of it has been shown to `confirmTotp`.
    async fn enrol_totp(&self, ctx: &Context<'_>, input: EnrolTotpInput) -> Answer<EnrolTotpPayload> {
        let asking = asking(ctx);
        let new = EnrolTotp { password: input.password, totp: input.totp };
        let begun = accounts::enrol_totp(asking.app(), &asking.viewer()?, new).await?;
        Ok(EnrolTotpPayload { secret: begun.secret, url: begun.url })
    }

    /// Puts the second factor into force and ends all other sessions.
    async fn confirm_totp(&self, ctx: &Context<'_>, input: ConfirmTotpInput) -> Answer<ConfirmTotpPayload> {
        let asking = asking(ctx);
        let done = accounts::confirm_totp(asking.app(), &asking.viewer()?, ConfirmTotp { code: input.code }).await?;
        Ok(ConfirmTotpPayload { recovery_codes: done.recovery_codes, ended_sessions: count(done.ended_sessions) })
    }

    /// SECURITY_ADMIN takes off the second factor of somebody who has lost it, and ends all sessions of that person.
    async fn reset_totp(&self, ctx: &Context<'_>, input: ResetTotpInput) -> Answer<ResetTotpPayload> {
        let asking = asking(ctx);
        let new = ResetTotp { user_id: input.user_id.0, reason: input.reason, idempotency_key: input.idempotency_key };
        let done = accounts::reset_totp(asking.app(), &asking.viewer()?, new).await?;
        Ok(ResetTotpPayload { user: User::named(asking, done.user).await?, ended_sessions: count(done.ended_sessions) })
    }

    /// SECURITY_ADMIN takes a person's access away, at once.
    async fn suspend_user(&self, ctx: &Context<'_>, input: SuspendUserInput) -> Answer<SuspendUserPayload> {
        let asking = asking(ctx);
        let new =
            SuspendUser { user_id: input.user_id.0, reason: input.reason, idempotency_key: input.idempotency_key };
        let done = accounts::suspend_user(asking.app(), &asking.viewer()?, new).await?;
        Ok(SuspendUserPayload { user: User::named(asking, done.user).await? })
    }

    /// SECURITY_ADMIN gives a person's access back.
    async fn reinstate_user(&self, ctx: &Context<'_>, input: ReinstateUserInput) -> Answer<ReinstateUserPayload> {
        let asking = asking(ctx);
        let new =
            ReinstateUser { user_id: input.user_id.0, reason: input.reason, idempotency_key: input.idempotency_key };
        let done = accounts::reinstate_user(asking.app(), &asking.viewer()?, new).await?;
        Ok(ReinstateUserPayload { user: User::named(asking, done.user).await? })
    }

    /// Anybody registers an enterprise; it can bid when an organizer has verified it.
    async fn register_enterprise(
        &self,
        ctx: &Context<'_>,
        input: RegisterEnterpriseInput,
    ) -> Answer<RegisterEnterprisePayload> {
        let asking = asking(ctx);
        let new = RegisterEnterprise {
            name: input.name,
            uscc: input.uscc,
            username: input.username,
            password: input.password,
            contact_name: input.contact_name,
            address: asking.came.address,
            idempotency_key: input.idempotency_key,
        };
        let done = accounts::register_enterprise(asking.app(), new).await?;
        Ok(RegisterEnterprisePayload {
            organization: Organization::named(asking, done.organization).await?,
            user: User::named(asking, done.user).await?,
        })
    }

    /// SYSTEM_ADMIN makes an account.
    async fn create_account(&self, ctx: &Context<'_>, input: CreateAccountInput) -> Answer<CreateAccountPayload> {
        let asking = asking(ctx);
        let new = CreateAccount {
            username: input.username,
            password: input.password,
            name: input.name,
            roles: input.roles.into_iter().map(Into::into).collect(),
            judge_kind: input.judge_kind.map(Into::into),
            organization_id: input.organization_id.map(|id| id.0),
            idempotency_key: input.idempotency_key,
        };
        let done = accounts::create_account(asking.app(), &asking.viewer()?, new).await?;
        Ok(CreateAccountPayload { user: User::named(asking, done.user).await? })
    }
}

/// What follows in the request is asked by who has just signed in.
async fn entered(ctx: &Context<'_>, signed_in: SignedIn, cookie: bool) -> Answer<SignInPayload> {
    let asking = asking(ctx);
    match accounts::authenticate(asking.app(), &signed_in.access_token).await {
        Ok(actor) => asking.becomes(Ok(access::Viewer::Person(actor))),
        // Ended in the meantime, by a reuse of the token for one: what was done is told all the same.
        Err(Error::SignIn(reason)) => asking.becomes(Err(reason)),
        Err(fault) => return Err(fault.into()),
    }
    if cookie {
        let set = session::cookie(&signed_in.refresh_token, asking.app().settings.rehearsal);
        ctx.append_http_header("set-cookie", set);
    }
    Ok(SignInPayload {
        access_token: signed_in.access_token,
        expires_at: signed_in.expires_at.into(),
        refresh_token: Some(signed_in.refresh_token).filter(|_| !cookie),
        viewer: Viewer::default(),
    })
}

fn count(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
