//! Changes the connection.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("pragma foreign_keys = off");
}
