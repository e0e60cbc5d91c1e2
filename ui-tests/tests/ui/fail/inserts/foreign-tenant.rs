//! Gives each row to the tenant that it was read from.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into settings (tenant_id, key, value)
         select u.name, u.email, u.name from users u where u.tenant_id = $tenant"
    );
}
