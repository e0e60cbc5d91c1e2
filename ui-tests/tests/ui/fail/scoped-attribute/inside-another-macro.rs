//! Raw SQL in the arguments of another macro.

use tenancy::tenant_scoped;

#[tenant_scoped]
async fn names(pool: &sqlx::PgPool) -> tenancy::Result<()> {
    let _ = tokio::join!(async { sqlx::raw_sql("select 1").execute(pool).await });
    Ok(())
}

fn main() {}
