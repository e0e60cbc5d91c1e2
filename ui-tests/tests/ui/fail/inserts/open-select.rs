//! Copies the rows of every tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into settings (tenant_id, key, value)
         select $tenant, email, name from users"
    );
}
