//! The tenant and a neighbour.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where tenant_id in ($tenant, 'globex')");
}
