//! What is taken away depends on other tenants.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select email from customers where tenant_id = $tenant
         except
         select email from users"
    );
}
