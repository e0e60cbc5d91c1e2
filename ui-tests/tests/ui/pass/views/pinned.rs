//! A view with the tenant column.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!("select id from open_orders where tenant_id = $tenant");
}
