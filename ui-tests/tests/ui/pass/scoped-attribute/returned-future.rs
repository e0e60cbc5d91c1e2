//! A boxed future checks when it is first polled.

use tenancy::{TenantContextError, tenant_scoped};

use std::pin::Pin;

#[tenant_scoped]
pub fn boxed<'a>(value: &'a u8) -> Pin<Box<dyn Future<Output = Result<u8, TenantContextError>> + Send + 'a>> {
    Box::pin(async move { Ok(*value) })
}

#[tenant_scoped]
pub fn opaque() -> impl Future<Output = Result<u8, TenantContextError>> {
    async { Ok(1) }
}

pub fn main() {
    drop((boxed(&1), opaque()));
}
