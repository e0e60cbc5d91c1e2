//! MariaDB's own catalogue, in the words that the test compares.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, MySqlConnection, Row as _, raw_sql};

/// A connection of the administrator.
pub(crate) async fn connect() -> MySqlConnection {
    let url = std::env::var("TENANCY_TEST_MYSQL_ADMIN_URL");
    let url = url.expect("run `cargo xtask test`, which starts a private MariaDB");
    let options: MySqlConnectOptions = url.parse().expect("a URL");
    let options = options.pipes_as_concat(false).disable_statement_logging();
    options.connect().await.expect("the server answers")
}

/// A fresh database, which statements mean from now on.
pub(crate) async fn create(connection: &mut MySqlConnection, database: &str) {
    let sql = format!(
        "create database {database} character set utf8mb4 collate utf8mb4_unicode_520_ci; use {database}; set \
         foreign_key_checks = 1"
    );
    script(connection, &sql).await.expect("a database can be created");
}

/// Takes a database away.
pub(crate) async fn drop(connection: &mut MySqlConnection, database: &str) {
    let sql = format!("drop database {database}");
    script(connection, &sql).await.expect("a database can be dropped");
}

/// Runs statements.
pub(crate) async fn script(connection: &mut MySqlConnection, sql: &str) -> Result<(), sqlx::Error> {
    raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .map(|_| ())
}

async fn rows(connection: &mut MySqlConnection, sql: String) -> Vec<Vec<Option<String>>> {
    let rows = raw_sql(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .expect("the catalogue");
    let texts = |row: &MySqlRow| {
        (0..row.len())
            .map(|at| row.try_get_unchecked::<Option<String>, _>(at).expect("a text"))
            .collect()
    };
    rows.iter().map(texts).collect()
}

/// The collation that the catalog's name for one means here: a character set stands for its default.
pub(crate) async fn charsets(
    connection: &mut MySqlConnection,
    database: &str,
) -> impl Fn(&str) -> String + use<> {
    let sql = "select character_set_name, default_collate_name from information_schema.character_sets";
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for row in rows(connection, sql.to_owned()).await {
        if let [Some(charset), Some(collation)] = row.as_slice() {
            known.insert(charset.clone(), collation.clone());
        }
    }
    let sql = format!(
        "select default_collation_name from information_schema.schemata where schema_name = '{database}'"
    );
    for row in rows(connection, sql).await {
        known.extend(row.into_iter().flatten().map(|own| ("database".to_owned(), own)));
    }
    move |name| known.get(name).cloned().unwrap_or_else(|| name.to_owned())
}

/// What a database has.
#[derive(Debug, Default)]
pub(crate) struct Server {
    /// Its base tables.
    pub(crate) tables: BTreeSet<String>,
    /// Its views.
    pub(crate) views: BTreeSet<String>,
    columns: BTreeMap<String, Vec<String>>,
    keys: BTreeMap<String, BTreeSet<String>>,
    foreign_keys: BTreeMap<String, BTreeSet<String>>,
    foreign_names: BTreeMap<String, BTreeSet<String>>,
}

impl Server {
    /// Asks for everything.
    pub(crate) async fn read(connection: &mut MySqlConnection, database: &str) -> Self {
        let mut server = Self::default();
        let asked = |what: &str, order: &str| {
            format!("select {what} where table_schema = '{database}' order by table_name, {order}")
        };
        let sql = asked(
            "lower(table_name), table_type from information_schema.tables",
            "1",
        );
        for row in rows(connection, sql).await {
            if let [Some(name), Some(kind)] = row.as_slice() {
                let list = if kind == "VIEW" {
                    &mut server.views
                } else {
                    &mut server.tables
                };
                list.insert(name.clone());
            }
        }
        let sql = asked(
            "lower(table_name), concat(lower(column_name), ' ', case when data_type in ('char', 'varchar') then \
             concat(data_type, '(', character_maximum_length, ')') when data_type in ('binary', 'varbinary') then \
             concat(data_type, '(', character_octet_length, ')') when data_type = 'decimal' then concat(data_type, '(', \
             numeric_precision, ',', numeric_scale, ')') when data_type = 'bit' then concat('bit(', numeric_precision, \
             ')') when data_type like '%text' then 'text' when datetime_precision > 0 then concat(data_type, '(', datetime_precision, ')') else data_type end, \
             if(column_type like '%unsigned%' and data_type not in ('enum', 'set'), ' unsigned', ''), ' ', \
             coalesce(collation_name, '-'), ' ', if(is_nullable = 'NO', '!', ''), if(coalesce(column_default, 'NULL') <> \
             'NULL', 'd', ''), if(extra like '%auto_increment%', '#', ''), if(generation_expression is null, '', 'g')) \
             from information_schema.columns",
            "ordinal_position",
        );
        for row in rows(connection, sql).await {
            if let [Some(table), Some(column)] = row.as_slice() {
                // `decimal(10,0) unsigned`: the sign belongs to the name.
                let column = match column.split_once(") unsigned ") {
                    Some((head, rest)) => {
                        let head = head.replacen('(', " unsigned(", 1);
                        format!("{head}) {rest}")
                    }
                    None => column.clone(),
                };
                server.columns.entry(table.clone()).or_default().push(column);
            }
        }
        let sql = format!(
            "select lower(table_name), concat(lower(index_name), '(', group_concat(concat(lower(column_name), \
             coalesce(concat('(', sub_part, ')'), '')) order by seq_in_index separator ','), ')') from \
             information_schema.statistics where table_schema = '{database}' and non_unique = 0 group by table_name, \
             index_name"
        );
        for row in rows(connection, sql).await {
            if let [Some(table), Some(key)] = row.as_slice() {
                server.keys.entry(table.clone()).or_default().insert(key.clone());
            }
        }
        let sql = format!(
            "select lower(k.table_name), lower(k.constraint_name), concat('(', group_concat(lower(k.column_name) order by \
             k.ordinal_position separator ','), ')>', lower(k.referenced_table_name), '(', \
             group_concat(lower(k.referenced_column_name) order by k.ordinal_position separator ','), ') ', \
             lower(replace(r.delete_rule, 'NO ACTION', 'RESTRICT')), ' ', lower(replace(r.update_rule, 'NO ACTION', \
             'RESTRICT'))) from information_schema.key_column_usage k join information_schema.referential_constraints r \
             on r.constraint_schema = k.constraint_schema and r.constraint_name = k.constraint_name and r.table_name = \
             k.table_name where k.table_schema = '{database}' and k.referenced_table_name is not null group by \
             k.table_name, k.constraint_name"
        );
        for row in rows(connection, sql).await {
            if let [Some(table), Some(name), Some(key)] = row.as_slice() {
                let keys = server.foreign_keys.entry(table.clone()).or_default();
                keys.insert(key.clone());
                let names = server.foreign_names.entry(table.clone()).or_default();
                names.insert(name.clone());
            }
        }
        server
    }

    /// A table's columns, in their order.
    pub(crate) fn columns(&self, table: &str) -> Vec<String> {
        self.columns.get(table).cloned().unwrap_or_default()
    }

    /// A table's unique keys.
    pub(crate) fn keys(&self, table: &str) -> BTreeSet<String> {
        self.keys.get(table).cloned().unwrap_or_default()
    }

    /// A table's foreign keys.
    pub(crate) fn foreign_keys(&self, table: &str) -> BTreeSet<String> {
        self.foreign_keys.get(table).cloned().unwrap_or_default()
    }

    /// The names of a table's foreign keys.
    pub(crate) fn foreign_names(&self, table: &str) -> BTreeSet<String> {
        self.foreign_names.get(table).cloned().unwrap_or_default()
    }
}
