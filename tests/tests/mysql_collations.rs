//! What MariaDB takes for equal: the facts that the choice of collations for tenant columns stands on.

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, MySqlConnection, Row as _, raw_sql};

async fn connect() -> MySqlConnection {
    let url = std::env::var("TENANCY_TEST_MYSQL_URL");
    let url = url.expect("run `cargo xtask test`, which starts a private MariaDB");
    let options: MySqlConnectOptions = url.parse().expect("a URL");
    options.connect().await.expect("the server answers")
}

/// Whether the server holds two texts in one column of that collation for equal.
async fn equal(connection: &mut MySqlConnection, collation: &str, left: &str, right: &str) -> bool {
    let charset = collation.split('_').next().expect("a character set");
    let sql = format!(
        "select (convert('{left}' using {charset}) collate {collation}) = (convert('{right}' using {charset}) collate \
         {collation})"
    );
    let row = raw_sql(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await
        .expect("an answer");
    row.try_get_unchecked::<String, _>(0).expect("a text") == "1"
}

#[tokio::test]
async fn the_binary_collation_ignores_blanks_at_the_end_and_nothing_else() {
    let mut connection = connect().await;
    let texts = [
        "acme", "acme ", "acme  ", "ACME", "acme\\t", " acme", "acmé", "acme\\0", "acme-", "a", "", "acme_",
    ];
    for left in texts {
        for right in texts {
            let same = left.trim_end_matches(' ') == right.trim_end_matches(' ');
            assert_eq!(
                equal(&mut connection, "utf8mb4_bin", left, right).await,
                same,
                "{left:?} {right:?}"
            );
        }
    }
}

#[tokio::test]
async fn every_character_of_an_id_is_itself() {
    let mut connection = connect().await;
    let characters: Vec<String> = ('a'..='z')
        .chain('0'..='9')
        .chain(['-', '_'])
        .map(String::from)
        .collect();
    let list = characters
        .iter()
        .map(|one| format!("select '{one}' as c"))
        .collect::<Vec<_>>()
        .join(" union all ");
    let sql = format!(
        "select count(*) from ({list}) a join ({list}) b on a.c <> b.c and a.c collate utf8mb4_bin = b.c collate utf8mb4_bin"
    );
    let row = raw_sql(AssertSqlSafe(sql))
        .fetch_one(&mut connection)
        .await
        .expect("an answer");
    assert_eq!(row.try_get_unchecked::<String, _>(0).expect("a text"), "0");
}

#[tokio::test]
async fn other_collations_equate_ids() {
    let mut connection = connect().await;
    for (collation, left, right) in [
        ("utf8mb4_general_ci", "acme", "ACME"),
        ("utf8mb4_unicode_ci", "acme", "Acmé"),
        ("latin1_swedish_ci", "acme", "ACME"),
        // Both are ids in their one spelling.
        ("utf8mb4_lithuanian_ci", "tiny", "tyny"),
    ] {
        assert!(
            equal(&mut connection, collation, left, right).await,
            "{collation}"
        );
    }
}
