//! The key that may conflict holds the tenant.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "insert into orders (tenant_id, id, status) values ($tenant, ?, ?)
         on duplicate key update status = values(status)",
        1_i64,
        "paid"
    );
}
