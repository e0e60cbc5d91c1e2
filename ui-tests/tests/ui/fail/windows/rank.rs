//! The rank counts the rows of all tenants.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select r.id, r.place
           from (select tenant_id, id, rank() over (order by total_cents) as place from orders) r
          where r.tenant_id = $tenant"
    );
}
