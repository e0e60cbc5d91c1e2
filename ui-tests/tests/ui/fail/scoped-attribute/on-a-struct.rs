//! Only what runs can be guarded.

use tenancy::tenant_scoped;

#[tenant_scoped]
struct Orders;

fn main() {}
