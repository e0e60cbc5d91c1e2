//! One argument, used twice.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select id from orders where (id = ?1 or total_cents = ?1) and tenant_id = $tenant",
        1_i64
    );
}
