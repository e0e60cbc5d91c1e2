//! Transactions are begun on the handle.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("begin");
}
