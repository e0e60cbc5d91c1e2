//! A deletion inside a query is a deletion.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "with gone as (delete from order_items where order_id = $1 returning sku)
         select sku from gone",
        1_i64
    );
}
