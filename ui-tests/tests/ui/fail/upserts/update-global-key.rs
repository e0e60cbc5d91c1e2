//! The row that is updated may be another tenant's.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into pages (tenant_id, id, slug, title) values ($tenant, $1, $2, $3)
         on conflict (slug) do update set title = excluded.title",
        1_i64,
        "home",
        "Home"
    );
}
