//! The servers' reserved words.

use std::sync::LazyLock;

use crate::Dialect;

/// The words of `pg_get_keywords()` (version 15) that can be no column without quotes, but for `default`, which stands
/// in the place of an expression in `values` and `set`.
static POSTGRES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    sorted(
        "
    all analyse analyze and any array as asc asymmetric both case cast check collate column
    constraint create current_catalog current_date current_role current_time current_timestamp
    current_user deferrable desc distinct do else end except false fetch for foreign from grant
    group having in initially intersect into lateral leading limit localtime localtimestamp not null
    offset on only or order placing primary references returning select session_user some symmetric
    table then to trailing true union unique user using variadic when where window with
    ",
    )
});

/// What MariaDB 10.11 takes for no column without quotes (found by asking it), again but for `default`, and `lateral`.
/// Words that MySQL reserves beyond these have no meaning in the place of an expression: it refuses them.
static MYSQL: LazyLock<Vec<&str>> = LazyLock::new(|| {
    sorted(
        "
    accessible add all alter analyze and as asc asensitive before between bigint binary blob both by
    call cascade case change char character check collate column condition constraint continue
    convert create cross current_date current_role current_time current_timestamp current_user
    cursor databases day_hour day_microsecond day_minute day_second dec decimal declare delayed
    delete delete_domain_id desc describe deterministic distinct distinctrow div do_domain_ids
    double drop dual each else elseif enclosed escaped except exists exit explain false fetch float
    float4 float8 for force foreign from fulltext grant group having high_priority hour_microsecond
    hour_minute hour_second if ignore ignore_domain_ids in index infile inner inout insensitive
    insert int int1 int2 int3 int4 int8 integer intersect interval into is iterate join key keys
    kill lateral leading leave left like limit linear lines load localtime localtimestamp lock long
    longblob longtext loop low_priority master_demote_to_replica master_demote_to_slave
    master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext middleint
    minute_microsecond minute_second mod modifies natural no_write_to_binlog not null numeric offset
    on optimize optionally or order out outer outfile over page_checksum parse_vcol_expr partition
    portion precision primary procedure purge range read read_write reads real recursive
    ref_system_id references regexp release rename repeat replace require resignal restrict return
    returning revoke right rlike row_number rows schemas second_microsecond select sensitive
    separator set show signal smallint spatial specific sql sql_big_result sql_calc_found_rows
    sql_small_result sqlexception sqlstate sqlwarning ssl starting stats_auto_recalc
    stats_persistent stats_sample_pages straight_join table terminated then tinyblob tinyint
    tinytext to trailing trigger true undo union unique unlock unsigned update usage use using
    utc_date utc_time utc_timestamp values varbinary varchar varcharacter varying when where while
    with write xor year_month zerofill
    ",
    )
});

/// Whether `word` is reserved, in any case. SQLite's grammar falls back to names where it can, and sqlparser does too.
pub(crate) fn is_reserved(word: &str, dialect: Dialect) -> bool {
    let words = match dialect {
        Dialect::Mysql => &*MYSQL,
        Dialect::Postgres | Dialect::Sqlite => &*POSTGRES,
    };
    let lower = |letter: u8| letter.to_ascii_lowercase();
    words
        .binary_search_by(|reserved| reserved.bytes().cmp(word.bytes().map(lower)))
        .is_ok()
}

fn sorted(words: &str) -> Vec<&str> {
    let mut words: Vec<&str> = words.split_ascii_whitespace().collect();
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests {
    use super::is_reserved;
    use crate::Dialect;

    #[test]
    fn words_are_reserved_in_any_case() {
        for dialect in [Dialect::Postgres, Dialect::Mysql] {
            for word in [
                "add",
                "all",
                "AND",
                "Current_Timestamp",
                "using",
                "with",
                "zerofill",
            ] {
                let only_mysql = matches!(word, "add" | "zerofill");
                let reserved = dialect == Dialect::Mysql || !only_mysql;
                assert_eq!(is_reserved(word, dialect), reserved, "{word}");
            }
            for word in ["", "a", "orders", "current_timestam", "withh", "default", "é"] {
                assert!(!is_reserved(word, dialect), "{word}");
            }
        }
    }
}
