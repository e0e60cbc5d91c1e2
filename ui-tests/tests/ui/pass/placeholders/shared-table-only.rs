//! Nothing to confine.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!("select id, code from plans where price_cents < $1", 1000_i32);
}
