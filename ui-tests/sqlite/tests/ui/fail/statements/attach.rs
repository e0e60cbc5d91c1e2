//! Opens another database.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("attach database 'other.db' as other");
}
