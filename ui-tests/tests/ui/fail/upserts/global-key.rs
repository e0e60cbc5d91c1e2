//! Another tenant's page decides whether ours is stored.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into pages (tenant_id, id, slug, title) values ($tenant, $1, $2, $3)
         on conflict (slug) do nothing",
        1_i64,
        "home",
        "Home"
    );
}
