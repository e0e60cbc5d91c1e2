//! The caller says who the tenant is.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where tenant_id = $1", "acme");
}
