//! Projects: a challenge is awarded, each winner has a project, and the agreement (揭榜协议) is signed.

mod award;
pub mod lifecycle;
pub(crate) mod model;
pub mod read;
mod sign;
mod store;

pub use award::{AwardChallenge, ChallengeAwarded, award_challenge};
pub use sign::{AgreementSigned, SignAgreement, sign_agreement};
