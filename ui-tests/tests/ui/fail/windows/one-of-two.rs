//! One window is confined, the other is not.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select r.id, r.a, r.b
           from (select tenant_id, id,
                        sum(total_cents) over (partition by tenant_id) as a,
                        sum(total_cents) over (partition by status) as b
                   from orders) r
          where r.tenant_id = $tenant"
    );
}
