//! A column without a type compares by the value that is in it.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select body from loose where tenant_id = $tenant");
}
