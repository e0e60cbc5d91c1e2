//! Question marks in their order.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select id from orders where id = ? and tenant_id = $tenant and status = ?",
        1_i64,
        "open"
    );
}
