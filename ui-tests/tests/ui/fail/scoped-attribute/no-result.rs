//! A function that cannot refuse.

use tenancy::tenant_scoped;

struct Orders;

#[tenant_scoped]
impl Orders {
    fn new() -> Self {
        Self
    }

    async fn refresh(&self) {}

    fn table(&self) -> &str {
        "orders"
    }
}

fn main() {
    Orders::new().table();
}
