//! Money in whole 分.

use serde::{Deserialize, Serialize};

/// An amount in 分 (1/100 yuan), 0 … 2^53-1 where it comes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// The largest amount that every JSON client can read exactly.
    pub const MAX: Self = Self((1 << 53) - 1);
}
