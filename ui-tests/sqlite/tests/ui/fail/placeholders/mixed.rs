//! A number after bare question marks may name the tenant's slot.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and id = ? and status = ?1",
        1_i64,
        "open"
    );
}
