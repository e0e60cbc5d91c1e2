//! A subquery in the select list is open.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, (select count(*) from users)
           from orders o
          where o.tenant_id = $tenant"
    );
}
