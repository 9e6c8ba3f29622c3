//! People: their accounts, sessions and passwords.

mod hasher;

pub use hasher::Hasher;
