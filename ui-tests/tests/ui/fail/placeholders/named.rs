//! PostgreSQL has no names for them.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and id = :id",
        1_i64
    );
}
