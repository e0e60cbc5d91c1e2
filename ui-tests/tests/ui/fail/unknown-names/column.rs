//! A column that the table does not have.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id, state from orders where tenant_id = $tenant");
}
