//! The query builder on SQLite: every combination of its parts, and what must not get through.

mod shop;

use shop::{Outcome, acme, bolt, memory};
use sqlx::Sqlite;
use tenancy::dynamic::{Direction, Prover, QueryBuilder, Refused};
use tenancy::{Error, TenantContextError, scope};

static SHOP: Prover<Sqlite> = tenancy::embed_project!("dynamic/sqlite");

const SORTS: &[(&str, &str)] = &[("number", "o.id"), ("note", "o.note")];

fn orders<'a>() -> QueryBuilder<'a, Sqlite> {
    QueryBuilder::new(&SHOP, "select o.id from orders o where o.tenant_id = $tenant")
}

async fn ids(query: QueryBuilder<'_, Sqlite>, db: &tenancy::TenantDb<Sqlite>) -> tenancy::Result<Vec<i64>> {
    query.build_query_scalar().fetch_all(db).await
}

/// Every subset of the filters, every order and page: each is proved, and each says what it should.
#[tokio::test]
async fn all_combinations() -> Outcome {
    let db = memory().await;
    scope(acme(), async {
        for chosen in 0..64_u32 {
            let wanted = |bit: u32| chosen & (1 << bit) != 0;
            let mut query = orders();
            query
                .filter_if(wanted(0).then_some(1_i64), "o.id = ")
                .filter_if(wanted(1).then_some("acme 1"), "o.note = ")
                .filter_when(wanted(2), "o.id = 1 or o.id = 2")
                .filter_in(wanted(3).then_some(vec![1_i64, 5, 7]), "o.id")
                .filter_after(
                    wanted(4).then_some((0_i64, "a".to_owned())),
                    &["o.id", "o.note"],
                    Direction::Ascending,
                    |keys, (id, note)| {
                        keys.push_bind(id).push_bind(note);
                    },
                );
            if wanted(5) {
                query
                    .order_by(SORTS, "note", Direction::Descending)
                    .expect("on the list")
                    .then_by("o.id", Direction::Ascending);
            }
            query.page(10, 0);
            let text = query.sql().to_owned();
            let one = wanted(0) || wanted(1) || wanted(3);
            let mut expected = if one { vec![1] } else { vec![1, 2] };
            let mut found = ids(query, &db)
                .await
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            if wanted(5) && !one {
                expected.reverse();
            } else {
                found.sort_unstable();
            }
            assert_eq!(found, expected, "{text}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn lists_and_values() -> Outcome {
    let db = memory().await;
    scope(bolt(), async {
        let mut insert = QueryBuilder::new(&SHOP, "insert into orders (tenant_id, id, note) ");
        insert.push_values(
            [(10_i64, "x'); drop table orders --"), (11, "$tenant ? acme")],
            |row, (id, note)| {
                row.push("$tenant").push_bind(id).push_bind(note);
            },
        );
        assert_eq!(
            insert.sql(),
            "insert into orders (tenant_id, id, note) values ($tenant, ?, ?), ($tenant, ?, ?)"
        );
        assert_eq!(insert.build().execute(&db).await?.rows_affected(), 2);

        for (values, found) in [
            (vec![], vec![]),
            (vec![10_i64], vec![10]),
            (vec![10, 11, 12], vec![10, 11]),
            (vec![1, 2, 10, 11, 99], vec![1, 2, 10, 11]),
        ] {
            let mut query = orders();
            query
                .filter_in(Some(values), "o.id")
                .then_by("o.id", Direction::Ascending);
            assert_eq!(ids(query, &db).await?, found);
        }
        let lengths = |count: i64| {
            let mut query = orders();
            query.filter_in(Some((0..count).collect::<Vec<i64>>()), "o.id");
            query.sql().to_owned()
        };
        assert_eq!(lengths(5), lengths(8), "few texts for all lengths");

        let mut pairs = orders();
        pairs.push(" and (o.id, o.note) in").push_tuples(
            [(10_i64, "nothing"), (1, "bolt 1")],
            |row, (id, note)| {
                row.push_bind(id).push_bind(note);
            },
        );
        assert_eq!(ids(pairs, &db).await.unwrap_or_default(), [1_i64]);

        let mut update = QueryBuilder::new(&SHOP, "update orders set ");
        let mut set = update.separated(", ");
        set.push("note = ").push_bind_unseparated("changed");
        update
            .push(" where tenant_id = $tenant and id = ")
            .push_bind(10_i64);
        assert_eq!(update.build().execute(&db).await?.rows_affected(), 1);
        Ok(())
    })
    .await
}

/// Whatever a user sends is a value: the text is the same for all of it.
#[tokio::test]
async fn input_is_never_text() -> Outcome {
    let db = memory().await;
    scope(acme(), async {
        for hostile in [
            "' or 1=1 --",
            "$tenant",
            "?",
            "bolt",
            "*/ union select id from orders /*",
            "\0",
            "\\'",
        ] {
            let mut query = orders();
            query.filter_if(Some(hostile.to_owned()), "o.note = ");
            assert_eq!(
                query.sql(),
                "select o.id from orders o where o.tenant_id = $tenant and (o.note = ?)"
            );
            assert_eq!(ids(query, &db).await?, [0_i64; 0]);
            let mut query = orders();
            let refused = query
                .order_by(SORTS, hostile, Direction::Ascending)
                .map(drop)
                .unwrap_err();
            assert_eq!(refused.allowed(), ["number", "note"]);
            assert!(
                !refused.to_string().contains(hostile) || hostile == "?",
                "{refused}"
            );
            assert!(!query.sql().contains("order by"));
            assert!(hostile.parse::<Direction>().is_err());
        }
        Ok(())
    })
    .await
}

/// Fragments that close or open more than they should are refused, or proved as what they have become.
#[tokio::test]
async fn fragments_that_swallow() -> Outcome {
    let db = memory().await;
    scope(acme(), async {
        let swallowed = |before: &'static str, after: &'static str| {
            let mut query = orders();
            query.push(before).push_bind("bolt").push(after);
            query
        };
        for (before, after) in [
            (" -- ", ""),
            (" -- ", "\n"),
            (" /* ", " */"),
            (" and o.note = '", "'"),
            (" and o.note = \"", "\""),
            (" and o.note = `", "`"),
            (" and o.note = [", "]"),
        ] {
            let query = swallowed(before, after);
            let text = query.sql().to_owned();
            let outcome = ids(query, &db).await;
            assert!(matches!(outcome, Err(Error::Refused(_))), "{text}: {outcome:?}");
        }
        for (before, after) in [
            (" or o.note <> ", ""),
            (") or (o.note <> ", ""),
            (" union all select id from orders where note <> ", ""),
            ("; delete from orders where note = ", ""),
        ] {
            let query = swallowed(before, after);
            let text = query.sql().to_owned();
            assert!(
                matches!(ids(query, &db).await, Err(Error::Refused(Refused::Unproved(_)))),
                "{text}"
            );
        }
        // The predicate itself in a comment.
        let mut query = QueryBuilder::new(&SHOP, "select o.id from orders o -- ");
        query.push("where o.tenant_id = $tenant");
        assert!(matches!(
            ids(query, &db).await,
            Err(Error::Refused(Refused::Unproved(_)))
        ));
        // Placeholders come from `push_bind` alone.
        for fragment in [" and o.id = ?", " and o.id = ?1", " and o.id = $x"] {
            let mut query = orders();
            query.push(fragment);
            let outcome = ids(query, &db).await;
            assert!(
                matches!(outcome, Err(Error::Refused(Refused::Placeholder { .. }))),
                "{outcome:?}"
            );
        }
        // A value beside a digit or a word stays apart from it.
        let mut query = orders();
        query
            .push(" and o.id between")
            .push_bind(1_i64)
            .push("and")
            .push_bind(1_i64)
            .push("limit 10");
        assert_eq!(ids(query, &db).await?, [1]);
        Ok(())
    })
    .await
}

/// X2: the builder is the tenant's in whose scope it was begun.
#[tokio::test]
async fn a_builder_stays_with_its_tenant() -> Outcome {
    let db = memory().await;
    let begun = scope(acme(), async { orders() }).await;
    let outcome = scope(bolt(), async { ids(begun, &db).await }).await;
    assert!(matches!(
        outcome,
        Err(Error::Context(TenantContextError::Mismatch { .. }))
    ));
    let outside = orders();
    let outcome = scope(bolt(), async { ids(outside, &db).await }).await;
    assert!(matches!(
        outcome,
        Err(Error::Context(TenantContextError::NoTenant))
    ));
    Ok(())
}

/// A value that cannot be encoded is named by its number, and nothing is sent.
#[tokio::test]
async fn values_that_cannot_be_encoded() -> Outcome {
    struct Unfit;
    impl sqlx::Type<Sqlite> for Unfit {
        fn type_info() -> sqlx::sqlite::SqliteTypeInfo {
            <i64 as sqlx::Type<Sqlite>>::type_info()
        }
    }
    impl sqlx::Encode<'_, Sqlite> for Unfit {
        fn encode_by_ref(
            &self,
            _: &mut sqlx::sqlite::SqliteArgumentsBuffer,
        ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
            Err("does not fit".into())
        }
    }
    let db = memory().await;
    scope(acme(), async {
        let mut query = orders();
        query
            .filter_if(Some(1_i64), "o.id = ")
            .filter_if(Some(Unfit), "o.id = ");
        let error = ids(query, &db).await.expect_err("not encodable");
        assert!(error.to_string().contains("argument 2"), "{error}");
        Ok(())
    })
    .await
}
