//! `lower` makes different tenants equal.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where lower(tenant_id) = $tenant");
}
