//! Statements as real migrations have them, in the shapes that whole-file parsers refuse.

use super::{clean, column, keys, postgres, relation, table, whats};
use crate::catalog::Relation;

#[test]
fn real_migrations_cost_only_what_they_name() {
    let catalog = postgres(
        r#"
-- Enum types as generators write them.
DO $$ BEGIN
 CREATE TYPE "public"."status" AS ENUM('active', 'gone');
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "accounts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"state" "status" DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_id_unique" UNIQUE("id")
);
CREATE TABLE IF NOT EXISTS "sessions" ("id" uuid, "account_id" uuid);
DO $$ BEGIN
 ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
CREATE INDEX CONCURRENTLY IF NOT EXISTS trgm ON accounts USING gin (state gin_trgm_ops);
CREATE UNIQUE INDEX lower_ops ON accounts (lower(state::text) varchar_pattern_ops) WITH (deduplicate_items = off);
CREATE PROCEDURE archive_old(before timestamptz) LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE format('DELETE FROM %I', 'accounts');
  COMMIT;
END
$body$;
CREATE SCHEMA audit AUTHORIZATION CURRENT_USER;
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME log_seq START WITH 100) PRIMARY KEY, at timestamptz);
ALTER TABLE log SET SCHEMA audit;
ALTER TABLE audit.log ALTER COLUMN at SET DEFAULT timezone('utc'::text, now());
CREATE OPERATOR CLASS my_ops DEFAULT FOR TYPE my_type USING btree AS OPERATOR 1 <, FUNCTION 1 cmp(my_type, my_type);
CREATE TEXT SEARCH CONFIGURATION simple_english (COPY = english);
CREATE FUNCTION touch() RETURNS trigger AS 'BEGIN NEW.at = now(); RETURN NEW; END;' LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON audit.log FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE PROCEDURE touch();
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy' BEFORE 'sad';
UPDATE accounts SET state = U&'\0061ctive' WHERE id IN (SELECT account_id FROM sessions);
INSERT INTO accounts (id) VALUES (uuid_generate_v4()) ON CONFLICT DO NOTHING;
WITH moved AS (DELETE FROM sessions RETURNING *) INSERT INTO sessions SELECT * FROM moved;
COMMENT ON COLUMN accounts.state IS E'it\'s; a state';
"#,
    );
    assert_eq!(catalog.poison_all, None);
    assert_eq!(whats(&table(&catalog, "sessions").poison), ["a `do` block"]);
    assert_eq!(whats(&table(&catalog, "accounts").poison), ["a `do` block"]);
    let log = table(&catalog, "audit.log");
    assert!(log.poison.is_empty());
    assert!(column(log, "id").identity);
    assert_eq!(
        column(log, "at").default.as_deref(),
        Some("timezone('utc'::text, now())")
    );
    assert!(matches!(
        log.triggers[0].effect,
        crate::catalog::TriggerEffect::Assigns(_)
    ));
    assert_eq!(
        keys(table(&catalog, "accounts")),
        [
            "accounts_id_unique(id)",
            "lower_ops(<lower(state::text) varchar_pattern_ops>)"
        ]
    );
}

#[test]
fn a_table_that_is_not_understood_is_named_in_its_place() {
    let catalog = postgres("create table t (a int, b frob nicate 7 up); create table u (a int);");
    assert!(
        matches!(relation(&catalog, "t"), Some(Relation::Opaque { what, .. }) if what.contains("not understood"))
    );
    assert!(table(&catalog, "u").poison.is_empty());
    assert_eq!(catalog.poison_all, None);
}

#[test]
fn lines_are_counted_in_the_file() {
    let catalog = postgres(
        "-- one\n\ncreate table\n  t (\n  a int,\n  b int);\n\ndo $$\nbegin\n  delete from t;\nend $$;",
    );
    let t = table(&catalog, "t");
    assert_eq!(
        (t.origin.line, t.columns[1].origin.line, t.poison[0].origin.line),
        (3, 6, 8)
    );
    assert_eq!(t.origin.file.to_str(), Some("1.sql"));
}

#[test]
fn an_extension_that_goes_with_cascade_poisons_everything() {
    assert!(postgres("drop extension citext cascade").poison_all.is_some());
    clean(&postgres("drop extension if exists citext"));
}

#[test]
fn the_functions_of_common_extensions_are_known() {
    let catalog = postgres(
        "create schema ext; create extension if not exists \"uuid-ossp\" with schema ext; create extension pgcrypto;
         create extension other; create function crypt(text, text) returns text language sql as $$ select '' $$;",
    );
    clean(&catalog);
    let function = |name: &str| {
        catalog.functions[name]
            .iter()
            .map(|f| (f.name.to_string(), f.pure))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        function("uuid_generate_v4"),
        [("ext.uuid_generate_v4".to_owned(), true)]
    );
    assert_eq!(function("digest"), [("digest".to_owned(), true)]);
    assert!(function("crypt").contains(&("crypt".to_owned(), false)));
}
