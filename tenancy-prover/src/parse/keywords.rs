//! Which words are keywords for the server.
//!
//! sqlparser knows the keywords of a dozen systems and tries them on any word: in PostgreSQL's dialect `datetime 'x'`,
//! `a div b` or `from t final`, in SQLite's `date 'x'`, `x = any(y)` or `localtime`. Where the server has no such
//! keyword the word is a name there. So a word that is no keyword of the server is made a plain name before the
//! parser sees it, and only the server's own keywords can mean anything.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::lex::span_of;
use super::refusal::refuse;
use crate::{Code, Diagnostic, Dialect};

/// `pg_get_keywords()` of version 15, as far as sqlparser knows them, and the names of types that it reads before a
/// literal or after a cast, and `unnest`, whose call it has a node for.
static POSTGRES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    "
    ABORT ABSOLUTE ACCESS ACTION ADD ADMIN AFTER AGGREGATE ALL ALTER ALWAYS ANALYZE AND ANY ARRAY AS
    ASC ASENSITIVE ASYMMETRIC AT ATOMIC ATTACH AUTHORIZATION BACKWARD BEFORE BEGIN BETWEEN BIGINT
    BINARY BIT BOOL BOOLEAN BOTH BY BYTEA CACHE CALL CALLED CASCADE CASCADED CASE CAST CATALOG CHAIN
    CHAR CHARACTER CHARACTERISTICS CHECK CLASS CLOSE CLUSTER COALESCE COLLATE COLLATION COLUMN
    COLUMNS COMMENT COMMIT COMMITTED COMPRESSION CONCURRENTLY CONFIGURATION CONFLICT CONNECTION
    CONSTRAINT CONTINUE COPY COST CREATE CROSS CSV CUBE CURRENT CURRENT_CATALOG CURRENT_DATE
    CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR CYCLE DATA
    DATABASE DATE DAY DEALLOCATE DEC DECIMAL DECLARE DEFAULT DEFAULTS DEFERRABLE DEFERRED DEFINER
    DELETE DELIMITER DEPENDS DESC DETACH DICTIONARY DISABLE DISCARD DISTINCT DO DOMAIN DOUBLE DROP
    EACH ELSE ENABLE ENCODING ENCRYPTED END ENUM ESCAPE EVENT EXCEPT EXCLUDE EXCLUDING EXCLUSIVE
    EXECUTE EXISTS EXPLAIN EXTENSION EXTERNAL EXTRACT FALSE FAMILY FETCH FILTER FIRST FLOAT FLOAT4
    FLOAT8 FOLLOWING FOR FORCE FOREIGN FORWARD FREEZE FROM FULL FUNCTION FUNCTIONS GENERATED GLOBAL
    GRANT GRANTED GROUP GROUPING GROUPS HAVING HEADER HOLD HOUR IDENTITY IF ILIKE IMMEDIATE
    IMMUTABLE IMPORT IN INCLUDE INCLUDING INCREMENT INDEX INHERIT INHERITS INITIALLY INNER INOUT
    INPUT INSENSITIVE INSERT INSTEAD INT INT2 INT4 INT8 INTEGER INTERSECT INTERVAL INTO INVOKER IS
    ISOLATION JOIN JSON JSONB KEY LANGUAGE LARGE LAST LATERAL LEADING LEAKPROOF LEAST LEFT LEVEL
    LIKE LIMIT LISTEN LOAD LOCAL LOCALTIME LOCALTIMESTAMP LOCATION LOCK LOCKED LOGGED MATCH MATCHED
    MATERIALIZED MAXVALUE MERGE METHOD MINUTE MINVALUE MODE MONTH NAME NAMES NATIONAL NATURAL NCHAR
    NEW NEXT NFC NFD NFKC NFKD NO NONE NORMALIZE NORMALIZED NOT NOTHING NOTIFY NOTNULL NOWAIT NULL
    NULLIF NULLS NUMERIC OBJECT OF OFF OFFSET OLD ON ONLY OPERATOR OPTION OPTIONS OR ORDER
    ORDINALITY OUT OUTER OVER OVERLAPS OVERLAY OWNED OWNER PARALLEL PARAMETER PARSER PARTIAL
    PARTITION PASSING PASSWORD PLACING PLANS POLICY POSITION PRECEDING PRECISION PREPARE PRESERVE
    PRIMARY PRIOR PRIVILEGES PROCEDURE PROGRAM QUOTE RANGE READ REAL RECURSIVE REF REFERENCES
    REFERENCING REFRESH REGCLASS REINDEX RELATIVE RELEASE RENAME REPEATABLE REPLACE REPLICA RESET
    RESTART RESTRICT RETURN RETURNING RETURNS REVOKE RIGHT ROLE ROLLBACK ROLLUP ROW ROWS RULE
    SAVEPOINT SCHEMA SCHEMAS SCROLL SEARCH SECOND SECURITY SELECT SEQUENCE SEQUENCES SERIALIZABLE
    SERVER SESSION SESSION_USER SET SETOF SETS SHARE SHOW SIMILAR SIMPLE SKIP SMALLINT SNAPSHOT SOME
    SQL STABLE START STATEMENT STATISTICS STDIN STDOUT STORAGE STORED STRICT SUBSTRING SUPPORT
    SYMMETRIC SYSTEM TABLE TABLES TABLESAMPLE TABLESPACE TEMP TEMPLATE TEMPORARY TEXT THEN TIES TIME
    TIMESTAMP TIMESTAMPTZ TIMETZ TO TRAILING TRANSACTION TREAT TRIGGER TRIM TRUE TRUNCATE TSQUERY
    TSVECTOR TYPE UESCAPE UNBOUNDED UNCOMMITTED UNION UNIQUE UNKNOWN UNLISTEN UNLOGGED UNNEST UNTIL
    UPDATE USER USING UUID VACUUM VALID VALIDATE VALUE VALUES VARBIT VARCHAR VARIADIC VARYING
    VERBOSE VERSION VIEW VIEWS VOLATILE WHEN WHERE WINDOW WITH WITHIN WITHOUT WORK WRAPPER WRITE XML
    XMLNAMESPACES XMLTABLE YEAR YES ZONE
    "
    .split_ascii_whitespace()
    .collect()
});

/// `keywordhash.h` of version 3.51, as far as sqlparser knows them, and the two literals.
static SQLITE: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    "
    ABORT ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND AS ASC ATTACH AUTOINCREMENT BEFORE BEGIN
    BETWEEN BY CASCADE CASE CAST CHECK COLLATE COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS
    CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFAULT DEFERRABLE DEFERRED DELETE
    DESC DETACH DISTINCT DO DROP EACH ELSE END ESCAPE EXCEPT EXCLUDE EXCLUSIVE EXISTS EXPLAIN FAIL
    FALSE FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL GENERATED GLOB GROUP GROUPS HAVING IF IGNORE
    IMMEDIATE IN INDEX INITIALLY INNER INSERT INSTEAD INTERSECT INTO IS JOIN KEY LAST LEFT LIKE
    LIMIT MATCH MATERIALIZED NATURAL NO NOT NOTHING NOTNULL NULL NULLS OF OFFSET ON OR ORDER OUTER
    OVER PARTITION PLAN PRAGMA PRECEDING PRIMARY QUERY RAISE RANGE RECURSIVE REFERENCES REGEXP
    REINDEX RELEASE RENAME REPLACE RESTRICT RETURNING RIGHT ROLLBACK ROW ROWS SAVEPOINT SELECT SET
    TABLE TEMP TEMPORARY THEN TIES TO TRANSACTION TRIGGER TRUE UNBOUNDED UNION UNIQUE UPDATE USING
    VACUUM VALUES VIEW VIRTUAL WHEN WHERE WINDOW WITH WITHOUT
    "
    .split_ascii_whitespace()
    .collect()
});

/// Makes every word a plain name that is no keyword of the server.
///
/// # Errors
/// A diagnostic for the few keywords of PostgreSQL that are values by themselves and that sqlparser takes for names.
pub(super) fn align(tokens: &mut [TokenWithSpan], dialect: Dialect) -> Result<(), Diagnostic> {
    let keywords = match dialect {
        Dialect::Postgres => &*POSTGRES,
        Dialect::Sqlite | Dialect::Mysql => &*SQLITE,
    };
    let mut after_as = false;
    let mut after_period = false;
    for TokenWithSpan { token, span } in tokens {
        if let Token::Word(word) = token {
            let value = !after_as && !after_period && word.quote_style.is_none();
            if dialect == Dialect::Postgres && value && is_session_value(&word.value) {
                let message = format!("`{}` is a value of the session", word.value);
                return Err(refuse(
                    Code::UnsupportedSql,
                    span_of(*span),
                    message,
                    "not a column",
                ));
            }
            // SQLite takes any name for a type: those that sqlparser knows keep their meaning in `cast(x as type)`.
            let is_type = dialect == Dialect::Sqlite && after_as;
            if word.keyword != Keyword::NoKeyword
                && !is_type
                && !keywords.contains(word.value.to_ascii_uppercase().as_str())
            {
                word.keyword = Keyword::NoKeyword;
            }
        }
        after_as = matches!(token, Token::Word(word) if word.keyword == Keyword::AS);
        after_period = *token == Token::Period;
    }
    Ok(())
}

/// Reserved words of PostgreSQL that need no parentheses and that sqlparser reads as columns.
fn is_session_value(word: &str) -> bool {
    word.eq_ignore_ascii_case("current_role") || word.eq_ignore_ascii_case("current_schema")
}

#[cfg(test)]
mod tests;
