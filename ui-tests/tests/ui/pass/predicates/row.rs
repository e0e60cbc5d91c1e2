//! Member by member.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select status from orders where (tenant_id, id) = ($tenant, $1)",
        1_i64
    );
}
