//! MySQL and MariaDB.

use sqlx::error::{BoxDynError, DatabaseError};
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow};
use sqlx::{Arguments, AssertSqlSafe, Database, Executor, MySql, Row};

use super::sealed::Sealed;
use super::{Aftermath, BoxFuture, Driver, Steps, TenantValue};
use crate::query::Statement;
use crate::session::{Context, TxOptions};
use crate::{Error, Isolation, TenantId};

/// Members of `sql_mode` that change nothing on which a proof rests: they make values errors, or move the ends of
/// literals in ways that are proved one by one.
///
/// Not among them: what gives operators another precedence (`HIGH_NOT_PRECEDENCE`), assigns all columns at once
/// (`SIMULTANEOUS_ASSIGNMENT`), makes empty texts null (`EMPTY_STRING_IS_NULL`), pads what is read
/// (`PAD_CHAR_TO_FULL_LENGTH`), or takes the grammar of another server (`ORACLE`, `MSSQL`, ..).
const MODES: [&str; 15] = [
    "ALLOW_INVALID_DATES",
    "ANSI_QUOTES",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "IGNORE_SPACE",
    "NO_AUTO_VALUE_ON_ZERO",
    "NO_BACKSLASH_ESCAPES",
    "NO_ENGINE_SUBSTITUTION",
    "NO_UNSIGNED_SUBTRACTION",
    "NO_ZERO_DATE",
    "NO_ZERO_IN_DATE",
    "ONLY_FULL_GROUP_BY",
    "PIPES_AS_CONCAT",
    "STRICT_TRANS_TABLES",
    "TIME_ROUND_FRACTIONAL",
    "TIME_TRUNCATE_FRACTIONAL",
];

/// Without it a tenant's id that does not fit its column is cut to another's, in every engine but InnoDB even with
/// `STRICT_TRANS_TABLES`.
const STRICT: &str = "STRICT_ALL_TABLES";

/// How many bytes of a text are compared when rows are sorted into groups and partitions, at least: the proofs take
/// texts for different that differ within so many.
const SORT_LENGTH: i64 = 1024;

/// Every setting of a session on which a proof rests, in the order of [`Session`].
const LOOK: &str = "select @@session.sql_mode, \
                    cast(@@session.foreign_key_checks and @@session.unique_checks as signed), \
                    cast(@@session.autocommit and @@session.completion_type = 'NO_CHAIN' as signed), \
                    cast(@@session.sql_auto_is_null as signed), \
                    cast(@@session.max_sort_length as signed), \
                    concat_ws(' ', @@session.character_set_client, @@session.character_set_connection, \
                    coalesce(@@session.character_set_results, 'none'))";

/// The code of the error that a table does not exist.
const NO_SUCH_TABLE: &str = "42S02";

impl Sealed for MySql {}

impl Driver for MySql {
    const ISOLATIONS: &'static [Isolation] = &[Isolation::Rows, Isolation::Database];

    /// sqlx reads an answer in pieces and forgets a piece whose rest has not come yet, and of a statement that is being
    /// prepared it forgets that it was asked.
    const CANCELLATION_LOSES_PLACE: bool = true;

    /// InnoDB undoes a failed statement alone, but for a deadlock and some others the whole transaction, and what came
    /// behind would be committed on the spot. So all errors end it that are not known to leave it open.
    fn aftermath(error: &dyn DatabaseError) -> Aftermath {
        let number = error
            .try_downcast_ref::<MySqlDatabaseError>()
            .map(MySqlDatabaseError::number);
        let code = error.code().unwrap_or_default();
        if is_about_the_statement(&code, number) {
            Aftermath::Undone
        } else {
            Aftermath::Over
        }
    }

    fn harden(options: MySqlConnectOptions) -> MySqlConnectOptions {
        options.charset("utf8mb4").set_names(true)
    }

    fn is_transient(_: &MySqlConnectOptions) -> bool {
        false
    }

    /// Sets what the proofs rest on, and looks whether the server took it.
    fn inspect(connection: &mut MySqlConnection) -> BoxFuture<'_, Result<(), sqlx::Error>> {
        Box::pin(async move {
            let before = Session::read(&(&mut *connection).fetch_one(LOOK).await?)?;
            let settle = AssertSqlSafe(format!("{}; {LOOK}", before.repaired()));
            let after = (&mut *connection).fetch_optional(settle).await?;
            Session::read(&after.ok_or(sqlx::Error::RowNotFound)?)?
                .check()
                .map_err(|wrong| sqlx::Error::Configuration(wrong.into()))
        })
    }

    /// sqlx has no way to ask for `COM_RESET_CONNECTION`.
    fn clean(_: &mut MySqlConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
        Box::pin(async { Ok(false) })
    }

    fn begin_text(options: TxOptions, context: &Context) -> Result<Option<String>, Error> {
        let unsupported = |what| {
            Err(Error::Unsupported {
                database: Self::NAME,
                what,
            })
        };
        if !matches!(context, Context::None) {
            return unsupported("row-level security and schemas");
        }
        if options.immediate {
            return unsupported("transactions that take their locks at once");
        }
        if options == TxOptions::default() {
            return Ok(None);
        }
        let level = options.level.map_or_else(String::new, |level| {
            format!("set transaction isolation level {level}; ")
        });
        let access = if options.read_only { " read only" } else { "" };
        Ok(Some(format!("{level}start transaction{access}")))
    }

    /// No transaction of ours begins with a context here.
    fn verify(_: &mut MySqlConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
        Box::pin(async { Ok(false) })
    }

    fn pooled(_: MySqlConnectOptions) -> Result<MySqlConnectOptions, Error> {
        Err(Error::Unsupported {
            database: Self::NAME,
            what: "pooler that keeps to transactions",
        })
    }

    fn shares_session<'a>(
        one: &'a mut MySqlConnection,
        other: &'a mut MySqlConnection,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
        Box::pin(async move {
            const CONNECTION: &str = "select cast(connection_id() as signed)";
            let ids = [
                one.fetch_one(CONNECTION).await?,
                other.fetch_one(CONNECTION).await?,
            ];
            let [first, second] = ids.map(|row| row.try_get::<i64, _>(0));
            Ok(first? == second?)
        })
    }

    fn place(options: &MySqlConnectOptions, database: &str) -> MySqlConnectOptions {
        options.clone().database(database)
    }

    fn read_owners(connection: &mut MySqlConnection) -> BoxFuture<'_, Result<Vec<String>, sqlx::Error>> {
        Box::pin(async move {
            match connection
                .fetch_all("select tenant from _tenancy_owner limit 2")
                .await
            {
                Ok(rows) => rows.iter().map(|row| row.try_get(0)).collect(),
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NO_SUCH_TABLE) => {
                    Ok(Vec::new())
                }
                Err(error) => Err(error),
            }
        })
    }

    fn write_owner<'a>(
        connection: &'a mut MySqlConnection,
        tenant: &'a TenantId,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            // An id has no character that ends a literal. Of two that write at once the key lets one.
            let text = format!(
                "create table if not exists _tenancy_owner (\
                 tenant varchar(63) character set utf8mb4 collate utf8mb4_bin not null, \
                 only_row tinyint not null default 1 primary key check (only_row = 1)) engine = innodb; \
                 insert ignore into _tenancy_owner (tenant) values ('{tenant}')"
            );
            connection.execute(AssertSqlSafe(text)).await?;
            Ok(())
        })
    }

    fn bind_tenant(arguments: &mut MySqlArguments, value: TenantValue<'_>) -> Result<(), BoxDynError> {
        match value {
            TenantValue::Text(text) => arguments.add(text),
            TenantValue::Uuid(_) => Err("a tenant column of type uuid is not supported on MySQL".into()),
            TenantValue::Int2(number) => arguments.add(number),
            TenantValue::Int4(number) => arguments.add(number),
            TenantValue::Int8(number) => arguments.add(number),
        }
    }

    fn fetch_many(connection: &mut MySqlConnection, statement: Statement<Self>) -> Steps<'_, Self> {
        connection.fetch_many(statement)
    }

    fn fetch_optional(
        connection: &mut MySqlConnection,
        statement: Statement<Self>,
    ) -> BoxFuture<'_, Result<Option<MySqlRow>, sqlx::Error>> {
        connection.fetch_optional(statement)
    }

    fn push_placeholder(text: &mut String, _: usize) {
        text.push('?');
    }

    fn has_placeholder(fragment: &str) -> bool {
        fragment.contains('?')
    }

    fn scalar<T>(row: &MySqlRow) -> Result<T, sqlx::Error>
    where
        T: for<'r> sqlx::Decode<'r, Self> + sqlx::Type<Self>,
    {
        row.try_get(0)
    }
}

/// What a connection's session is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Session {
    sql_mode: String,
    checks_keys: bool,
    commits_alone: bool,
    null_is_last_id: bool,
    sort_length: i64,
    character_sets: String,
}

impl Session {
    fn read(row: &MySqlRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            sql_mode: row.try_get(0)?,
            checks_keys: row.try_get::<i64, _>(1)? == 1,
            commits_alone: row.try_get::<i64, _>(2)? == 1,
            null_is_last_id: row.try_get::<i64, _>(3)? != 0,
            sort_length: row.try_get(4)?,
            character_sets: row.try_get(5)?,
        })
    }

    /// The statement that makes it what it must be. No word of the server's gets into it.
    fn repaired(&self) -> String {
        let mode = self
            .harmless_modes()
            .chain([STRICT])
            .collect::<Vec<_>>()
            .join(",");
        let sort_length = self.sort_length.max(SORT_LENGTH);
        format!(
            "set session sql_mode = '{mode}', session foreign_key_checks = 1, session unique_checks = 1, \
             session autocommit = 1, session completion_type = 0, session sql_auto_is_null = 0, \
             session max_sort_length = {sort_length}"
        )
    }

    fn harmless_modes(&self) -> impl Iterator<Item = &'static str> {
        MODES.into_iter().filter(|mode| self.has_mode(mode))
    }

    fn has_mode(&self, wanted: &str) -> bool {
        self.modes().any(|mode| mode.eq_ignore_ascii_case(wanted))
    }

    fn modes(&self) -> impl Iterator<Item = &str> {
        self.sql_mode.split(',').filter(|mode| !mode.is_empty())
    }

    /// Whether the proofs hold in it; if not, what is wrong.
    fn check(&self) -> Result<(), String> {
        let known = |mode: &str| {
            mode.eq_ignore_ascii_case(STRICT) || MODES.iter().any(|known| known.eq_ignore_ascii_case(mode))
        };
        let wrong = if let Some(mode) = self.modes().find(|mode| !known(mode)) {
            format!(
                "`sql_mode` keeps `{mode}`, under which statements mean something else than what was proved"
            )
        } else if !self.has_mode(STRICT) {
            format!("`sql_mode` does not take `{STRICT}`, without which values are cut to fit their column")
        } else if !self.checks_keys {
            "`foreign_key_checks` or `unique_checks` stays off, and ownership by a key is only as good as the key".to_owned()
        } else if !self.commits_alone {
            "`autocommit` stays off or `completion_type` is not `NO_CHAIN`, so that a transaction would not end".to_owned()
        } else if self.null_is_last_id {
            "`sql_auto_is_null` stays on, under which `is null` finds the row that was inserted last"
                .to_owned()
        } else if self.sort_length < SORT_LENGTH {
            format!(
                "`max_sort_length` stays below {SORT_LENGTH}, so that ids of tenants that begin alike would fall into one group"
            )
        } else if self.character_sets != "utf8mb4 utf8mb4 utf8mb4" {
            "the character set of the connection is not `utf8mb4`".to_owned()
        } else {
            return Ok(());
        };
        Err(format!(
            "this server, or a proxy before it, does not let a session be what the proofs rest on: {wrong}"
        ))
    }
}

/// Whether an error is about one statement, which alone was undone.
///
/// By the class of its SQLSTATE: wrong number of values (21), wrong value (22), key or check (23), not allowed in this
/// transaction (25), syntax, names and rights (42), check option of a view (44), raised by a trigger (45), cut value (01);
/// and errors about values and checks that have no class.
fn is_about_the_statement(code: &str, number: Option<u16>) -> bool {
    /// A column without default, a wrong value, a failed check.
    const WITHOUT_CLASS: [u16; 3] = [1364, 1366, 3819];
    let class = code.get(..2).unwrap_or_default();
    matches!(class, "01" | "21" | "22" | "23" | "25" | "42" | "44" | "45")
        || (code == "HY000" && number.is_some_and(|number| WITHOUT_CLASS.contains(&number)))
}

#[cfg(test)]
mod tests {
    use super::{Session, is_about_the_statement};

    fn sound() -> Session {
        Session {
            sql_mode: "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,PIPES_AS_CONCAT".to_owned(),
            checks_keys: true,
            commits_alone: true,
            null_is_last_id: false,
            sort_length: 1024,
            character_sets: "utf8mb4 utf8mb4 utf8mb4".to_owned(),
        }
    }

    #[test]
    fn modes_of_which_no_proof_knows_are_left_out() {
        let session = Session {
            sql_mode: "PIPES_AS_CONCAT,ansi_quotes,ORACLE,EMPTY_STRING_IS_NULL,PAD_CHAR_TO_FULL_LENGTH,\
                       SIMULTANEOUS_ASSIGNMENT,HIGH_NOT_PRECEDENCE,x' or '1"
                .to_owned(),
            ..sound()
        };
        let text = session.repaired();
        assert!(
            text.contains("sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES',"),
            "{text}"
        );
    }

    #[test]
    fn a_longer_sort_is_kept_and_a_shorter_one_not() {
        for (was, becomes) in [(8_388_608, "8388608"), (64, "1024")] {
            let text = Session {
                sort_length: was,
                ..sound()
            }
            .repaired();
            assert!(text.ends_with(&format!("max_sort_length = {becomes}")), "{text}");
        }
    }

    #[test]
    fn a_session_that_cannot_be_made_sound_is_refused() {
        assert_eq!(sound().check(), Ok(()));
        let wrong = [
            (
                "ORACLE",
                Session {
                    sql_mode: "STRICT_ALL_TABLES,ORACLE".to_owned(),
                    ..sound()
                },
            ),
            (
                "STRICT_ALL_TABLES",
                Session {
                    sql_mode: "STRICT_TRANS_TABLES".to_owned(),
                    ..sound()
                },
            ),
            (
                "foreign_key_checks",
                Session {
                    checks_keys: false,
                    ..sound()
                },
            ),
            (
                "autocommit",
                Session {
                    commits_alone: false,
                    ..sound()
                },
            ),
            (
                "sql_auto_is_null",
                Session {
                    null_is_last_id: true,
                    ..sound()
                },
            ),
            (
                "max_sort_length",
                Session {
                    sort_length: 1023,
                    ..sound()
                },
            ),
            (
                "utf8mb4",
                Session {
                    character_sets: "utf8mb4 latin1 utf8mb4".to_owned(),
                    ..sound()
                },
            ),
        ];
        for (name, session) in wrong {
            let message = session.check().expect_err(name);
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn only_errors_about_the_statement_leave_the_transaction_open() {
        for (code, number) in [("23000", 1062), ("22001", 1406), ("42S02", 1146), ("HY000", 1364)] {
            assert!(is_about_the_statement(code, Some(number)), "{number}");
        }
        // A deadlock, a lock that was not given, too many locks, a changed row, a killed connection.
        for (code, number) in [
            ("40001", 1213),
            ("HY000", 1205),
            ("HY000", 1206),
            ("HY000", 1020),
            ("70100", 1927),
            ("", 0),
        ] {
            assert!(!is_about_the_statement(code, Some(number)), "{number}");
        }
        assert!(!is_about_the_statement("HY000", None));
    }
}
