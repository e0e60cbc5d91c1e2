//! The second step leaves the tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "with recursive tree as (
             select id, tenant_id from categories where tenant_id = $tenant
             union all
             select c.id, c.tenant_id from categories c join tree t on c.parent_id = t.id
         )
         select id from tree"
    );
}
