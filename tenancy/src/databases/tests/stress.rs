//! Many tenants on few pools, and callers that are cut off anywhere.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::*;

/// A small generator, so that a failing round can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.roll(from.len() as u64)).unwrap_or(0);
        from.get(at).copied().unwrap_or("acme")
    }
}

/// Files with a marker each, made by writing another name into one of them.
async fn provision_many(folder: &Folder, count: u32) {
    const TEMPLATE: &str = "tenant-00000";
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.file(TEMPLATE))
        .create_if_missing(true)
        .page_size(512)
        .connect()
        .await
        .expect("a database");
    claim::<Sqlite>(&mut connection, &id(TEMPLATE), &name(TEMPLATE))
        .await
        .expect("a marker");
    connection.close().await.expect("closed");
    let template = std::fs::read(folder.file(TEMPLATE)).expect("the file");
    let at = template
        .windows(TEMPLATE.len())
        .position(|bytes| bytes == TEMPLATE.as_bytes())
        .expect("the name");
    for number in 1..count {
        let tenant = format!("tenant-{number:05}");
        let mut bytes = template.clone();
        bytes[at..at + tenant.len()].copy_from_slice(tenant.as_bytes());
        std::fs::write(folder.file(&tenant), bytes).expect("a file");
    }
}

/// Each tenant comes, and some for a second connection; what is open stays within the limits all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_tenants_on_sixty_four_pools() -> Outcome {
    const TENANTS: u32 = 10_000;
    let folder = Folder::new();
    provision_many(&folder, TENANTS).await;
    let limits = DatabaseSettings::new()
        .max_pools(64)
        .max_connections(80)
        .max_connections_per_tenant(2)
        .wait_timeout(SOON);
    let pools = Arc::new(folder.pools(&[], limits).await);
    let callers = (0..100).map(|caller| {
        let pools = Arc::clone(&pools);
        tokio::spawn(async move {
            for number in (caller..TENANTS).step_by(100) {
                let tenant = format!("tenant-{number:05}");
                let one = pools.get(&tenant).await?;
                if number % 10 == 0 {
                    drop(pools.get(&tenant).await?);
                }
                drop(one);
                let stats = pools.stats();
                assert!(stats.connections <= 80, "{stats:?}");
                assert!(stats.open + stats.closing <= 64 + stats.opening, "{stats:?}");
                if number % 500 == 0 {
                    pools.check_books();
                }
            }
            Ok::<_, Error>(())
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await??;
    }
    let stats = pools.rest().await;
    assert_eq!((stats.failures, stats.timeouts), (0, 0));
    assert!(
        stats.opened >= u64::from(TENANTS) && stats.open <= 64,
        "{stats:?}"
    );
    Ok(())
}

/// Drops `future` after it was polled `polls` times, or after `micros`. True if it had finished.
async fn abort<F: Future>(future: F, polls: u64, micros: u64) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    let aborted = std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(cx).map(|_| true)
    });
    timeout(Duration::from_micros(micros), aborted)
        .await
        .unwrap_or(false)
}

/// Something that a caller does; it may fail.
async fn work(pools: &Databases<Sqlite>, way: u64, tenant: &str, other: &str) {
    match way {
        0 => pools.invalidate(&id(tenant)).await,
        1 => {
            let (one, two) = tokio::join!(pools.get(tenant), pools.get(tenant));
            if let (Ok(mut one), Ok(_)) = (one, two) {
                one.close_on_drop();
            }
        }
        2 => {
            let one = pools.get(tenant).await;
            let two = pools.get(other).await;
            drop((one, two));
        }
        _ => {
            if let Ok(mut leased) = pools.get(tenant).await {
                assert_eq!(owner(&mut leased).await, [tenant]);
            }
        }
    }
}

/// Callers are cut off while they open, wait, use, evict and invalidate; afterwards everybody is served, and nothing is
/// missing from the books.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_aborts() -> Outcome {
    const TENANTS: [&str; 5] = ["acme", "bolt", "calm", "dusk", "nobody"];
    let folder = Folder::new();
    let limits = DatabaseSettings::new()
        .max_pools(2)
        .max_connections(3)
        .max_connections_per_tenant(2)
        .connect_timeout(Duration::from_secs(5))
        .wait_timeout(Duration::from_millis(50))
        .idle_timeout(Duration::from_millis(40));
    let pools = Arc::new(folder.pools(&TENANTS[..4], limits).await);
    folder.open("nobody").await.close().await?;
    let callers = (1..=8_u64).map(|seed| {
        let pools = Arc::clone(&pools);
        tokio::spawn(async move {
            let mut dice = Dice(seed << 32 | 0x9e37_79b9);
            let mut finished = 0_u32;
            for _ in 0..1_250 {
                let (way, polls, micros) = (dice.roll(6), 1 + dice.roll(20), 20 + dice.roll(4_000));
                let (tenant, other) = (dice.pick(&TENANTS), dice.pick(&TENANTS));
                finished += u32::from(abort(work(&pools, way, tenant, other), polls, micros).await);
                let stats = pools.stats();
                assert!(stats.connections <= 3 && stats.leased <= 3, "{stats:?}");
                pools.check_books();
            }
            finished
        })
    });
    let mut finished = 0;
    for caller in callers.collect::<Vec<_>>() {
        finished += caller.await?;
    }
    // Some were cut off and some were not, or the test aims past its mark.
    assert!((200..9_800).contains(&finished), "{finished} of 10000 finished");
    let stats = pools.rest().await;
    assert!(
        stats.evictions > 50 && stats.waits > 50 && stats.failures > 5,
        "{stats:?}"
    );
    for tenant in &TENANTS[..4] {
        let mut both = [pools.get(tenant).await?, pools.get(tenant).await?];
        for leased in &mut both {
            assert_eq!(owner(leased).await, [*tenant]);
        }
        drop(both);
        pools.rest().await;
    }
    pools.close().await;
    let stats = pools.stats();
    assert_eq!(
        (stats.open, stats.closing, stats.connections, stats.leased),
        (0, 0, 0, 0)
    );
    Ok(())
}
