//! SQL in a variable cannot be proved.

use tenancy::tenant_query;

fn main() {
    let sql = "select 1";
    let _ = tenant_query!(sql);
}
