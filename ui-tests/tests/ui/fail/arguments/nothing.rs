//! No statement.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!();
}
