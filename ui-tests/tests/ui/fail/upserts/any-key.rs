//! Without a target every key counts, the global one too.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into pages (tenant_id, id, slug, title) values ($tenant, $1, $2, $3)
         on conflict do nothing",
        1_i64,
        "home",
        "Home"
    );
}
