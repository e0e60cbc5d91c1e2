//! The tenant on the left.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!("select id from orders where $tenant = tenant_id");
}
