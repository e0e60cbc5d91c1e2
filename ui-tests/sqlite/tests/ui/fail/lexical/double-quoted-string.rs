//! An unknown name in double quotes is a string.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where \"tenant\" = $tenant");
}
