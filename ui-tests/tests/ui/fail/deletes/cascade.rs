//! Deleting a label deletes links of other tenants.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("delete from labels where tenant_id = $tenant and id = $1", 1_i64);
}
