//! What can be seen of the pools from outside.

/// What the pools of tenants' databases do and have done; by [`TenantDb::database_stats`](crate::TenantDb::database_stats).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DatabaseStats {
    /// Pools that are open.
    pub open: u32,
    /// Pools that are being opened, or wait for their turn.
    pub opening: u32,
    /// Pools that are being closed. They count as open towards the limits until they are closed.
    pub closing: u32,
    /// Connections that are in use.
    pub leased: u32,
    /// Connections that are in use, open or reserved, towards `max_connections`.
    pub connections: u32,
    /// Callers that wait for a pool or a connection.
    pub waiting: u32,
    /// How often a caller found the tenant's pool open.
    pub hits: u64,
    /// How often the pool had to be opened, or the caller joined others who waited for it.
    pub misses: u64,
    /// How many times pools were opened.
    pub opened: u64,
    /// Pools that were closed for the sake of another tenant.
    pub evictions: u64,
    /// How often a caller, or the opening of a pool, had to wait for a limit.
    pub waits: u64,
    /// How many of these waits took too long.
    pub timeouts: u64,
    /// Attempts to open a pool that failed.
    pub failures: u64,
}
