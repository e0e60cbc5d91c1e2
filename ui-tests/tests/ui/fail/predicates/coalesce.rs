//! True for rows without a tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where coalesce(tenant_id, $tenant) = $tenant");
}
