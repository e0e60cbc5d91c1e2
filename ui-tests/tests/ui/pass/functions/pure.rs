//! Built in, and declared in `tenancy.toml`.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select upper(name), slugify(name), coalesce(country, $1) from customers where tenant_id = $tenant",
        "de"
    );
}
