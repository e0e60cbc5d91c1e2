//! The column compares without regard to case.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select body from documents where tenant_id = $tenant");
}
