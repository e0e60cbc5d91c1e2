//! What is written is not replaced.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into customers (tenant_id, id, name) values ($1, $2, $3)",
        "globex",
        1_i64,
        "Ann"
    );
}
