//! An operator that the prover does not know.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and note @@@ $1",
        "x"
    );
}
