//! The schema speaks of everybody.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select name from sqlite_master");
}
