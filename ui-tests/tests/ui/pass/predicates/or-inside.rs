//! An `or` beside the predicate.

use tenancy::tenant_query;

pub fn main() {
    let _ =
        tenant_query!("select id from orders where tenant_id = $tenant and (status = 'open' or due < now())");
}
