//! A cross join.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, u.name from orders o cross join users u
          where o.tenant_id = $tenant"
    );
}
