//! Foreign matches take the place of the empty one.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o
           left join customers c on c.id = o.customer_id
          where o.tenant_id = $tenant and (c.tenant_id = $tenant or c.tenant_id is null)"
    );
}
