//! `$tenant$` opens a string in PostgreSQL.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select $tenant$ text $tenant$, id from orders");
}
