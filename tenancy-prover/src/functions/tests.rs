use super::{Builtin, FunctionKind, lookup, table};
use crate::Dialect;

const DIALECTS: [Dialect; 3] = [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql];

/// Names that read, change or betray something, separated by white space.
const POSTGRES_DANGEROUS: &str = "
    query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema table_to_xml
    table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema database_to_xml
    database_to_xml_and_xmlschema xmlparse xpath ts_stat ts_rewrite ts_debug ts_parse ts_token_type
    dblink dblink_exec dblink_connect postgres_fdw_get_connections
    nextval currval lastval setval set_config current_setting setseed
    pg_notify pg_listening_channels pg_notification_queue_usage
    pg_advisory_lock pg_advisory_xact_lock pg_try_advisory_lock pg_try_advisory_xact_lock pg_advisory_unlock_all
    lo_get lo_put lo_import lo_export lo_from_bytea lo_create lo_unlink loread lowrite
    pg_read_file pg_read_binary_file pg_ls_dir pg_ls_waldir pg_stat_file pg_logdir_ls pg_file_write
    pg_sleep pg_sleep_for pg_sleep_until pg_terminate_backend pg_cancel_backend pg_reload_conf pg_rotate_logfile
    pg_relation_size pg_total_relation_size pg_table_size pg_indexes_size pg_database_size pg_tablespace_size
    pg_column_size pg_relation_filepath pg_relation_filenode pg_stat_get_live_tuples pg_stat_get_activity
    pg_stat_get_tuples_inserted pg_lock_status pg_blocking_pids pg_prepared_xact pg_show_all_settings
    txid_current txid_current_snapshot txid_status txid_snapshot_xmax pg_current_xact_id pg_current_snapshot
    pg_snapshot_xip pg_visible_in_snapshot pg_current_wal_lsn pg_switch_wal pg_create_restore_point
    pg_export_snapshot pg_backend_pid pg_postmaster_start_time pg_conf_load_time pg_is_in_recovery
    has_table_privilege has_column_privilege has_schema_privilege has_database_privilege has_any_column_privilege
    has_sequence_privilege pg_has_role row_security_active aclexplode makeaclitem
    pg_get_viewdef pg_get_functiondef pg_get_constraintdef pg_get_indexdef pg_get_expr pg_get_userbyid
    pg_get_serial_sequence pg_table_is_visible pg_typeof pg_describe_object pg_identify_object format_type
    to_regclass to_regtype to_regproc to_regrole to_regnamespace regclass col_description obj_description
    shobj_description current_user session_user user current_role current_catalog current_schema current_schemas
    current_database current_query getpgusername inet_client_addr inet_client_port inet_server_addr
    inet_server_port version getdatabaseencoding get_current_ts_config pg_client_encoding pg_encoding_to_char
    pg_timezone_names pg_cursor pg_prepared_statement pg_hba_file_rules pg_config currtid2 satisfies_hash_partition
    brin_summarize_new_values gin_clean_pending_list pg_logical_emit_message pg_replication_slot_advance
    pg_input_is_valid merge_action plpgsql_call_handler crosstab mxid_age";

/// As above, for SQLite.
const SQLITE_DANGEROUS: &str = "
    changes total_changes last_insert_rowid load_extension sqlite_version sqlite_source_id sqlite_offset
    sqlite_compileoption_used sqlite_compileoption_get sqlite_log sqlite_drop_column sqlite_rename_column
    sqlite_rename_table sqlite_rename_test sqlite_rename_quotefix sqlite_filestat sqlite_dbpage sqlite_stmt
    sqlite_memstat sqlite_parameters sqlite_dbdata sqlite_dbptr sqlite_db_config
    readfile writefile edit lsmode fsdir zipfile zipfile_cds sqlar_compress sqlar_uncompress
    bm25 highlight snippet matchinfo offsets optimize match fts3_tokenizer fts5 fts5_source_id fts5_expr
    fts5_decode fts5vocab rtreecheck rtreenode rtreedepth geopoly_area geopoly_overlap geopoly_within
    pragma_table_info pragma_database_list pragma_function_list pragma_index_list pragma_foreign_key_list
    pragma_user_version pragma_table_list pragma_compile_options dbstat bytecode tables_used
    eval exec shell_putsnl shell_add_schema shell_module_schema completion series generate_series csv vsv
    subtype implies_nonnull_row expr_compare affinity unknown nextval current_user current_setting version
    sha3 sha3_query db_enter sqlite_schema carray prefixes remember stmtrand wholenumber";

/// As above, for MySQL and MariaDB.
const MYSQL_DANGEROUS: &str = "
    benchmark sleep get_lock release_lock release_all_locks is_free_lock is_used_lock master_pos_wait master_gtid_wait
    source_pos_wait wait_for_executed_gtid_set wait_until_sql_thread_after_gtids binlog_gtid_pos gtid_subset
    load_file name_const extractvalue updatexml row_count found_rows last_insert_id connection_id database schema
    user current_user session_user system_user current_role version uuid_short nextval lastval setval match
    wsrep_last_written_gtid wsrep_last_seen_gtid wsrep_sync_wait_upto_gtid ps_thread_id ps_current_thread_id
    column_get column_create column_json decode_histogram encrypt des_encrypt des_decrypt encode decode
    old_password password values default convert cast roles_graphml icu_version statement_digest
    statement_digest_text format_bytes format_pico_time internal_table_rows internal_data_length can_access_table
    can_access_database get_dd_index_sub_part_length sys_get_config asynchronous_connection_failover_add_source
    group_replication_set_as_primary service_get_read_locks service_get_write_locks audit_log_read audit_log_encryption_password_get
    mask_inner keyring_key_fetch keyring_key_store collation coercibility charset rownum";

const DANGEROUS_PREFIXES: [&str; 26] = [
    "pg_",
    "lo_",
    "txid_",
    "has_",
    "inet_client",
    "inet_server",
    "to_reg",
    "query_to",
    "table_to",
    "schema_to",
    "database_to",
    "cursor_to",
    "dblink",
    "xml",
    "session_",
    "binary_upgrade",
    "ri_",
    "brin_",
    "gin_",
    "sqlite_",
    "pragma_",
    "fts",
    "rtree",
    "geopoly",
    "shell_",
    "load_",
];

fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split_whitespace()
}

fn find(dialect: Dialect, name: &str) -> &'static Builtin {
    lookup(dialect, name).unwrap_or_else(|| panic!("{name} is missing from {dialect:?}"))
}

#[test]
fn the_tables_are_sorted_without_duplicates_and_folded() {
    for dialect in DIALECTS {
        let builtins = table(dialect);
        assert!(builtins.len() > 100);
        assert!(
            builtins.is_sorted_by(|left, right| left.name < right.name),
            "{dialect:?}"
        );
        for builtin in builtins {
            assert!(
                builtin
                    .name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            );
            assert_eq!(lookup(dialect, builtin.name), Some(builtin));
        }
    }
}

#[test]
fn dangerous_names_are_not_found() {
    for (dialect, list) in [
        (Dialect::Postgres, POSTGRES_DANGEROUS),
        (Dialect::Sqlite, SQLITE_DANGEROUS),
        (Dialect::Mysql, MYSQL_DANGEROUS),
    ] {
        assert!(names(list).count() >= 60);
        for name in names(list) {
            assert_eq!(lookup(dialect, name), None, "{name} in {dialect:?}");
        }
    }
}

#[test]
fn no_dangerous_family_sneaks_in() {
    for dialect in DIALECTS {
        for builtin in table(dialect) {
            for prefix in DANGEROUS_PREFIXES {
                assert!(
                    !builtin.name.starts_with(prefix),
                    "{} in {dialect:?}",
                    builtin.name
                );
            }
            for part in [
                "privilege",
                "advisory",
                "_size",
                "_to_xml",
                "setting",
                "snapshot",
                "regclass",
                "sleep",
            ] {
                assert!(!builtin.name.contains(part), "{} in {dialect:?}", builtin.name);
            }
        }
    }
}

#[test]
fn only_scalars_are_strict() {
    for dialect in DIALECTS {
        for builtin in table(dialect).iter().filter(|builtin| builtin.strict) {
            assert_eq!(builtin.kind, FunctionKind::Scalar, "{}", builtin.name);
            assert_eq!(builtin.overload, None, "{}", builtin.name);
        }
    }
}

#[test]
fn what_makes_something_of_null_is_not_strict() {
    let never = "coalesce nullif concat concat_ws format json_object";
    let postgres = "greatest least row quote_nullable num_nulls jsonb_build_object json_build_array array_append
        array_position array_remove jsonb_extract_path enum_range int4range jsonb_set_lax count generate_series";
    let sqlite = "ifnull iif hex quote typeof replace char printf zeroblob json_array json_quote json_extract
        max min like glob";
    for name in names(never).chain(names(postgres)) {
        assert!(!find(Dialect::Postgres, name).strict, "{name}");
    }
    for name in names(never).chain(names(sqlite)) {
        assert!(!find(Dialect::Sqlite, name).strict, "{name}");
    }
    let mysql = "greatest least if ifnull isnull elt field find_in_set interval json_array json_quote quote export_set
        make_set nvl nvl2 char sha2 count trim";
    for name in names(never).chain(names(mysql)) {
        assert!(!find(Dialect::Mysql, name).strict, "{name}");
    }
}

#[test]
fn kinds_follow_the_way_of_calling() {
    use FunctionKind::{Aggregate, Scalar, SetReturning, Window};
    let expected = [
        (Dialect::Postgres, "lower", 1, Scalar),
        (Dialect::Postgres, "max", 1, Aggregate),
        (Dialect::Postgres, "string_agg", 2, Aggregate),
        (Dialect::Postgres, "percentile_cont", 1, Aggregate),
        (Dialect::Postgres, "grouping", 1, Aggregate),
        (Dialect::Postgres, "rank", 0, Window),
        (Dialect::Postgres, "rank", 1, Aggregate),
        (Dialect::Postgres, "lag", 3, Window),
        (Dialect::Postgres, "unnest", 2, SetReturning),
        (Dialect::Postgres, "jsonb_to_record", 1, SetReturning),
        (Dialect::Postgres, "regexp_matches", 2, SetReturning),
        (Dialect::Sqlite, "max", 1, Aggregate),
        (Dialect::Sqlite, "max", 2, Scalar),
        (Dialect::Sqlite, "min", 3, Scalar),
        (Dialect::Sqlite, "rank", 0, Window),
        (Dialect::Sqlite, "total", 1, Aggregate),
        (Dialect::Sqlite, "json_each", 1, SetReturning),
        (Dialect::Mysql, "max", 1, Aggregate),
        (Dialect::Mysql, "group_concat", 2, Aggregate),
        (Dialect::Mysql, "json_table", 2, SetReturning),
        (Dialect::Mysql, "median", 1, Window),
        (Dialect::Mysql, "row_number", 0, Window),
    ];
    for (dialect, name, arguments, kind) in expected {
        assert_eq!(
            find(dialect, name).kind_for(arguments),
            kind,
            "{name} of {arguments} in {dialect:?}"
        );
    }
}

#[test]
fn a_dialect_knows_only_its_own() {
    assert_eq!(lookup(Dialect::Postgres, "ifnull"), None);
    assert_eq!(lookup(Dialect::Sqlite, "to_tsvector"), None);
    assert_eq!(lookup(Dialect::Sqlite, "LOWER"), None);
    assert_eq!(lookup(Dialect::Mysql, "to_tsvector"), None);
    assert_eq!(lookup(Dialect::Mysql, "typeof"), None);
}
