//! A quoted name keeps its case.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from \"Orders\" where tenant_id = $tenant");
}
