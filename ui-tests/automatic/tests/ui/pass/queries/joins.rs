//! Nothing is said of tenants, and each table is confined where its rows are read.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!("select id from orders where total > $1 or total is null", 5_i64);
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o
           left join customers c on c.id = o.customer_id
          order by o.id -- all of them"
    );
    let _ = tenant_query!("update orders set total = $1 where id = $2", 5_i64, 1_i64);
    let _ = tenant_query!("select id from orders where tenant_id = $tenant");
}
