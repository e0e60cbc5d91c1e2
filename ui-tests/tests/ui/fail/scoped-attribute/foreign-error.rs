//! An error that cannot say "no tenant".

use tenancy::tenant_scoped;

#[tenant_scoped]
async fn late() -> Result<(), std::num::ParseIntError> {
    Ok(())
}

fn main() {}
