//! Each step stays with the tenant.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "with recursive tree as (
             select tenant_id, id from categories where tenant_id = $tenant and parent_id is null
             union all
             select c.tenant_id, c.id from categories c
               join tree t on c.tenant_id = t.tenant_id and c.parent_id = t.id
         )
         select id from tree"
    );
}
