//! A checked query of sqlx is checked for types only.

use tenancy::tenant_scoped;

macro_rules! query_scalar {
    ($sql:literal) => {
        Ok(1)
    };
}

#[tenant_scoped]
async fn names() -> tenancy::Result<u8> {
    query_scalar!("select name from customers")
}

fn main() {}
