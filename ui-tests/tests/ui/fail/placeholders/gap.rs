//! `$2` is missing.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and id in ($1, $3)",
        1_i64,
        2_i64
    );
}
