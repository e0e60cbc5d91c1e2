//! The tenant between two values, and twice: a question mark and a bind for each.

use tenancy::{tenant_query, tenant_query_scalar};

pub fn main() {
    let query = tenant_query!(
        "select id from orders where id = ? and tenant_id = $tenant and status = ?",
        1_i64,
        "open"
    );
    assert_eq!(
        query.sql(),
        "select id from orders where id = ? and tenant_id = ? and status = ?"
    );
    let _: tenancy::QueryScalar<sqlx::MySql, i64> = tenant_query_scalar!(
        "select count(*) from orders o where o.tenant_id = $tenant
            and exists (select 1 from projects p where p.tenant_id = $tenant and p.id = o.id)"
    );
}
