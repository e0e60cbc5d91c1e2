//! A file that is not there.

use tenancy::tenant_query_file;

fn main() {
    let _ = tenant_query_file!("queries/absent.sql");
}
