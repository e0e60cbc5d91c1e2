//! The caret is in the file.

use tenancy::tenant_query_file;

fn main() {
    let _ = tenant_query_file!("queries/leaky.sql", "2030-01-01");
}
