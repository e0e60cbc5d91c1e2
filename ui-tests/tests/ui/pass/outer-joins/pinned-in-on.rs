//! The nullable side is pinned in `on`.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o
           left join customers c on c.tenant_id = $tenant and c.id = o.customer_id
          where o.tenant_id = $tenant"
    );
}
