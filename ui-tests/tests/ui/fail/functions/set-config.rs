//! Changes the session in a query.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select set_config('search_path', 'other', false)");
}
