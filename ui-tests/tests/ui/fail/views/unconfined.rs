//! A view needs the predicate like a table.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from open_orders");
}
