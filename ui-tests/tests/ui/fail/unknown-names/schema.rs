//! A schema that no migration creates.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from archive.orders where tenant_id = $tenant");
}
