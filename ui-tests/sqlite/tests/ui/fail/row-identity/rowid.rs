//! A row number counts the rows of all tenants.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select rowid from orders where tenant_id = $tenant");
}
