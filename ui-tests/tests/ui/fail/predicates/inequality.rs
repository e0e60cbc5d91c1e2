//! The tenant and all that sort behind it.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where tenant_id >= $tenant");
}
