//! Awards: what is talked over with the candidates, the public notice (公示) of the proposed winners, and the objections to it.
//! The award itself makes projects, so it is in `projects`.

mod accept_complaint;
mod decide_complaint;
mod end_notice;
pub mod evidence;
pub mod ledger;
pub(crate) mod model;
mod negotiate;
mod object;
mod publish_notice;
mod raise_complaint;
pub mod read;
mod resolve;
mod rulings;
mod store;
mod void_notice;
mod withdraw_complaint;
mod withdraw_objection;

pub use accept_complaint::{AcceptComplaint, accept_complaint};
pub use decide_complaint::{DecideComplaint, decide_complaint};
pub use negotiate::{RecordNegotiation, record_negotiation};
pub use object::{ObjectionRaised, RaiseObjection, raise_objection};
pub use publish_notice::{NoticePublished, PublishNotice, publish_notice};
pub use raise_complaint::{Complained, RaiseComplaint, raise_complaint};
pub use resolve::{ObjectionResolved, ResolveObjection, resolve_objection};
pub use rulings::NewRemedy;
pub use void_notice::{NoticeVoided, VoidNotice, void_notice};
pub use withdraw_complaint::{WithdrawComplaint, withdraw_complaint};
pub use withdraw_objection::{WithdrawObjection, withdraw_objection};

pub(crate) use end_notice::at_end;
pub(crate) use rulings::after_days;
pub(crate) use store::{
    agreed_offers, complaints_open, current, has_open, number_of_winners, passing, step, winners_of,
};
