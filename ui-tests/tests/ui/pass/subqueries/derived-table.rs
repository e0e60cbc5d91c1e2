//! The tenant column passes through.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select o.id
           from (select tenant_id, id from orders where status = 'open') o
          where o.tenant_id = $tenant"
    );
}
