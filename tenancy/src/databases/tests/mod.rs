//! The pools over a folder of SQLite files.

mod stress;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor, Sqlite};
use tokio::time::{sleep, timeout};

use super::*;

type Outcome = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Long enough for what must happen, in a test that must not hang.
const SOON: Duration = Duration::from_secs(20);

/// A folder of databases, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tenancy-pools-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, tenant: &str) -> PathBuf {
        self.0.join(format!("t_{tenant}.db"))
    }

    async fn open(&self, tenant: &str) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.file(tenant))
            .create_if_missing(true)
            .connect()
            .await
            .expect("a database")
    }

    async fn provision(&self, tenant: &str) {
        let mut connection = self.open(tenant).await;
        claim::<Sqlite>(&mut connection, &id(tenant), &name(tenant))
            .await
            .expect("a marker");
        connection.close().await.expect("closed");
    }

    /// A connection that keeps all others out of the database.
    async fn lock(&self, tenant: &str) -> SqliteConnection {
        let mut connection = self.open(tenant).await;
        connection.execute("begin exclusive").await.expect("a lock");
        connection
    }

    async fn pools(&self, tenants: &[&str], settings: DatabaseSettings) -> Databases<Sqlite> {
        for tenant in tenants {
            self.provision(tenant).await;
        }
        let server = SqliteConnectOptions::new().filename(&self.0);
        Databases::new(
            BTreeMap::from([("main".to_owned(), server)]),
            settings,
            PoolOptions::new(),
        )
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn id(tenant: &str) -> TenantId {
    TenantId::parse(tenant).expect("an id")
}

fn name(tenant: &str) -> DatabaseName {
    DatabaseName::of("main", &id(tenant)).expect("a name")
}

fn settings() -> DatabaseSettings {
    DatabaseSettings::new().wait_timeout(Duration::from_millis(100))
}

impl Databases<Sqlite> {
    async fn get(&self, tenant: &str) -> Result<Leased<Sqlite>> {
        self.get_in(tenant, tenant).await
    }

    /// As if `tenant` were placed in the database of `owner`.
    async fn get_in(&self, tenant: &str, owner: &str) -> Result<Leased<Sqlite>> {
        let found = timeout(SOON, self.acquire(&id(tenant), &name(owner))).await;
        found.expect("not for ever")
    }

    /// Waits until what is on its way has come to rest.
    async fn rest(&self) -> DatabaseStats {
        for _ in 0..2_000 {
            let stats = self.stats();
            if (stats.leased, stats.opening, stats.closing, stats.waiting) == (0, 0, 0, 0) {
                return stats;
            }
            sleep(Duration::from_millis(5)).await;
        }
        panic!("not at rest: {:?}", self.stats());
    }

    /// No pool has more connections than the books say.
    fn check_books(&self) {
        self.shared.with(|state, _| {
            for (member, granted) in state.granted() {
                let size = member.pool.get().map_or(0, sqlx::Pool::size);
                assert!(size <= granted, "{size} connections, {granted} granted");
            }
        });
    }
}

async fn owner(leased: &mut Leased<Sqlite>) -> Vec<String> {
    Sqlite::read_owners(leased).await.expect("a marker")
}

#[tokio::test]
async fn many_callers_open_a_pool_once() -> Outcome {
    let folder = Folder::new();
    let pools = folder
        .pools(&["acme"], DatabaseSettings::new().max_connections_per_tenant(2))
        .await;
    let callers = (0..50).map(|_| async {
        let mut leased = pools.get("acme").await?;
        assert_eq!(owner(&mut leased).await, ["acme"]);
        pools.check_books();
        Ok::<_, Error>(())
    });
    for result in join_all(callers).await {
        result?;
    }
    let stats = pools.rest().await;
    assert_eq!(
        (stats.opened, stats.open, stats.hits, stats.misses),
        (1, 1, 0, 50)
    );
    assert!(stats.connections <= 2);
    pools.get("acme").await?;
    assert_eq!(pools.rest().await.hits, 1);
    Ok(())
}

async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        let mut all = true;
        for (future, result) in &mut futures {
            if result.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(value) => *result = Some(value),
                    std::task::Poll::Pending => all = false,
                }
            }
        }
        if all {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    futures.into_iter().filter_map(|(_, result)| result).collect()
}

#[tokio::test]
async fn a_failure_is_shared_and_the_next_caller_tries_again() -> Outcome {
    let folder = Folder::new();
    let pools = folder.pools(&[], settings()).await;
    folder.open("acme").await.close().await?;
    let refused = |result: Result<Leased<Sqlite>>| {
        matches!(result, Err(Error::Placement(PlacementError::NoOwner { .. })))
    };
    for result in join_all((0..20).map(|_| pools.get("acme"))).await {
        assert!(refused(result));
    }
    assert_eq!(pools.rest().await.failures, 1);
    assert!(refused(pools.get("acme").await));
    assert_eq!(pools.rest().await.failures, 2);
    // It fails again and again: a short pause.
    assert!(refused(pools.get("acme").await));
    let stats = pools.rest().await;
    assert_eq!((stats.failures, stats.open, stats.connections), (2, 0, 0));
    sleep(Duration::from_millis(150)).await;
    assert!(refused(pools.get("acme").await));
    assert_eq!(pools.rest().await.failures, 3);
    // Once it is provisioned, nobody waits for the end of the pause.
    folder.provision("acme").await;
    pools.invalidate(&id("acme")).await;
    assert_eq!(owner(&mut pools.get("acme").await?).await, ["acme"]);
    Ok(())
}

#[tokio::test]
async fn a_database_of_somebody_else_is_refused() -> Outcome {
    let folder = Folder::new();
    let pools = folder.pools(&["bolt"], settings()).await;
    let (wrong, right) = tokio::join!(pools.get_in("acme", "bolt"), pools.get("bolt"));
    let error = wrong.err().ok_or("refused")?;
    assert!(
        matches!(&error, Error::Placement(PlacementError::OtherOwner { .. })),
        "{error}"
    );
    assert!(!error.to_string().contains("`bolt`"), "{error}");
    drop(right?);
    // Nor when the owner has it open.
    assert!(pools.get_in("acme", "bolt").await.is_err());
    assert_eq!(pools.rest().await.open, 1);
    // Two owners are none.
    let mut connection = folder.open("calm").await;
    connection
        .execute(
            "create table _tenancy_owner (tenant text); insert into _tenancy_owner values ('calm'), ('calm')",
        )
        .await?;
    assert!(pools.get("calm").await.is_err());
    // A file that is not there is not made.
    assert!(matches!(
        pools.get("gone").await,
        Err(Error::Unavailable(UnavailableError::Open { .. }))
    ));
    assert!(!folder.file("gone").exists());
    Ok(())
}

#[tokio::test]
async fn two_tenants_cannot_claim_one_database() -> Outcome {
    let folder = Folder::new();
    folder.provision("acme").await;
    let mut connection = folder.open("acme").await;
    claim::<Sqlite>(&mut connection, &id("acme"), &name("acme")).await?;
    let error = claim::<Sqlite>(&mut connection, &id("bolt"), &name("acme"))
        .await
        .expect_err("claimed");
    assert!(
        matches!(error, Error::Placement(PlacementError::OtherOwner { .. })),
        "{error}"
    );
    assert!(
        connection
            .execute("insert into _tenancy_owner (tenant) values ('bolt')")
            .await
            .is_err()
    );
    // A temporary table of that name is not looked at.
    connection
        .execute("create temp table _tenancy_owner as select 'bolt' as tenant")
        .await?;
    assert_eq!(Sqlite::read_owners(&mut connection).await?, ["acme"]);
    Ok(())
}

/// A pool that grows looks at each connection: the file may be another's by now.
#[tokio::test]
async fn every_connection_proves_whose_the_database_is() -> Outcome {
    let folder = Folder::new();
    let pools = folder.pools(&["acme", "bolt"], settings()).await;
    let first = pools.get("acme").await?;
    std::fs::rename(folder.file("bolt"), folder.file("acme"))?;
    assert!(matches!(
        pools.get("acme").await,
        Err(Error::Placement(PlacementError::OtherOwner { .. }))
    ));
    drop(first);
    assert_eq!(pools.rest().await.open, 0);
    assert!(pools.get("acme").await.is_err());
    Ok(())
}

#[tokio::test]
async fn who_goes_away_takes_nothing_along() -> Outcome {
    let folder = Folder::new();
    let pools = folder.pools(&["acme", "bolt"], settings().max_pools(1)).await;
    let lock = folder.lock("acme").await;
    // The caller that began to open it is cut off; another one waits on.
    let opener = timeout(Duration::from_millis(50), pools.get("acme"));
    let waiter = async {
        sleep(Duration::from_millis(10)).await;
        pools.get("acme").await
    };
    let unlock = async {
        sleep(Duration::from_millis(100)).await;
        lock.close().await
    };
    let (opener, waiter, unlock) = tokio::join!(opener, waiter, unlock);
    unlock?;
    assert!(opener.is_err());
    let held = waiter?;
    assert_eq!(pools.stats().opened, 1);
    // The place is taken: one who waits for it and goes away leaves nothing.
    assert!(
        timeout(Duration::from_millis(20), pools.get("bolt"))
            .await
            .is_err()
    );
    drop(held);
    let stats = pools.rest().await;
    assert_eq!((stats.opened, stats.open), (1, 1));
    pools.get("bolt").await?;
    assert_eq!(pools.rest().await.open, 1);
    Ok(())
}

#[tokio::test]
async fn a_slow_database_delays_nobody_else() -> Outcome {
    let folder = Folder::new();
    let short = settings().connect_timeout(Duration::from_millis(400));
    let pools = folder.pools(&["acme", "bolt"], short).await;
    let _lock = folder.lock("acme").await;
    let slow = pools.get("acme");
    let others = async {
        sleep(Duration::from_millis(10)).await;
        for _ in 0..5 {
            timeout(Duration::from_millis(200), pools.get("bolt"))
                .await
                .map_err(|_| "delayed")??;
        }
        let at_once = timeout(Duration::from_millis(200), pools.invalidate(&id("bolt"))).await;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(at_once?)
    };
    let (slow, others) = tokio::join!(slow, others);
    others?;
    assert!(matches!(
        slow,
        Err(Error::Unavailable(UnavailableError::NoAnswer { .. }))
    ));
    let stats = pools.rest().await;
    assert_eq!((stats.open, stats.connections, stats.failures), (0, 0, 1));
    Ok(())
}

#[tokio::test]
async fn a_pool_in_use_is_never_closed_for_others() -> Outcome {
    let folder = Folder::new();
    let pools = folder
        .pools(&["acme", "bolt", "calm"], settings().max_pools(2))
        .await;
    let mut held = [pools.get("acme").await?, pools.get("bolt").await?];
    let error = pools.get("calm").await.err().ok_or("no room")?;
    assert!(
        matches!(
            error,
            Error::Unavailable(UnavailableError::Pools { limit: 2, .. })
        ),
        "{error}"
    );
    for leased in &mut held {
        assert_eq!(owner(leased).await.len(), 1);
    }
    assert_eq!(pools.stats().evictions, 0);
    // Who waits gets the first place that is free.
    let [acme, bolt] = held;
    let freed = async {
        sleep(Duration::from_millis(20)).await;
        drop(acme);
    };
    let (calm, ()) = tokio::join!(pools.get("calm"), freed);
    drop((calm?, bolt));
    let stats = pools.rest().await;
    assert_eq!((stats.open, stats.evictions, stats.timeouts), (2, 1, 1));
    assert!(stats.waits >= 2);
    Ok(())
}

#[tokio::test]
async fn the_least_recently_used_goes_first() -> Outcome {
    let folder = Folder::new();
    let pools = folder
        .pools(&["acme", "bolt", "calm"], settings().max_pools(2))
        .await;
    for tenant in ["acme", "bolt", "acme", "calm", "acme"] {
        pools.get(tenant).await?;
        pools.rest().await;
    }
    let stats = pools.stats();
    assert_eq!((stats.opened, stats.hits, stats.evictions), (3, 2, 1));
    Ok(())
}

#[tokio::test]
async fn connections_are_bounded_over_all_pools() -> Outcome {
    let folder = Folder::new();
    let two = settings().max_connections(2).max_connections_per_tenant(2);
    let pools = folder.pools(&["acme", "bolt"], two).await;
    let mut acme = [pools.get("acme").await?, pools.get("acme").await?];
    let error = pools.get("bolt").await.err().ok_or("no connection")?;
    assert!(
        matches!(
            error,
            Error::Unavailable(UnavailableError::Connections { limit: 2, .. })
        ),
        "{error}"
    );
    // What a tenant does not use is taken from it, while it uses the rest.
    let [first, second] = &mut acme;
    let _ = (owner(first).await, owner(second).await);
    let [first, mut second] = acme;
    drop(first);
    let bolt = pools.get("bolt").await?;
    pools.check_books();
    assert_eq!(owner(&mut second).await, ["acme"]);
    assert_eq!(pools.stats().connections, 2);
    drop((second, bolt));
    let stats = pools.rest().await;
    assert_eq!((stats.open, stats.evictions), (2, 0));
    // And back: a pool that nobody uses is closed for a second connection.
    let _acme = [pools.get("acme").await?, pools.get("acme").await?];
    assert_eq!(pools.stats().evictions, 1);
    Ok(())
}

#[tokio::test]
async fn connections_are_bounded_for_each_tenant() -> Outcome {
    let folder = Folder::new();
    let pools = folder
        .pools(&["acme", "bolt"], settings().max_connections_per_tenant(1))
        .await;
    let acme = pools.get("acme").await?;
    let error = pools.get("acme").await.err().ok_or("no connection")?;
    assert!(
        matches!(
            error,
            Error::Unavailable(UnavailableError::TenantConnections { limit: 1, .. })
        ),
        "{error}"
    );
    pools.get("bolt").await?;
    let (next, ()) = tokio::join!(pools.get("acme"), async { drop(acme) });
    next?;
    assert_eq!(pools.rest().await.connections, 2);
    Ok(())
}

#[tokio::test]
async fn a_connection_in_doubt_is_closed() -> Outcome {
    let folder = Folder::new();
    let pools = folder
        .pools(&["acme"], settings().max_connections_per_tenant(1))
        .await;
    for close in [true, false] {
        let mut leased = pools.get("acme").await?;
        assert!(leased.execute("select * from temp.trace").await.is_err());
        leased.execute("create temp table trace (x int)").await?;
        if close {
            leased.close_on_drop();
        }
    }
    let mut leased = pools.get("acme").await?;
    assert!(leased.execute("select * from temp.trace").await.is_ok());
    Ok(())
}

#[tokio::test]
async fn what_nobody_uses_is_closed_after_a_while() -> Outcome {
    let folder = Folder::new();
    let pools = folder
        .pools(
            &["acme", "bolt"],
            settings().idle_timeout(Duration::from_millis(60)),
        )
        .await;
    let _held = pools.get("bolt").await?;
    pools.get("acme").await?;
    sleep(Duration::from_millis(500)).await;
    let stats = pools.stats();
    assert_eq!((stats.open, stats.connections, stats.evictions), (1, 1, 0));
    Ok(())
}

#[tokio::test]
async fn an_invalidated_pool_is_closed_after_the_work_under_way() -> Outcome {
    let folder = Folder::new();
    let pools = folder.pools(&["acme"], settings()).await;
    let mut old = pools.get("acme").await?;
    assert!(
        timeout(Duration::from_millis(50), pools.invalidate(&id("acme")))
            .await
            .is_err()
    );
    let mut new = pools.get("acme").await?;
    assert_eq!((pools.stats().opened, pools.stats().open), (2, 2));
    assert_eq!(
        (owner(&mut old).await, owner(&mut new).await),
        (vec!["acme".to_owned()], vec!["acme".to_owned()])
    );
    drop(new);
    let done = async {
        sleep(Duration::from_millis(20)).await;
        drop(old);
    };
    let acme = id("acme");
    tokio::join!(pools.invalidate(&acme), done);
    let stats = pools.rest().await;
    assert_eq!((stats.open, stats.connections), (0, 0));
    Ok(())
}

#[tokio::test]
async fn closed_is_closed() -> Outcome {
    let folder = Folder::new();
    let pools = folder.pools(&["acme", "bolt"], settings()).await;
    drop((pools.get("acme").await?, pools.get("bolt").await?));
    pools.close().await;
    let stats = pools.stats();
    assert_eq!((stats.open, stats.closing, stats.connections), (0, 0, 0));
    assert!(matches!(
        pools.get("acme").await,
        Err(Error::Unavailable(UnavailableError::Closed))
    ));
    Ok(())
}
