//! The literal comes from the caller's own macro.

use tenancy::tenant_query;

macro_rules! by_id {
    ($sql:literal, $id:expr) => {
        tenant_query!($sql, $id)
    };
}

pub fn main() {
    let _ = by_id!(
        "select status from orders where tenant_id = $tenant and id = $1",
        1_i64
    );
}
