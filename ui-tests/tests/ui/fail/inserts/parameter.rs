//! The caller says whose row it is.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into settings (tenant_id, key, value) values ($1, $2, $3)",
        "acme",
        "theme",
        "dark"
    );
}
