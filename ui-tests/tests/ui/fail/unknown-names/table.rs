//! A table that no migration creates.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from oders where tenant_id = $tenant");
}
