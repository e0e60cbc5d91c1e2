//! A placeholder is a value, no name.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from $1 where tenant_id = $tenant", "orders");
}
