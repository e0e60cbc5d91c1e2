//! Another column equals the tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where status = $tenant");
}
