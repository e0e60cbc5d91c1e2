//! The macros of `tenancy`; use them through that crate.
