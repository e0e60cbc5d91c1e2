//! The plain case.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select id, status from orders where tenant_id = $tenant and id = ?",
        1_i64
    );
}
