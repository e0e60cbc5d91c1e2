//! Gives the row to whom the caller names.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "update orders set tenant_id = $1 where tenant_id = $tenant and id = $2",
        "globex",
        1_i64
    );
}
