//! The platform at its public door, and the house it is built as. One binary; every test on both databases.

mod abuse;
mod accounts;
mod architecture;
mod award;
mod before_bids;
mod calendar;
mod canaries;
mod clock;
mod doors;
mod finding;
mod guard;
mod lists;
mod once;
mod process;
mod promises;
mod races;
mod reviews;
mod seal;
mod second_factor;
mod sideways;
mod sight;
mod sockets;
mod tokens;
mod transport;
mod walk;
