//! Own rows.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "delete from order_items where tenant_id = $tenant and order_id = ?",
        1_i64
    );
}
