//! The type of the rows comes first.

use tenancy::tenant_query_as;

fn main() {
    let _ = tenant_query_as!("select id from orders where tenant_id = $tenant");
}
