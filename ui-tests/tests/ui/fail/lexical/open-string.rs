//! The string has no end.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where status = 'open");
}
