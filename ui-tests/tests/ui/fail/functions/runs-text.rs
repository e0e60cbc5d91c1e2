//! Runs text as SQL.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select query_to_xml('select * from orders', true, false, '')");
}
