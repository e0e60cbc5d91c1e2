//! A future from somewhere else.

use tenancy::tenant_scoped;

use std::future::Future;

#[tenant_scoped]
fn late() -> impl Future<Output = tenancy::Result<()>> {
    std::future::ready(Ok(()))
}

fn main() {}
