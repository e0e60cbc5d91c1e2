//! Pinned on its own.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select o.id, (select count(*) from users u where u.tenant_id = $tenant)
           from orders o
          where o.tenant_id = $tenant"
    );
}
