//! Can the panel be trusted: how its judges agree, how strict each is, what the ranking would be without each, and whose totals lie far
//! from the others'. It decides nothing.

pub mod read;
