//! `filter` chooses rows of one aggregate only.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select count(*) filter (where tenant_id = $tenant), max(total_cents) from orders");
}
