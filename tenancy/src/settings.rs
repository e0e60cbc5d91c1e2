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
    pub(crate) databases: DatabaseSettings,
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
            databases: DatabaseSettings::default(),
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

    /// The limits on databases of single tenants. `max_connections` and `min_connections` do not apply to them.
    #[must_use]
    pub fn databases(mut self, settings: DatabaseSettings) -> Self {
        self.databases = settings;
        self
    }
}

/// How many databases of single tenants are open at a time, with how many connections.
///
/// Every wait is bounded, and its error says which limit it was. Limits of zero count as one.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    pub(crate) max_pools: u32,
    pub(crate) max_connections: u32,
    pub(crate) max_connections_per_tenant: u32,
    pub(crate) connect_timeout: Duration,
    pub(crate) wait_timeout: Duration,
    pub(crate) idle_timeout: Duration,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            max_pools: 64,
            max_connections: 100,
            max_connections_per_tenant: 10,
            connect_timeout: Duration::from_secs(10),
            wait_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(10 * 60),
        }
    }
}

impl DatabaseSettings {
    /// The defaults, which the methods say.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most pools that are open at a time (64). Another tenant's pool is opened when the one that was least recently used,
    /// and is not in use, has been closed.
    #[must_use]
    pub fn max_pools(mut self, count: u32) -> Self {
        self.max_pools = count.max(1);
        self
    }

    /// The most connections over all tenants' pools (100).
    #[must_use]
    pub fn max_connections(mut self, count: u32) -> Self {
        self.max_connections = count.max(1);
        self
    }

    /// The most connections that one tenant has (10).
    #[must_use]
    pub fn max_connections_per_tenant(mut self, count: u32) -> Self {
        self.max_connections_per_tenant = count.max(1);
        self
    }

    /// How long a database may take until a connection is open and has proved to be the tenant's (10 seconds).
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a caller waits for a limit (30 seconds): for a pool, and once that is open for a connection.
    #[must_use]
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.wait_timeout = timeout;
        self
    }

    /// When a pool that nobody uses is closed (10 minutes).
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// More than the opening of a pool can take.
    pub(crate) fn longest_wait(&self) -> Duration {
        self.wait_timeout + self.connect_timeout + Duration::from_secs(1)
    }
}
