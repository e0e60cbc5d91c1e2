//! The groups mix tenants before the filter.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select g.status, g.total
           from (select min(tenant_id) as tenant_id, status, sum(total_cents) as total
                   from orders group by status) g
          where g.tenant_id = $tenant"
    );
}
