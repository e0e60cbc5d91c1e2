//! Explains how everybody's data looks.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("explain analyze delete from orders where tenant_id = $tenant");
}
