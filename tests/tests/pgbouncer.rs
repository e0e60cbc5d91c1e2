//! N4: PgBouncer in transaction mode, all of whose clients share one connection to the server.

mod shop;

use shop::{Outcome, TENANTS, tenant};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Executor, Postgres, Row};
use tenancy::__private::postgres as made;
use tenancy::{DbSettings, Error, Isolation, Query, SchemaName, TenantDb, scope};

fn options() -> PgConnectOptions {
    std::env::var("TENANCY_TEST_PGBOUNCER_URL")
        .expect("no PgBouncer to test on (TENANCY_TEST_PGBOUNCER_URL is not set): run `cargo xtask test`")
        .parse()
        .expect("a URL")
}

const POLICY: &str = "(tenant_id = (select coalesce(nullif(current_setting('tenancy.tenant', true), ''), concat('tenancy: no tenant is set')::int::text)))";

/// The same table in the shared schema, behind a policy, and in a schema for each tenant.
async fn set_up() -> Outcome {
    let mut setup = "drop table if exists public.pooled cascade;
        create table public.pooled (tenant_id text not null, id int not null, note text not null, primary key (tenant_id, id));"
        .to_owned();
    for id in TENANTS {
        let schema = SchemaName::of(tenant(id).id())?;
        setup += &format!(
            "insert into public.pooled values ('{id}', 1, '{id}');
             create schema if not exists \"{schema}\";
             drop table if exists \"{schema}\".pooled;
             create table \"{schema}\".pooled (id int not null, note text not null);
             insert into \"{schema}\".pooled values (1, '{id}');"
        );
    }
    setup += &format!(
        "alter table public.pooled enable row level security;
         alter table public.pooled force row level security;
         create policy tenancy on public.pooled using {POLICY} with check {POLICY};"
    );
    let url: PgConnectOptions = shop::postgres_url().parse()?;
    let mut direct = sqlx::ConnectOptions::connect(&url).await?;
    direct.execute(AssertSqlSafe(setup)).await?;
    Ok(())
}

async fn connect(isolation: Isolation) -> Result<TenantDb<Postgres>, Error> {
    TenantDb::builder(isolation)
        .shared(options())
        .settings(DbSettings::new().max_connections(4).transaction_pooler(true))
        .connect()
        .await
}

/// Some statements of each isolation, whose texts differ, so that a statement that one client prepared and another runs
/// would show.
fn statements(isolation: Isolation, round: usize) -> Query<Postgres> {
    let start = match isolation {
        Isolation::Rls => made::rls_read,
        _ => made::schema_read,
    };
    match round % 3 {
        0 => start("select note from pooled"),
        1 => start("select 'a ' || note as note from pooled where id = 1"),
        _ => start("select note || ' b' as note from pooled limit 1"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_never_mix_on_one_session() -> Outcome {
    set_up().await?;
    for isolation in [Isolation::Rls, Isolation::Schema] {
        let db = connect(isolation).await?;
        let tasks = (0..6).map(|at| {
            let (db, id) = (db.clone(), TENANTS[at % 3]);
            tokio::spawn(scope(tenant(id), async move {
                for round in 0..60 {
                    let row = if round % 5 == 0 {
                        let mut tx = db.begin().await?;
                        let row = statements(isolation, round + at).fetch_one(&mut tx).await?;
                        tx.commit().await?;
                        row
                    } else {
                        statements(isolation, round + at).fetch_one(&db).await?
                    };
                    let expected = match (round + at) % 3 {
                        0 => id.to_owned(),
                        1 => format!("a {id}"),
                        _ => format!("{id} b"),
                    };
                    assert_eq!(
                        row.get::<String, _>("note"),
                        expected,
                        "{isolation}, round {round}"
                    );
                }
                Ok::<_, Error>(())
            }))
        });
        for task in futures_util::future::join_all(tasks).await {
            task??;
        }
    }
    Ok(())
}

/// Without the word, two of our connections would share a session without knowing it.
#[tokio::test]
async fn an_unannounced_pooler_is_refused() -> Outcome {
    let options = options().extra_float_digits(None);
    let refused = TenantDb::<Postgres>::builder(Isolation::Rls)
        .shared(options)
        .connect()
        .await;
    let error = refused.expect_err("refused");
    assert!(matches!(error, Error::Pooler { .. }), "{error:?}");
    assert!(error.to_string().contains("transaction_pooler(true)"), "{error}");
    Ok(())
}
