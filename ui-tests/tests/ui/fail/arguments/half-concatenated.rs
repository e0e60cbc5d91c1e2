//! Only literals can be joined.

use tenancy::tenant_query;

const TABLE: &str = "orders";

fn main() {
    let _ = tenant_query!("select id from " + TABLE);
}
