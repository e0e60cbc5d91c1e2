//! A name that stands for no table here.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select x.id from orders o where o.tenant_id = $tenant");
}
