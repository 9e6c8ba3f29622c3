//! Awards: what is talked over with the candidates, the public notice (公示) of the proposed winners, and the objections to it.
//! The award itself makes projects, so it is in `projects`.

mod end_notice;
pub(crate) mod model;
mod negotiate;
mod object;
mod publish_notice;
pub mod read;
mod resolve;
mod store;
mod void_notice;

pub use negotiate::{RecordNegotiation, record_negotiation};
pub use object::{ObjectionRaised, RaiseObjection, raise_objection};
pub use publish_notice::{NoticePublished, PublishNotice, publish_notice};
pub use resolve::{ObjectionResolved, ResolveObjection, resolve_objection};
pub use void_notice::{NoticeVoided, VoidNotice, void_notice};

pub(crate) use end_notice::at_end;
pub(crate) use store::{current, has_open, step, winners_of};
