//! Empties the table for everybody.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("truncate orders");
}
