//! Nobody knows what the trigger does.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("update hooked set val = $1 where tenant_id = $tenant", "x");
}
