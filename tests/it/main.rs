//! The platform at its public door, and the house it is built as. One binary; every test on both databases.

mod architecture;
mod before_bids;
mod promises;
mod reviews;
mod seal;
mod walk;
