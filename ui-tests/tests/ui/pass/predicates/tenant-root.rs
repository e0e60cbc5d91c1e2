//! The tenant's own row.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!("select name from tenants where id = $tenant");
}
