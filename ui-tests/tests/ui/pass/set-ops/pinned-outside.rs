//! The tenant stands in the same place.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select x.email
           from (select tenant_id, email from customers
                 union all
                 select tenant_id, email from users) x
          where x.tenant_id = $tenant"
    );
}
