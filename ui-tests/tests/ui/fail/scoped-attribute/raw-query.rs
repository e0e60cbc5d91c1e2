//! Raw SQL beside proved queries.

use tenancy::tenant_scoped;

#[tenant_scoped]
async fn names(pool: &sqlx::PgPool) -> tenancy::Result<()> {
    sqlx::query("select name from customers").execute(pool).await?;
    Ok(())
}

fn main() {}
