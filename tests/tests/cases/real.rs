//! Runs proved cases on two databases that agree on one tenant's rows and on shared rows.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, MySqlConnection};
use sqlx::{PgConnection, Row as _};
use sqlx::{SqliteConnection, TypeInfo as _, ValueRef as _, raw_sql};
use tenancy_prover::{Bind, Proved};

use crate::case::Case;
use crate::mysql;
use crate::seed::by_owner;

/// Rows of the database by whose they are.
pub(crate) type Snapshot = BTreeMap<&'static str, Vec<String>>;

/// What a statement did: its rows as text, sorted, and the database afterwards.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) rows: Vec<String>,
    pub(crate) after: Snapshot,
}

/// A database with the shop.
pub(crate) struct Shop {
    connection: Connection,
    snapshot: String,
    /// PostgreSQL: the role that statements run as, behind its policies.
    role: Option<String>,
}

enum Connection {
    Mysql(MySqlConnection),
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Shop {
    /// A fresh database on the server, which the caller drops.
    pub(crate) async fn postgres(admin: &str, name: &str, snapshot: String) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = admin.parse()?;
        let mut connection = options.clone().disable_statement_logging().connect().await?;
        let script = format!("drop database if exists {name} with (force)");
        raw_sql(AssertSqlSafe(script)).execute(&mut connection).await?;
        let script = format!("create database {name} template template0 locale 'C' encoding 'UTF8'");
        raw_sql(AssertSqlSafe(script)).execute(&mut connection).await?;
        connection.close().await?;
        let mut connection = options
            .database(name)
            .disable_statement_logging()
            .connect()
            .await?;
        // Roles belong to the server, not to the database.
        for role in ["shop_app", "shop_admin", "shop_owner"] {
            let create =
                format!("do $$ begin create role {role}; exception when duplicate_object then end $$");
            raw_sql(AssertSqlSafe(create)).execute(&mut connection).await?;
        }
        raw_sql("set timezone = 'UTC'").execute(&mut connection).await?;
        Ok(Self {
            connection: Connection::Postgres(connection),
            snapshot,
            role: None,
        })
    }

    /// A fresh database on MariaDB, which the caller drops.
    pub(crate) async fn mysql(admin: &str, name: &str, snapshot: String) -> Result<Self, sqlx::Error> {
        let options: MySqlConnectOptions = admin.parse()?;
        let connection = mysql::create(options, name).await?;
        Ok(Self {
            connection: Connection::Mysql(connection),
            snapshot,
            role: None,
        })
    }

    /// A fresh database in memory.
    pub(crate) async fn sqlite(snapshot: String) -> Result<Self, sqlx::Error> {
        let options: SqliteConnectOptions = "sqlite::memory:".parse()?;
        let connection = options.disable_statement_logging().connect().await?;
        Ok(Self {
            connection: Connection::Sqlite(connection),
            snapshot,
            role: None,
        })
    }

    /// Drops a database made by [`Shop::postgres`] or [`Shop::mysql`].
    pub(crate) async fn drop_database(self, admin: &str, name: &str) -> Result<(), sqlx::Error> {
        match self.connection {
            Connection::Postgres(connection) => connection.close().await?,
            Connection::Mysql(mut connection) => {
                let script = format!("drop database {name}");
                raw_sql(AssertSqlSafe(script)).execute(&mut connection).await?;
                return connection.close().await;
            }
            Connection::Sqlite(_) => return Ok(()),
        }
        let options: PgConnectOptions = admin.parse()?;
        let mut connection = options.connect().await?;
        let script = format!("drop database if exists {name} with (force)");
        raw_sql(AssertSqlSafe(script)).execute(&mut connection).await?;
        connection.close().await
    }

    /// From now on statements run as that role, with the tenant in the setting that policies read.
    pub(crate) fn behind_policies(&mut self, role: &str) {
        self.role = Some(role.to_owned());
    }

    /// Runs statements without parameters.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut self.connection {
            Connection::Mysql(connection) => raw_sql(sql).execute(connection).await.map(drop),
            Connection::Postgres(connection) => raw_sql(sql).execute(connection).await.map(drop),
            Connection::Sqlite(connection) => raw_sql(sql).execute(connection).await.map(drop),
        }
    }

    /// Every row, by whose it is.
    pub(crate) async fn snapshot(&mut self) -> Result<Snapshot, sqlx::Error> {
        let sql = AssertSqlSafe(self.snapshot.clone());
        let rows = match &mut self.connection {
            Connection::Mysql(connection) => mysql::snapshot(connection, sql).await?,
            Connection::Postgres(connection) => sqlx::query_as(sql).fetch_all(connection).await?,
            Connection::Sqlite(connection) => sqlx::query_as(sql).fetch_all(connection).await?,
        };
        Ok(by_owner(rows))
    }

    /// Runs a proved case and takes it back.
    pub(crate) async fn run(
        &mut self,
        case: &Case,
        proved: &Proved,
        tenant: &str,
    ) -> Result<Outcome, sqlx::Error> {
        self.script("begin").await?;
        if let Some(role) = &self.role {
            let context = format!("set local tenancy.tenant = '{tenant}'; set local role {role}");
            self.script(&context).await?;
        }
        let rows = self.rows(case, proved, tenant).await;
        if self.role.is_some() && rows.is_ok() {
            self.script("set local role none").await?;
        }
        let after = if rows.is_ok() {
            self.snapshot().await
        } else {
            Ok(Snapshot::new())
        };
        self.script("rollback").await?;
        if matches!(self.connection, Connection::Postgres(_)) {
            // There is none if it did not even parse.
            let _ = self.script("deallocate a_case").await;
        }
        Ok(Outcome {
            rows: rows?,
            after: after?,
        })
    }

    /// How PostgreSQL would run a statement whatever its arguments are, without costs; nothing on SQLite.
    pub(crate) async fn plan(&mut self, proved: &Proved) -> Result<Vec<String>, sqlx::Error> {
        let Connection::Postgres(connection) = &mut self.connection else {
            return Ok(Vec::new());
        };
        let arguments = vec!["null"; proved.binds.len()].join(", ");
        let arguments = if arguments.is_empty() {
            arguments
        } else {
            format!("({arguments})")
        };
        let prepare = format!("prepare a_case as {}", proved.sql);
        raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await?;
        let explain = format!("explain (costs off) execute a_case{arguments}");
        let plan = raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *connection).await;
        raw_sql("deallocate a_case").execute(connection).await?;
        plan?.iter().map(|line| line.try_get(0)).collect()
    }

    async fn rows(&mut self, case: &Case, proved: &Proved, tenant: &str) -> Result<Vec<String>, sqlx::Error> {
        let value = |bind: &Bind| match bind {
            Bind::Argument { index: _, label } => case.parameter(label),
            Bind::Tenant(_) => Value::String(tenant.to_owned()),
        };
        let values: Vec<Value> = proved.binds.iter().map(value).collect();
        let mut rows = match &mut self.connection {
            Connection::Mysql(connection) => {
                mysql::run(connection, &proved.sql, &values, case.sql_mode.as_deref()).await?
            }
            Connection::Postgres(connection) => {
                // Prepared by the server itself, so that it infers the types of the parameters.
                let prepare = format!("prepare a_case as {}", proved.sql);
                raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await?;
                let values: Vec<String> = values.iter().map(sql_literal).collect();
                let arguments = if values.is_empty() {
                    String::new()
                } else {
                    format!("({})", values.join(", "))
                };
                let rows = raw_sql(AssertSqlSafe(format!("execute a_case{arguments}")))
                    .fetch_all(connection)
                    .await?;
                let mut shown = Vec::new();
                for row in &rows {
                    let mut text = String::new();
                    for column in row.columns() {
                        let raw = row.try_get_raw(column.ordinal())?;
                        let value = if raw.is_null() {
                            "null"
                        } else {
                            raw.as_str().map_err(sqlx::Error::Decode)?
                        };
                        text.push_str(value);
                        text.push_str(" | ");
                    }
                    shown.push(text);
                }
                shown
            }
            Connection::Sqlite(connection) => {
                let mut query = sqlx::query(AssertSqlSafe(proved.sql.clone()));
                for value in values {
                    query = match value {
                        Value::Null => query.bind(None::<String>),
                        Value::Bool(truth) => query.bind(truth),
                        Value::Number(number) => query.bind(number.as_i64()),
                        Value::String(text) => query.bind(text),
                        other @ (Value::Array(_) | Value::Object(_)) => query.bind(other.to_string()),
                    };
                }
                let mut shown = Vec::new();
                for row in query.fetch_all(connection).await? {
                    let mut text = String::new();
                    for column in row.columns() {
                        let raw = row.try_get_raw(column.ordinal())?;
                        let (null, kind) = (raw.is_null(), raw.type_info().name().to_owned());
                        text.push_str(&match kind.as_str() {
                            _ if null => "null".to_owned(),
                            "INTEGER" => row.try_get_unchecked::<i64, _>(column.ordinal())?.to_string(),
                            "REAL" => row.try_get_unchecked::<f64, _>(column.ordinal())?.to_string(),
                            _ => row.try_get_unchecked::<String, _>(column.ordinal())?,
                        });
                        text.push_str(" | ");
                    }
                    shown.push(text);
                }
                shown
            }
        };
        rows.sort();
        Ok(rows)
    }
}

fn sql_literal(value: &Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => quoted(&truth.to_string()),
        Value::Number(number) => quoted(&number.to_string()),
        Value::String(text) => quoted(text),
        Value::Array(members) if !members.iter().any(Value::is_object) => {
            let members: Vec<String> = members.iter().map(Value::to_string).collect();
            quoted(&format!("{{{}}}", members.join(",")))
        }
        other @ (Value::Array(_) | Value::Object(_)) => quoted(&other.to_string()),
    }
}
