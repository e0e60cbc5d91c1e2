//! An identifier in escapes.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from U&\"orders\" where tenant_id = $tenant");
}
