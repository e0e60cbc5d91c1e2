//! Replaces the page of whoever has the slug.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "replace into pages (tenant_id, id, slug) values ($tenant, ?, ?)",
        1_i64,
        "home"
    );
}
