//! Changes the session.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("set search_path to other");
}
