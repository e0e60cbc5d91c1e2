//! Code whose effect nobody sees.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("do $$ begin delete from orders; end $$");
}
