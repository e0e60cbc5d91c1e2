//! A plain pool keeps no tenants apart, whenever a statement was proved.

use tenancy::dynamic::Prover;

static SHOP: Prover<sqlx::Postgres> = tenancy::embed_project!();

async fn run(pool: &sqlx::PgPool, text: &str) -> tenancy::Result<()> {
    SHOP.query(text).execute(pool).await?;
    Ok(())
}

fn main() {}
