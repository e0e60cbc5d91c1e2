//! One expression is open.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "with late as (select id, customer_id from orders where due < now())
         select c.name
           from late
           join customers c on c.id = late.customer_id
          where c.tenant_id = $tenant"
    );
}
