//! One argument too many.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and id = $1",
        1_i64,
        "open",
        2 + 2
    );
}
