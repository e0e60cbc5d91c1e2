//! The view does not show the tenant: no predicate can confine it.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from order_ids");
}
