//! `skip` is for one function.

use tenancy::tenant_scoped;

struct Orders;

#[tenant_scoped(skip)]
impl Orders {
    async fn late(&self) -> tenancy::Result<()> {
        Ok(())
    }
}

fn main() {
    let _ = Orders.late();
}
