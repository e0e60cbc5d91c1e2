//! The table says that a plain insert replaces.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into uploads (tenant_id, path, size) values ($tenant, ?, ?)",
        "a.png",
        1_i64
    );
}
