//! Pinned where they are read.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "with late as (select tenant_id, id, customer_id from orders where due < now()),
              names as (select tenant_id, id, name from customers)
         select late.id, names.name
           from late
           join names on names.tenant_id = late.tenant_id and names.id = late.customer_id
          where late.tenant_id = $tenant"
    );
}
