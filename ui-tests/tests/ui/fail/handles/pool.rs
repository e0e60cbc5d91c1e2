//! A plain pool keeps no tenants apart.

use tenancy::tenant_query;

async fn run(pool: &sqlx::PgPool) -> tenancy::Result<()> {
    tenant_query!("delete from orders where tenant_id = $tenant")
        .execute(pool)
        .await?;
    Ok(())
}

fn main() {}
