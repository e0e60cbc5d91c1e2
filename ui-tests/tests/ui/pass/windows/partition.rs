//! Each window belongs to one tenant.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select r.id, r.place
           from (select tenant_id, id,
                        rank() over (partition by tenant_id order by total_cents) as place
                   from orders) r
          where r.tenant_id = $tenant"
    );
}
