//! Another tenant's page decides whether ours is stored.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert or ignore into pages (tenant_id, id, slug) values ($tenant, ?, ?)",
        1_i64,
        "home"
    );
}
