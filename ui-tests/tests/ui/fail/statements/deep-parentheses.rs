//! Too deep to analyse: an error, no crash.

use tenancy::tenant_query_file;

fn main() {
    let _ = tenant_query_file!("queries/generated/deep-parentheses.sql");
}
