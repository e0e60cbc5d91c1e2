//! Pieces joined with `+`, and a trailing comma.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select id from orders " + r"where tenant_id = $tenant " + r#"and status = $1"#,
        "open",
    );
}
