//! A number over all tenants.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select count(*) from orders");
}
