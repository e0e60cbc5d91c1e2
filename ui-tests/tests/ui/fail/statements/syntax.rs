//! A word that SQL does not have.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("selct id from orders where tenant_id = $tenant");
}
