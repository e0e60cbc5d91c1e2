//! SQL that is put together at run time cannot be proved.

use tenancy::tenant_query;

fn main() {
    let table = "orders";
    let _ = tenant_query!(format!("select id from {table}"), 1);
}
