//! An operator by its full name.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where tenant_id operator(public.=) $tenant");
}
