//! Holds a connection.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select pg_sleep(10)");
}
