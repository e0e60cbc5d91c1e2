//! `using` compares the tenant too.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select u.name, c.name from users u join customers c using (tenant_id, id)
          where u.tenant_id = $tenant"
    );
}
