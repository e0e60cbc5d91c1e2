//! How a database is opened.

use std::time::Duration;

/// How many connections a [`TenantDb`](crate::TenantDb) opens, and for how long.
#[derive(Debug, Clone)]
pub struct DbSettings {
    pub(crate) max_connections: u32,
    pub(crate) min_connections: u32,
    pub(crate) unscoped_connections: u32,
    pub(crate) acquire_timeout: Duration,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) ping_after: Duration,
    pub(crate) transaction_pooler: bool,
}

impl Default for DbSettings {
    fn default() -> Self {
        Self {
            max_connections: 10,
            min_connections: 0,
            unscoped_connections: 2,
            acquire_timeout: Duration::from_secs(30),
            idle_timeout: Some(Duration::from_secs(10 * 60)),
            max_lifetime: Some(Duration::from_secs(30 * 60)),
            ping_after: Duration::from_secs(5),
            transaction_pooler: false,
        }
    }
}

impl DbSettings {
    /// The defaults: those of sqlx, and what the methods say.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most connections for tenants' work (10).
    #[must_use]
    pub fn max_connections(mut self, count: u32) -> Self {
        self.max_connections = count;
        self
    }

    /// The connections for tenants' work that are kept open (0).
    #[must_use]
    pub fn min_connections(mut self, count: u32) -> Self {
        self.min_connections = count;
        self
    }

    /// The most connections for central and raw work (2). They are separate and opened when needed, so that nothing
    /// that such work does to its session can meet a tenant.
    #[must_use]
    pub fn unscoped_connections(mut self, count: u32) -> Self {
        self.unscoped_connections = count;
        self
    }

    /// How long to wait for a connection (30 seconds).
    #[must_use]
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// When an idle connection is closed (10 minutes).
    #[must_use]
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.idle_timeout = timeout.into();
        self
    }

    /// When a connection is closed, however busy (30 minutes).
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: impl Into<Option<Duration>>) -> Self {
        self.max_lifetime = lifetime.into();
        self
    }

    /// After how long in the pool a connection is tried before it is handed out (5 seconds): a round trip that
    /// busy connections are spared.
    #[must_use]
    pub fn ping_after(mut self, idle: Duration) -> Self {
        self.ping_after = idle;
        self
    }

    /// Whether a pooler that lends connections for a transaction (PgBouncer in transaction mode) stands between us and
    /// PostgreSQL (no). Every statement then runs in a transaction and is prepared anew, for what one transaction leaves on
    /// a connection, the next may not find, or may find another client's. A single read costs three round trips, a
    /// transaction of one statement four.
    ///
    /// [`connect`](crate::TenantDbBuilder::connect) refuses to go on where a pooler is noticed and nobody said so. PgBouncer
    /// needs no `ignore_startup_parameters` for us.
    #[must_use]
    pub fn transaction_pooler(mut self, between: bool) -> Self {
        self.transaction_pooler = between;
        self
    }
}
