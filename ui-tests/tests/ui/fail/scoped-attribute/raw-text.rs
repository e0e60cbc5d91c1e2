//! SQL as text on a connection.

use tenancy::tenant_scoped;

use sqlx::Executor;

#[tenant_scoped]
async fn wipe(pool: &sqlx::PgPool) -> tenancy::Result<()> {
    pool.execute("delete from customers").await?;
    Ok(())
}

fn main() {}
