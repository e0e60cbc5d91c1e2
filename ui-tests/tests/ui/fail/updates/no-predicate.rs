//! Changes the orders of every tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("update orders set status = 'paid' where id = $1", 1_i64);
}
