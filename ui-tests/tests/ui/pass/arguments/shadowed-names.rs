//! Nothing in scope changes what the macro means.

use tenancy::tenant_query;

#[expect(dead_code, reason = "they only shadow")]
mod shadows {
    pub struct Result;
    pub struct Vec;
    pub enum Option {
        Some,
        None,
    }
    pub fn drop() {}
}

pub fn main() {
    #[expect(unused_imports, reason = "they only shadow")]
    use shadows::{Option::None, Option::Some, Result, Vec, drop};
    let query = 1_i64;
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and id = $1",
        query
    );
}
