//! A function that no migration creates.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select frobnicate(id) from orders where tenant_id = $tenant");
}
