//! SQL that grows at run time.

use tenancy::tenant_scoped;

#[tenant_scoped]
async fn search() -> tenancy::Result<()> {
    let _query = sqlx::QueryBuilder::<sqlx::Postgres>::new("select id from orders where ");
    Ok(())
}

fn main() {}
