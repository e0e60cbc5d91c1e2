//! The tenant is one of the values.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "insert into settings (tenant_id, key, value)
         values ($tenant, $1, $2), ($tenant, 'lang', 'de')
         returning key",
        "theme",
        "dark"
    );
}
