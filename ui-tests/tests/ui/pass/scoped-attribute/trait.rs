//! Default methods are guarded, others are left to their implementation.

use tenancy::{TenantContextError, tenant_scoped};

#[tenant_scoped]
pub trait Work {
    fn done(&self) -> Result<u8, TenantContextError>;

    fn again(&self) -> Result<u8, TenantContextError> {
        self.done()
    }
}

impl Work for u8 {
    fn done(&self) -> Result<u8, TenantContextError> {
        Ok(*self)
    }
}

pub fn main() {
    assert_eq!(1.done(), Ok(1));
    1.again().unwrap_err();
}
