//! They begin with 1.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and id = $0",
        1_i64
    );
}
