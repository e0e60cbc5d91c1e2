//! A function that nobody knows.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select frobnicate(id) from orders where tenant_id = $tenant");
}
