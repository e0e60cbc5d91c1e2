//! See the README.

pub mod property;
