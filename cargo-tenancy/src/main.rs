//! The `cargo tenancy` command.
fn main() {}
