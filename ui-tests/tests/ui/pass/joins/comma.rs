//! Both predicates in `where`.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o, customers c
          where o.tenant_id = $tenant and c.tenant_id = $tenant and c.id = o.customer_id"
    );
}
