//! Each group belongs to one tenant.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select g.status, g.total
           from (select tenant_id, status, sum(total_cents) as total
                   from orders group by tenant_id, status) g
          where g.tenant_id = $tenant"
    );
}
