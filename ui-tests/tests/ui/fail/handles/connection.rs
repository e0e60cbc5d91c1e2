//! A plain connection may carry another tenant's transaction.

use tenancy::tenant_query;

async fn run(connection: &mut sqlx::PgConnection) -> tenancy::Result<()> {
    tenant_query!("delete from orders where tenant_id = $tenant")
        .execute(connection)
        .await?;
    Ok(())
}

fn main() {}
