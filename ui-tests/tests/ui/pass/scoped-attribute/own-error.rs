//! Any error that can be made of "no tenant".

use tenancy::{TenantContextError, tenant_scoped};

#[derive(Debug)]
pub struct Failure;

impl From<TenantContextError> for Failure {
    fn from(_: TenantContextError) -> Self {
        Self
    }
}

#[tenant_scoped]
fn work<T: Clone>(value: &T) -> Result<T, Failure>
where
    T: Send,
{
    Ok(value.clone())
}

pub fn main() {
    work(&1).unwrap_err();
}
