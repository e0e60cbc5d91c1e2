//! Inside its own definition the name still means the table.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "with orders as (select * from orders)
         select id from orders where status = 'open' "
    );
}
