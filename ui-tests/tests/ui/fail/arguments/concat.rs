//! `concat!` is not expanded in time.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(concat!("select id", " from orders"));
}
