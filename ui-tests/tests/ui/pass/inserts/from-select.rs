//! The tenant comes from rows that are pinned.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "insert into settings (tenant_id, key, value)
         select u.tenant_id, u.email, u.name from users u where u.tenant_id = $tenant"
    );
}
