//! The key that may conflict holds the tenant.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "insert into settings (tenant_id, key, value) values ($tenant, ?, ?)
         on conflict (tenant_id, key) do update set value = excluded.value",
        "theme",
        "dark"
    );
}
