//! The update gives the row away.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into settings (tenant_id, key, value) values ($tenant, $1, $2)
         on conflict (tenant_id, key) do update set tenant_id = excluded.value",
        "theme",
        "dark"
    );
}
