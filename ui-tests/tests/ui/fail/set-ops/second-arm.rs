//! Each arm needs its own predicate.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant
         union all
         select id from customers"
    );
}
