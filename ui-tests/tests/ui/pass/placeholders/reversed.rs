//! Arguments by number, not by place.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and status = $2 and id = $1",
        1_i64,
        "open"
    );
}
