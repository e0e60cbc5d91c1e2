//! Each side is tied to the other.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o
           join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id
          where o.tenant_id = $tenant"
    );
}
