//! What the prover reads is what the servers read.
//!
//! Random expressions that the prover accepts are printed as it read them, with parentheses around every operand. Each
//! server then tells its own reading of both texts: MariaDB and PostgreSQL in the definition of a view, SQLite in the
//! code that it compiles. They must be the same.
//!
//! `TENANCY_READING_SEED` and `TENANCY_READING_CASES` choose another run.

#[path = "reading/generate.rs"]
mod generate;
#[path = "reading/print.rs"]
mod print;
#[path = "reading/random.rs"]
mod random;

use std::env;

use generate::Vocabulary;
use random::Random;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, Row};
use tenancy_prover::Dialect;
use tenancy_prover::parse::parse_expression;

/// The run that the environment asks for, or the usual one.
fn number(name: &str, usual: u64) -> u64 {
    env::var(name).ok().map_or(usual, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

/// Texts that the prover accepts, each with its reading.
fn accepted(vocabulary: &Vocabulary, dialect: Dialect, usual: u64) -> Vec<(String, String)> {
    let mut random = Random(number("TENANCY_READING_SEED", 1));
    let cases = number("TENANCY_READING_CASES", usual);
    let accepted: Vec<(String, String)> = (0..cases)
        .filter_map(|_| {
            let text = vocabulary.expression(&mut random, 2);
            let tree = parse_expression(&text, dialect).ok()?;
            let reading = print::print(&tree, dialect)?;
            Some((text, reading))
        })
        .collect();
    assert!(
        accepted.len() as u64 * 8 > cases,
        "the prover accepts too little: {}",
        accepted.len()
    );
    accepted
}

/// What came of a run.
#[derive(Default)]
struct Report {
    compared: usize,
    failures: Vec<String>,
}

impl Report {
    /// Compares the server's readings of a text and of what the prover made of it. `None` where it refuses the text: that
    /// leaks nothing.
    fn compare(
        &mut self,
        text: &str,
        reading: &str,
        theirs: Option<String>,
        ours: impl FnOnce() -> Option<String>,
    ) {
        let Some(theirs) = theirs else {
            return;
        };
        let ours = ours();
        self.compared += 1;
        if ours.as_ref() != Some(&theirs) {
            self.failures.push(format!(
                "{text}\n  read as   {reading}\n  the server reads\n            {theirs}\n  and that  {ours:?}"
            ));
        }
    }

    fn judge(self, accepted: usize) {
        let first: Vec<&String> = self.failures.iter().take(10).collect();
        assert!(
            first.is_empty(),
            "{} readings differ: {first:#?}",
            self.failures.len()
        );
        assert!(
            self.compared * 4 > accepted,
            "the server refuses too much: {} of {accepted}",
            self.compared
        );
    }
}

/// The code of a statement, as `explain` lists it.
fn code(sqlite: &rusqlite::Connection, expression: &str) -> Option<String> {
    let mut explain = sqlite
        .prepare(&format!("explain select {expression}\n from t"))
        .ok()?;
    let columns = explain.column_count();
    let rows = explain.query_map([], |row| {
        let fields: Result<Vec<String>, _> = (0..columns)
            .map(|column| row.get_ref(column).map(|value| format!("{value:?}")))
            .collect();
        fields.map(|fields| fields.join(" "))
    });
    rows.ok()?
        .collect::<Result<Vec<String>, _>>()
        .ok()
        .map(|rows| rows.join("\n"))
}

#[test]
fn sqlite_reads_expressions_as_the_prover_does() {
    let sqlite = rusqlite::Connection::open_in_memory().expect("opens");
    sqlite
        .execute_batch("create table t (a integer, b text, c real, s blob)")
        .expect("the table is made");
    let accepted = accepted(&generate::SQLITE, Dialect::Sqlite, 5_000);
    let mut report = Report::default();
    for (text, reading) in &accepted {
        let theirs = code(&sqlite, text);
        report.compare(text, reading, theirs, || code(&sqlite, reading));
    }
    report.judge(accepted.len());
}

/// The definition that MariaDB keeps of a view.
async fn mysql_view(mysql: &mut MySqlConnection, expression: &str) -> Option<String> {
    let create = format!("create or replace view v as select {expression}\n as x from t");
    mysql.execute(sqlx::raw_sql(AssertSqlSafe(create))).await.ok()?;
    let definition = "select view_definition from information_schema.views \
                      where table_schema = database() and table_name = 'v'";
    let row = mysql.fetch_one(definition).await.expect("the view exists");
    Some(row.get(0))
}

#[tokio::test]
async fn mysql_reads_expressions_as_the_prover_does() {
    let url = env::var("TENANCY_TEST_MYSQL_ADMIN_URL")
        .expect("run `cargo xtask test`, which starts a private MariaDB");
    let mut mysql = MySqlConnection::connect(&url).await.expect("connects");
    for statement in [
        "create or replace database tenancy_reading character set utf8mb4",
        "use tenancy_reading",
        "create table t (a int, b int, c int, s varchar(20), d datetime)",
    ] {
        mysql
            .execute(sqlx::raw_sql(statement))
            .await
            .expect("the table is made");
    }
    let accepted = accepted(&generate::MYSQL, Dialect::Mysql, 600);
    let mut report = Report::default();
    for (text, reading) in &accepted {
        let theirs = mysql_view(&mut mysql, text).await;
        let ours = match theirs {
            Some(_) => mysql_view(&mut mysql, reading).await,
            None => None,
        };
        report.compare(text, reading, theirs, || ours);
    }
    report.judge(accepted.len());
}

/// A type that has every operator, so that whatever groups is well typed.
fn universal_type() -> String {
    let mut sql = "
        drop schema if exists tenancy_reading cascade;
        create schema tenancy_reading;
        set search_path to tenancy_reading;
        create type u as (x int);
        create function two(u, u) returns u language sql as 'select $1';
        create function one(u) returns u language sql as 'select $1';
        create function truth(u) returns boolean language sql as 'select true';
        create function of_truth(boolean) returns u language sql as 'select row(1)::u';
        create function of_number(int) returns u language sql as 'select row($1)::u';
        create function to_number(u) returns int language sql as 'select 1';
        create cast (u as boolean) with function truth(u) as implicit;
        create cast (boolean as u) with function of_truth(boolean) as implicit;
        create cast (int as u) with function of_number(int) as implicit;
        create cast (u as int) with function to_number(u);
        create table t (a u, b u, c u, s u);
    "
    .to_owned();
    let binary = [
        "=", "<>", "<", "<=", ">", ">=", "~~", "!~~", "~~*", "!~~*", "|", "&", "#", "<<", ">>", "+", "-",
        "*", "/", "%", "^", "||", "->", "~", "!~", "@>", "&&",
    ];
    for operator in binary {
        sql += &format!("create operator {operator} (leftarg = u, rightarg = u, function = two);\n");
    }
    for operator in ["+", "-", "~", "@"] {
        sql += &format!("create operator {operator} (rightarg = u, function = one);\n");
    }
    sql
}

/// The definition that PostgreSQL keeps of a view.
async fn postgres_view(postgres: &mut PgConnection, expression: &str) -> Option<String> {
    let create = format!("drop view if exists v; create view v as select {expression}\n as x from t");
    postgres
        .execute(sqlx::raw_sql(AssertSqlSafe(create)))
        .await
        .ok()?;
    let row = postgres
        .fetch_one("select pg_get_viewdef('v'::regclass)")
        .await
        .expect("the view exists");
    Some(row.get(0))
}

#[tokio::test]
async fn postgres_reads_expressions_as_the_prover_does() {
    let url = env::var("TENANCY_TEST_POSTGRES_ADMIN_URL")
        .expect("run `cargo xtask test`, which starts a private PostgreSQL");
    let mut postgres = PgConnection::connect(&url).await.expect("connects");
    postgres
        .execute(sqlx::raw_sql(AssertSqlSafe(universal_type())))
        .await
        .expect("the type is made");
    let accepted = accepted(&generate::POSTGRES, Dialect::Postgres, 3_000);
    let mut report = Report::default();
    for (text, reading) in &accepted {
        let theirs = postgres_view(&mut postgres, text).await;
        let ours = match theirs {
            Some(_) => postgres_view(&mut postgres, reading).await,
            None => None,
        };
        report.compare(text, reading, theirs, || ours);
    }
    report.judge(accepted.len());
}
