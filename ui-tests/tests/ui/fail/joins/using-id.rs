//! `using` on a key that repeats from tenant to tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select u.name, c.name from users u join customers c using (id)
          where u.tenant_id = $tenant"
    );
}
