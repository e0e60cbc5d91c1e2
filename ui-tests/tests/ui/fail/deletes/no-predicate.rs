//! Deletes the orders of every tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("delete from orders where id = $1", 1_i64);
}
