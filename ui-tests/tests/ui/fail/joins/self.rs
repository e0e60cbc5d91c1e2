//! A table joined with itself is two references.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select a.id, b.id
           from orders a
           join orders b on b.customer_id = a.customer_id
          where a.tenant_id = $tenant"
    );
}
