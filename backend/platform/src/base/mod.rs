//! Words everyone uses: identifiers, time, money, decimals, pages, errors. Knows no database and no door.

pub mod clock;
pub mod decimal;
pub mod error;
pub mod faults;
pub(crate) mod form;
pub mod id;
pub mod memory;
pub mod money;
pub mod page;
pub mod random;
pub mod uscc;
pub mod words;

pub use clock::{Clock, Instant};
pub use decimal::Decimal;
pub use error::{Error, Reason, Result};
pub use faults::{Fault, Faults};
pub use memory::Memory;
pub use money::Fen;
pub use page::{Cursor, Page, PageRequest};
