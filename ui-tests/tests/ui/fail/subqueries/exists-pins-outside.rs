//! The subquery confines the outer table, not its own.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id
           from orders o
          where o.tenant_id = $tenant
            and exists (select 1 from customers c where o.tenant_id = $tenant)"
    );
}
