//! A predicate, but not on the tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id, status from orders where id = $1", 1_i64);
}
