//! A statement in a file.

use tenancy::tenant_query_file;

pub fn main() {
    let _ = tenant_query_file!("queries/late.sql", "2030-01-01");
}
