//! Projects: a challenge is awarded, each winner has a project, and the agreement (揭榜协议) is signed.

mod award;
mod due;
mod fail;
pub mod lifecycle;
pub(crate) mod model;
pub mod read;
mod register_contract;
mod resume;
mod revoke_award;
mod sign;
mod sign_pledge;
mod store;
mod terminate;

pub use award::{AwardChallenge, ChallengeAwarded, award_challenge};
pub use fail::{FailChallenge, fail};
pub use register_contract::{RegisterContract, register_contract};
pub use resume::{ResumeChallenge, resume};
pub use revoke_award::{AwardRevoked, RevokeAward, revoke_award};
pub use sign::{AgreementSigned, SignAgreement, sign_agreement};
pub use sign_pledge::{SignPledge, sign_pledge};
pub use terminate::{ChallengeTerminated, TerminateChallenge, terminate};

pub(crate) use due::at_due;
