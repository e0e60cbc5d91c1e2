//! Central work has no tenant.

use tenancy::central_query;

fn main() {
    let _ = central_query!("select id from orders where tenant_id = $tenant");
}
