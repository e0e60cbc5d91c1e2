//! The rollup adds a row over all tenants.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select g.tenant_id, g.total
           from (select tenant_id, sum(total_cents) as total from orders group by rollup (tenant_id)) g
          where g.tenant_id = $tenant or g.tenant_id is null"
    );
}
