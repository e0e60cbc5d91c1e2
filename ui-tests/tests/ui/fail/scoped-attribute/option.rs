//! An option cannot say "no tenant" either.

use tenancy::tenant_scoped;

#[tenant_scoped]
async fn late() -> Option<u8> {
    None
}

fn main() {}
