//! A table that nobody declared.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id, email from leads");
}
