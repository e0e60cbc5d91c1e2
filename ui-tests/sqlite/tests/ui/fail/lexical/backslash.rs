//! A backslash is no escape.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where status = 'a\\' or tenant_id = $tenant --'");
}
