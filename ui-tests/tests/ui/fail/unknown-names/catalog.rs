//! System catalogues speak of everybody.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select relname from pg_catalog.pg_class");
}
