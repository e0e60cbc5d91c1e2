//! MySQL and MariaDB.

use super::{clean, column, columns, foreign_keys, keys, mysql, table, view, whats};
use crate::catalog::{Relation, TriggerEffect};

fn types(sql: &str) -> Vec<String> {
    let catalog = mysql(sql);
    clean(&catalog);
    table(&catalog, "t")
        .columns
        .iter()
        .map(|column| {
            let modifiers: Vec<String> = column.ty.modifiers.iter().map(u64::to_string).collect();
            let mut text = column.ty.name.clone();
            if !modifiers.is_empty() {
                text.push_str(&format!("({})", modifiers.join(",")));
            }
            if let Some(collation) = &column.collation {
                text.push_str(&format!(" {collation}"));
            }
            text
        })
        .collect()
}

#[test]
fn an_ordinary_table_is_read_to_its_last_token() {
    let catalog = mysql(
        "create table tenants (id varchar(32) collate utf8mb4_bin primary key) engine=InnoDB;
         CREATE TABLE IF NOT EXISTS `orders` (
           `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'it''s; the \\'id\\'',
           `tenant_id` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
           `status` enum('open','paid') NOT NULL DEFAULT 'open',
           `total` decimal(10,2) DEFAULT NULL CHECK (`total` >= 0),
           `placed` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
           `year` int GENERATED ALWAYS AS (year(`placed`)) STORED,
           `slug` varchar(80) UNIQUE,
           `note` text,
           PRIMARY KEY (`id`) USING BTREE,
           UNIQUE KEY `orders_tid` (`tenant_id`,`id`),
           UNIQUE KEY (`note`(20), `slug` desc),
           KEY `placed` (`placed`), FULLTEXT KEY ft (`note`),
           CONSTRAINT `orders_tenant` FOREIGN KEY (`tenant_id`) REFERENCES `tenants` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION,
           FOREIGN KEY (tenant_id) references tenants (id)
         ) ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='x'
         PARTITION BY RANGE (YEAR(placed)) (PARTITION p0 VALUES LESS THAN (2025), PARTITION p1 VALUES LESS THAN MAXVALUE);",
    );
    clean(&catalog);
    let orders = table(&catalog, "orders");
    assert_eq!(
        columns(orders),
        [
            "id",
            "tenant_id",
            "status",
            "total",
            "placed",
            "year",
            "slug",
            "note"
        ]
    );
    assert_eq!(
        keys(orders),
        [
            "slug(slug)",
            "orders_tid(tenant_id,id)",
            "primary(id)",
            "note(<`note`(20)>,slug)"
        ]
    );
    assert_eq!(
        foreign_keys(orders),
        [
            "orders_tenant(tenant_id)>tenants(id)",
            "orders_ibfk_1(tenant_id)>tenants(id)"
        ]
    );
    assert!(
        orders
            .foreign_keys
            .iter()
            .all(|key| key.validated && !key.distrusted)
    );
    assert_eq!(
        column(orders, "tenant_id").collation.as_deref(),
        Some("utf8mb4_bin")
    );
    assert_eq!(
        column(orders, "note").collation.as_deref(),
        Some("utf8mb4_unicode_ci")
    );
    assert_eq!(
        column(orders, "placed").default.as_deref(),
        Some("CURRENT_TIMESTAMP(6)")
    );
    assert_eq!(
        column(orders, "year").generated.as_deref(),
        Some("year(`placed`)")
    );
    assert_eq!(orders.checks.len(), 1);
    assert!(column(orders, "id").identity && column(orders, "id").not_null);
}

#[test]
fn types_have_one_name() {
    assert_eq!(
        types(
            "create table t (a bool, b tinyint(1), c tinyint(4), d integer(11) unsigned zerofill, e int8, f dec, g \
             numeric(5), h real, i float(53), j bit, k bigint signed, l serial, m year(4), n datetime(0), o timestamp(3), \
             p double precision, q binary, r varbinary(16), s json, t uuid, u middleint unsigned)"
        ),
        [
            "tinyint(1)",
            "tinyint(1)",
            "tinyint",
            "int unsigned",
            "bigint",
            "decimal(10,0)",
            "decimal(5,0)",
            "double",
            "double",
            "bit(1)",
            "bigint",
            "bigint unsigned",
            "year",
            "datetime",
            "timestamp(3)",
            "double",
            "binary(1)",
            "varbinary(16)",
            "json utf8mb4_bin",
            "uuid",
            "mediumint unsigned"
        ]
    );
}

#[test]
fn text_takes_the_nearest_collation() {
    let columns = "(a varchar(9), b char binary, c text charset latin1, d varchar(9) collate 'utf8_bin', e longtext \
                   character set latin1 collate latin1_german2_ci, f varchar(9) character set binary, g nvarchar(9), h \
                   enum('x') binary, i char(3) ascii)";
    assert_eq!(
        types(&format!("create table t {columns}")),
        [
            "varchar(9) database",
            "char(1) database",
            "text latin1",
            "varchar(9) utf8mb3_bin",
            "longtext latin1_german2_ci",
            "varbinary(9)",
            "varchar(9) utf8mb3",
            "enum database",
            "char(3) latin1"
        ]
    );
    assert_eq!(
        types(&format!("create table t {columns} default charset = utf8mb4"))[..2],
        ["varchar(9) utf8mb4", "char(1) utf8mb4_bin"]
    );
    assert_eq!(
        types(&format!("create table t {columns} collate utf8mb4_0900_bin"))[..2],
        ["varchar(9) utf8mb4_0900_bin", "char(1) utf8mb4_bin"]
    );
}

#[test]
fn references_beside_a_column_prove_nothing() {
    let catalog = mysql(
        "create table p (id int primary key); create table t (p int references p (id) on delete cascade)",
    );
    clean(&catalog);
    let key = &table(&catalog, "t").foreign_keys[0];
    assert!(!key.validated && key.distrusted);
    assert_eq!(foreign_keys(table(&catalog, "t")), ["-(p)>p(id)"]);
}

#[test]
fn only_innodb_enforces_foreign_keys() {
    let sql = |parent: &str, child: &str| {
        let catalog = mysql(&format!(
            "create table p (id int primary key) engine={parent}; create table t (p int, foreign key (p) references p \
             (id)) engine={child}"
        ));
        clean(&catalog);
        table(&catalog, "t").foreign_keys[0].validated
    };
    assert!(sql("InnoDB", "innodb"));
    assert!(!sql("MyISAM", "innodb"));
    assert!(!sql("InnoDB", "Aria"));
    let catalog = mysql("create table t (a int) engine=federated connection='mysql://x/y'");
    assert!(matches!(
        super::relation(&catalog, "t"),
        Some(Relation::Opaque { .. })
    ));
}

#[test]
fn what_is_not_understood_is_no_table() {
    for sql in [
        "create table t (a int) with system versioning",
        "create table t (a int, period for p (b, c))",
        "create table t as select 1 as a",
        "create table t (a int) select 1 as b",
        "create table t (a sometype)",
        "create table t (a int /*!80023 INVISIBLE */)",
        "create table t (a int /*M! invisible */)",
    ] {
        let catalog = mysql(sql);
        assert!(
            !matches!(super::relation(&catalog, "t"), Some(Relation::Table(_))),
            "{sql}"
        );
    }
}

#[test]
fn comments_are_read_as_the_server_reads_them() {
    let catalog = mysql(
        "# a comment; with a semicolon
         -- another;
         /*! create table t (a int /*!40000 not null */) */;
         /*!50001 create */ /*!50013 sql security invoker */ /*!50001 view v as select a--1 from t */;
         /*!999999\\- enable the sandbox mode */
         create table u (a int) -- the end",
    );
    // A comment within an executed one is not understood, nor what follows.
    assert!(catalog.relations.is_empty());
    let catalog = mysql(
        "/*!999999\\- enable the sandbox mode */ # x;
         /*!40101 SET NAMES utf8 */;
         /*! create table t (a int not null) */;
         /*!50001 create */ /*!50013 sql security invoker */ /*!50001 view v as select a--1 from t */;
         create table u (b int -- not here, c int
         )",
    );
    clean(&catalog);
    assert!(column(table(&catalog, "t"), "a").not_null);
    assert_eq!(view(&catalog, "v").query, "select a--1 from t");
    assert!(view(&catalog, "v").security_invoker);
    assert_eq!(columns(table(&catalog, "u")), ["b"]);
    assert!(mysql("/*!80000 drop table t */").poison_all.is_some());
}

#[test]
fn bodies_hold_semicolons() {
    let catalog = mysql(
        "create table t (a int, b int);
         create trigger x before insert on t for each row begin if new.a > 1 then set new.a = 1; else set new.b = case \
         when new.a then 1 end; end if; end;
         create definer=`root`@`localhost` procedure p(in x int) modifies sql data begin declare i int; while i < 3 do \
         set i = i + 1; end while; loop_it: loop leave loop_it; end loop; end;
         create procedure q() if 1 then select 1; end if;
         create function f(x int) returns int deterministic return x + 1;
         delimiter //
         create trigger y before update on t for each row set new.b = upper(new.a), new.a = 2 //
         create trigger z before update on t for each row begin set new.b = 1; end; //
         delimiter ;
         create table u (a int);",
    );
    clean(&catalog);
    let triggers = &table(&catalog, "t").triggers;
    assert_eq!(triggers.len(), 3);
    assert_eq!(triggers[0].effect, TriggerEffect::Unknown);
    assert_eq!(
        triggers[1].effect,
        TriggerEffect::Assigns(vec![
            ("b".to_owned(), "upper(new.a)".to_owned()),
            ("a".to_owned(), "2".to_owned())
        ])
    );
    assert_eq!(
        triggers[2].effect,
        TriggerEffect::Assigns(vec![("b".to_owned(), "1".to_owned())])
    );
    assert!(catalog.functions.contains_key("f") && !catalog.functions.contains_key("p"));
    assert_eq!(columns(table(&catalog, "u")), ["a"]);
}

#[test]
fn columns_come_go_and_change() {
    let catalog = mysql(
        "create table t (a int, b varchar(9), c int, unique key k (a, b), key b (b)) charset utf8mb4;
         alter table t add column d int not null first, drop column c, change b e varchar(20) collate utf8mb4_bin not \
         null after d, add unique (e), add f text;
         alter table t modify a bigint unsigned not null default 3, drop index b, rename index k to l;
         alter table t convert to character set latin1 collate latin1_bin;
         alter table t rename to s;
         rename table s to t;
         create unique index m on t (f(3), (a + 1));
         alter table t drop primary key, add primary key (a), alter f set default ('x')",
    );
    let t = table(&catalog, "t");
    assert_eq!(columns(t), ["d", "e", "a", "f"]);
    assert_eq!(column(t, "e").collation.as_deref(), Some("latin1_bin"));
    assert_eq!(column(t, "a").ty.name, "bigint unsigned");
    // There was no primary key to drop.
    assert_eq!(whats(&t.poison), ["`alter table t ..`"]);
    assert_eq!(keys(t), ["l(a,e)", "e(e)", "m(<f(3)>,<(a + 1)>)"]);
}

#[test]
fn checks_of_foreign_keys_may_be_off() {
    let tables = "create table p (id int primary key); create table t (p int, constraint k foreign key (p) references p \
                  (id));";
    let trusted = |sql: &str| {
        let catalog = mysql(sql);
        table(&catalog, "t").foreign_keys[0].validated
    };
    assert!(trusted(&format!(
        "set foreign_key_checks = 0; {tables} set foreign_key_checks = 1;"
    )));
    assert!(!trusted(&format!(
        "set foreign_key_checks = 0; {tables} insert into t values (1)"
    )));
    assert!(!trusted(&format!(
        "{tables} set @@foreign_key_checks = off; delete from p"
    )));
    assert!(trusted(&format!(
        "{tables} set foreign_key_checks = 0, @x = 1; set foreign_key_checks = 1; delete from p"
    )));
    assert!(!trusted(&format!(
        "{tables} drop table p; create table p (id int primary key)"
    )));
}

#[test]
fn statements_that_change_what_others_mean_are_not_passed_over() {
    for sql in [
        "use other",
        "set sql_mode = 'ANSI_QUOTES'",
        "set @@sql_mode := concat(@@sql_mode, ',PIPES_AS_CONCAT')",
        "prepare s from 'drop table t'",
        "execute s",
        "call unknown()",
        "drop database d",
        "begin not atomic drop table t; end",
        "set default_storage_engine = myisam",
    ] {
        assert!(
            mysql(&format!("create table t (a int); {sql};"))
                .poison_all
                .is_some(),
            "{sql}"
        );
    }
    for sql in [
        "alter table other.t add b int",
        "drop table if exists other.t",
        "drop table T",
        "alter table t frob",
    ] {
        let catalog = mysql(&format!("create table t (a int); {sql};"));
        let gone = super::relation(&catalog, "t").is_none();
        assert!(gone || !table(&catalog, "t").poison.is_empty(), "{sql}");
    }
    clean(&mysql(
        "create table t (a int); set names utf8mb4; set sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE'",
    ));
}

#[test]
fn names_that_the_servers_choose_differently_are_not_guessed() {
    let tables = "create table p (id int primary key); create table t (a int references p (id), b int, foreign key (b) \
                  references p (id), c int, foreign key i (c) references p (id), d int, constraint k foreign key (d) \
                  references p (id));";
    for sql in [
        "alter table t drop foreign key t_ibfk_1",
        "alter table t drop foreign key i",
    ] {
        let catalog = mysql(&format!("{tables} {sql};"));
        assert!(!table(&catalog, "t").poison.is_empty(), "{sql}");
    }
    let catalog = mysql(&format!("{tables} alter table t drop foreign key k;"));
    clean(&catalog);
    assert_eq!(
        foreign_keys(table(&catalog, "t")),
        ["t_ibfk_1(b)>p(id)", "-(c)>p(id)", "-(a)>p(id)"]
    );
}

#[test]
fn conditions_are_asked_of_the_table_as_it_was() {
    let tables = "create table t (a int, b int, unique key u (a));";
    for sql in [
        "alter table t drop key u, add unique key if not exists u (a)",
        "alter table t add column c int, modify column if exists c bigint",
        "alter table t add foreign key if not exists (a) references p (id)",
    ] {
        assert!(
            !table(&mysql(&format!("{tables} {sql};")), "t").poison.is_empty(),
            "{sql}"
        );
    }
    let catalog = mysql(&format!(
        "{tables} alter table t add column if not exists c int, add column if not exists a bigint; alter table t add unique \
         key if not exists u (b);"
    ));
    clean(&catalog);
    assert_eq!(columns(table(&catalog, "t")), ["a", "b", "c"]);
    assert_eq!(keys(table(&catalog, "t")), ["u(a)"]);
}

#[test]
fn views_are_fixed_when_they_are_made() {
    let tables =
        "create table t (a int, b int); create view v as select * from t; create view w as select a from t;";
    let poisoned = |sql: &str| {
        let catalog = mysql(&format!("{tables} {sql};"));
        ["v", "w"].map(|name| !view(&catalog, name).poison.is_empty())
    };
    assert_eq!(poisoned("alter table t add c int"), [true, false]);
    assert_eq!(
        poisoned("alter table t add c int; create or replace view v as select * from t"),
        [false, false]
    );
    assert_eq!(poisoned("alter table t drop b"), [true, false]);
    assert_eq!(poisoned("alter table t change a x int"), [true, true]);
    assert_eq!(
        poisoned("drop table t; create table t (b int, a int)"),
        [true, false]
    );
    assert_eq!(
        poisoned("rename table t to s; create table t (b int, a int)"),
        [true, false]
    );
    assert_eq!(poisoned("drop table if exists v"), [false, false]);
}
