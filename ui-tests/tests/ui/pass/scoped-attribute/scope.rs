//! Inside a scope the function runs.

use tenancy::{TenantContextError, tenant_scoped};

#[tenant_scoped]
async fn work() -> Result<u8, TenantContextError> {
    Ok(1)
}

pub fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(work()).unwrap_err();
}
