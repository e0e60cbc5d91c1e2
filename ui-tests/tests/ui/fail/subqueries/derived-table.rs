//! The derived table drops the tenant column.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select o.id from (select id, status from orders) o where o.status = 'open' ");
}
