//! The older way to write a join.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o, customers c
          where o.tenant_id = $tenant and c.id = o.customer_id"
    );
}
