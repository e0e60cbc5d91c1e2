//! A full join keeps every row of both sides.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o
           full join customers c on o.tenant_id = $tenant and c.tenant_id = $tenant"
    );
}
