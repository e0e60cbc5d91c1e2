//! Adds up one tenant's orders.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select status, count(*), sum(total_cents) from orders where tenant_id = $tenant group by status"
    );
}
