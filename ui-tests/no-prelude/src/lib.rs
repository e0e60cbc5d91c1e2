//! A program without a prelude, where the usual names mean something else: the macros must not mind.

#![no_implicit_prelude]

/// No result.
#[derive(::core::fmt::Debug)]
pub struct Result;

/// No vector.
#[derive(::core::fmt::Debug)]
pub struct Vec;

/// No option.
#[derive(::core::fmt::Debug)]
pub struct Option;

/// Nothing is fine.
#[expect(non_snake_case, reason = "shadows the variant")]
pub fn Ok() {}

/// Deletes an order.
///
/// # Errors
/// No tenant, or what the database says.
#[::tenancy::tenant_scoped]
pub async fn delete(
    db: &::tenancy::TenantDb<::sqlx::Postgres>,
    id: i64,
) -> ::core::result::Result<(), ::tenancy::Error> {
    ::tenancy::tenant_query!("delete from orders where tenant_id = $tenant and id = $1", id)
        .execute(db)
        .await?;
    ::core::result::Result::Ok(())
}

/// Two arguments in another order than their placeholders.
///
/// # Errors
/// No tenant, or what the database says.
pub async fn rename(
    db: &::tenancy::TenantDb<::sqlx::Postgres>,
    id: i64,
    note: &str,
) -> ::core::result::Result<(), ::tenancy::Error> {
    ::tenancy::tenant_query!(
        "update orders set note = $2 where tenant_id = $tenant and id = $1",
        id,
        note
    )
    .execute(db)
    .await?;
    ::core::result::Result::Ok(())
}
