//! A checked query of sqlx is checked for types only.

use tenancy::tenant_scoped;

struct Customers(sqlx::PgPool);

#[tenant_scoped]
impl Customers {
    async fn names(&self) -> tenancy::Result<Vec<String>> {
        Ok(sqlx::query_scalar!("select name from customers").fetch_all(&self.0).await?)
    }
}

fn main() {}
