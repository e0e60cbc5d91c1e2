//! The prover of a PostgreSQL project is none for SQLite.

use tenancy::dynamic::Prover;

static SHOP: Prover<sqlx::Sqlite> = tenancy::embed_project!();

fn main() {}
