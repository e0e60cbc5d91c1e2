//! Other tenants' users decide what is deleted.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "delete from orders o using users u
          where o.tenant_id = $tenant and u.id = o.customer_id"
    );
}
