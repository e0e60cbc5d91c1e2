//! Statements built at run time are proved too, so they are allowed.

use tenancy::dynamic::{Direction, Prover};
use tenancy::{TenantDb, tenant_scoped};

static SHOP: Prover<sqlx::Postgres> = tenancy::embed_project!();

#[tenant_scoped]
async fn search(db: &TenantDb<sqlx::Postgres>, status: Option<&str>) -> tenancy::Result<Vec<i64>> {
    let mut query = SHOP.builder("select o.id from orders o where o.tenant_id = $tenant");
    query.filter_if(status, "o.status = ").then_by("o.id", Direction::Descending);
    query.build_query_scalar().fetch_all(db).await
}

#[tenant_scoped]
async fn count(db: &TenantDb<sqlx::Postgres>) -> tenancy::Result<i64> {
    let mut query = tenancy::dynamic::QueryBuilder::new(&SHOP, "select count(*) from orders o ");
    query.push("where o.tenant_id = $tenant");
    query.build_query_scalar().fetch_one(db).await
}

pub fn main() {
    let _ = (search, count);
    assert_eq!(SHOP.check("select id from orders where tenant_id = $tenant"), Ok(()));
    assert!(SHOP.check("select id from orders").is_err());
}
