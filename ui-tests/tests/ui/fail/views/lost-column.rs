//! The view has no tenant column left.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from order_numbers where status = 'open'");
}
