//! The second arm has something else in the tenant's place.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select x.id
           from (select tenant_id, id from orders
                 union all
                 select name, id from customers) x
          where x.tenant_id = $tenant"
    );
}
