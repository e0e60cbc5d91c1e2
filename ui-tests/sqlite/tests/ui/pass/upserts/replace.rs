//! Every unique key holds the tenant.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "replace into settings (tenant_id, key, value) values ($tenant, ?, ?)",
        "theme",
        "dark"
    );
}
