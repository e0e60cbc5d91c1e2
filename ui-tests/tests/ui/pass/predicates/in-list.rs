//! A list of one.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!("select id from orders where tenant_id in ($tenant)");
}
