//! A tenant written down is not the current one.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where tenant_id = 'acme'");
}
