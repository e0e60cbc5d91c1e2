//! `nocase` makes tenants equal that are not.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select body from documents where tenant_id = $tenant");
}
