//! An option that does not exist.

use tenancy::tenant_scoped;

#[tenant_scoped(allow_raw)]
async fn late() -> tenancy::Result<()> {
    Ok(())
}

fn main() {}
