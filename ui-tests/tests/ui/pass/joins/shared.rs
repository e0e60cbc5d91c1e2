//! A shared table needs nothing.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select t.name, p.name from tenants t join plans p on p.id = t.plan_id
          where t.id = $tenant"
    );
}
