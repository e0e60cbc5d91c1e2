//! A search form with an optional filter.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where $1::text is null or tenant_id = $tenant",
        None::<String>
    );
}
