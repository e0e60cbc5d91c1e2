//! Runs code from a file.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select load_extension('x')");
}
