//! It counts the orders of every tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select order_count()");
}
