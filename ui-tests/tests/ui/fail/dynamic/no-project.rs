//! There is no project in that folder.

use tenancy::dynamic::Prover;

static SHOP: Prover<sqlx::Postgres> = tenancy::embed_project!("nowhere");

fn main() {}
