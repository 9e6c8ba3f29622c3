//! What must hold for any input, wherever text or bytes come in from outside. Each target of `targets/` hands one of these what
//! libFuzzer makes up; whatever panics is a finding.
#![forbid(unsafe_code)]

mod door;
mod guard;
mod keys;
mod values;

pub use door::{message, request};
pub use guard::guard;
pub use keys::{receipt, token};
pub use values::{cursor, id, scalar};
