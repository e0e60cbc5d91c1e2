//! The view adds up the orders of all tenants.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select status, total from order_totals");
}
