//! A left join keeps every row of its left side, whatever `on` says.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o
           left join customers c on o.tenant_id = $tenant and c.tenant_id = o.tenant_id"
    );
}
