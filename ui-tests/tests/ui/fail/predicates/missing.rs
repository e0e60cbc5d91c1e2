//! No predicate at all.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id, status from orders");
}
