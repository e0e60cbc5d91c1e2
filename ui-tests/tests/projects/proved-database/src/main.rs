use tenancy::{tenant_query, tenant_query_scalar};

async fn run(db: &tenancy::TenantDb<sqlx::Postgres>) -> tenancy::Result<i64> {
    tenant_query!("delete from orders where id = $1", 7_i64).execute(db).await?;
    tenant_query_scalar!("select count(*) from orders left join plans on true").fetch_one(db).await
}

fn main() {}
