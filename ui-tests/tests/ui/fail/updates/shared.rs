//! A shared table belongs to nobody.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("update plans set name = $1", "Basic");
}
