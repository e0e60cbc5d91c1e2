//! Declared work across tenants.

use tenancy::central_query;

pub fn main() {
    let _ = central_query!("update plans set name = $1 where id = $2", "Basic", 1_i32);
}
