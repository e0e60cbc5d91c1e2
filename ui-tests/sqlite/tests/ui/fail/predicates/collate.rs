//! The comparison asks for a collation of its own.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where tenant_id collate nocase = $tenant");
}
