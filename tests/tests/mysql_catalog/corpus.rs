//! Scripts that MariaDB runs, each with the text that is read instead, if that is another.

/// What the server runs; what the prover reads.
pub(crate) const SCRIPTS: &[(&str, Option<&str>)] = &[
    (include_str!("../../cases/mysql/migrations/0001_shop.sql"), None),
    (include_str!("dumped.sql"), Some(include_str!("dump.sql"))),
    (include_str!("dumped.sql"), None),
    (
        "create table t (a bool, b tinyint(1) unsigned, c tinyint(4), d integer(11) unsigned zerofill, e int8, f dec, g \
         numeric(5) unsigned, h real, i float(53), i2 float(7,3), j bit, k bigint signed, l serial, m year(4), n \
         datetime(0), o timestamp(3) null, p double precision, q binary, r varbinary(16), s json, t uuid, u middleint \
         unsigned, v inet6, w int1, x dec(7,2), y fixed(3), z set('a','b'), aa long, ab long varbinary, ac blob, ad \
         tinytext, ae char varying(7), af national character varying(9), ag character(3), ah nchar(4), ai time(6), aj \
         bit(9), ak inet4, al nvarchar(3), am smallint, an float unsigned, ao national varchar(4))",
        None,
    ),
    (
        "create table a (a varchar(9), b char, c text charset latin1, d varchar(9) collate 'utf8_bin', e longtext \
         character set latin1 collate latin1_german2_ci, f varchar(9) character set binary, g varchar(9) charset utf8, h \
         enum('x'), i char(3) ascii, j varchar(3) unicode, k text byte, l tinytext collate binary);
         create table b (a varchar(9), b char binary, c text charset latin1, d mediumtext collate utf8mb3_bin, h set('x') \
         binary) charset = latin1;
         create table c (a varchar(9), b char binary, c text charset latin1) default collate = utf8mb4_nopad_bin;
         create table d (a varchar(9), b text, c char(4) charset ascii) character set binary;
         create table e (a varchar(9), b text character set utf8mb4) charset utf8mb4 collate utf8mb4_bin;
         create table f like e; create table g (like a);
         alter table e add c varchar(9), add d text charset utf8mb4, modify a varchar(10);
         alter table b convert to character set utf8mb4;
         alter table c convert to character set utf8mb4 collate utf8mb4_bin;
         alter table f default charset latin1; alter table f add z char(1);
         alter table g collate utf8mb4_bin; alter table g add z char(1), change a aa varchar(9);",
        None,
    ),
    (
        "create table p (id int primary key, a int, b int, unique (a), unique key (a, b), unique xx (b), unique b_2 (b, a));
         create table t (a int, b int, constraint c1 foreign key (a) references p (id), foreign key i2 (b) references p \
         (id), foreign key (a) references p (a));
         create table t2 (a int, b int, foreign key (a) references p (id), foreign key (b) references p (b) on delete set \
         null on update cascade);
         alter table t2 add foreign key (b) references p (a), add constraint foreign key (a) references p (b);
         alter table t2 drop foreign key t2_ibfk_1; alter table t2 add foreign key (a) references p (a);
         create table u (x int references p (id) on delete cascade, y int, foreign key (y) references p (id), z int \
         references p (id));
         rename table t2 to tt; alter table tt drop foreign key tt_ibfk_2, drop constraint tt_ibfk_3;
         alter table tt rename column a to aa; alter table tt add constraint named foreign key (aa) references p (id);
         rename table p to parents; alter table parents rename key xx to yy;",
        None,
    ),
    (
        "create table t (a int, b varchar(9), c int, d int, unique key k (a), key b (b), key ab (a, b), unique u (c), unique v (d, c desc));
         alter table t add column e int not null first, drop column a, change b bb varchar(20) not null after e, add unique \
         (bb), add f text, add column (g int, h int unique);
         alter table t modify c bigint unsigned not null default 3, drop index b, rename index u to uu, add unique key w \
         using btree (f(3)), add unique x (bb(20)), add fulltext ft (f) comment 'x';
         alter table t add primary key (c), alter h set default 5, alter c drop default, algorithm = copy, lock = shared;
         create unique index y on t (g) using btree; create index z on t (g, h); drop index y on t;
         alter table t drop primary key, add primary key (c, h), comment = 'x, y', engine = innodb;
         alter table t modify h int first, add i int after h, add constraint j unique (i); alter table t drop key j;",
        None,
    ),
    (
        "create table if not exists t (id int auto_increment key, n int not null default '7' check (n > 0), s varchar(9) \
         unique key default 'a''b', g int as (n + 1) persistent, v varchar(9) generated always as (concat(s, 'x')) virtual \
         unique comment 'it\\'s', ts timestamp not null default current_timestamp() on update now(), d datetime default \
         now(), x varchar(9) default (upper('a')), neg int default -1, b bit(2) default b'01', h varbinary(4) default \
         x'41', nl int default null null, constraint chk check (n < 100), constraint check (neg < 5)) auto_increment = 5 \
         row_format=dynamic, max_rows 100 comment \"a \\\" ; b\";
         create table if not exists t (other int);
         create or replace table r (a int); create or replace table r (b int primary key);
         create table gone (a int); drop table if exists gone, never; drop view if exists nothing;
         create temporary table tmp (a int); drop temporary table tmp; create table tmp (real_one int);
         create table ren (a int); alter table ren rename as ren2; alter table ren2 rename to ren3; alter table ren3 rename ren4;",
        None,
    ),
    (
        "create table t (a int, b int); create table s (a int);
         create view v as select * from t; create or replace algorithm = merge sql security invoker view w (x, y) as select \
         a, b from t where a > 1 with cascaded check option; alter view w as select a, 1 as b from s with local check option;
         create trigger x before insert on t for each row begin if new.a > 1 then set new.a = 1; else set new.b = case when \
         new.a then 1 end; end if; end;
         create definer = current_user trigger y before insert on t for each row follows x set new.b = 1;
         create procedure p(in i int) modifies sql data begin declare j int default 0; while j < 3 do set j = j + 1; end \
         while; l: loop leave l; end loop; if i then begin end; elseif j then select 1; end if; repeat set j = 1; until 1 \
         end repeat; case j when 1 then select 1; else begin end; end case; for k in 1..3 do select k; end for; end;
         create procedure q() if 1 then select 1; end if;
         create function f(x int) returns int deterministic return if(x, 1, 2);
         create event e on schedule every 1 day disable do begin delete from t; end;
         drop trigger if exists y; drop procedure q; drop event e; create table last (a int);",
        None,
    ),
    (
        "set foreign_key_checks = 0; create table c (p int, foreign key (p) references p (id)); create table p (id int \
         primary key) /*! engine=InnoDB */ /*!40100 default charset=latin1 */; set foreign_key_checks = 1;
         /*!50001 create table */ /*!40000 v (a int */ /*! not null) */;
         create table w (a int) -- no, b int
         ; # create table x (a int);
         /* create table y (a int); */ create /* a ; b */ table z (`a``b` int, `c d` int, $e int, f$g int)",
        None,
    ),
    (
        "create table parts (id int, at date, unique key (id, at)) engine=innodb partition by range (year(at)) (partition p0 \
         values less than (2024), partition p1 values less than maxvalue);
         alter table parts drop partition p0; alter table parts truncate partition p1; alter table parts remove partitioning; alter table parts partition by hash (id) partitions 3;",
        None,
    ),
    (
        "create table p (id int primary key, code varchar(9) unique); create table c (id int primary key, p int, q int, r int, \
         constraint a foreign key (p) references p (id) on delete set null, constraint b foreign key (q) references p (id));
         alter table c drop foreign key a, drop column p; alter table c rename column q to qq; alter table c change r rr int \
         unsigned not null first; alter table c drop constraint b; alter table c add constraint b foreign key (qq) references p \
         (id) on update cascade; alter table if exists c add column if not exists (qq int), add column if not exists t int; alter table c drop column if exists nothing, drop column if exists t;
         alter table c add column if not exists s int unique; alter table c modify column if exists s bigint null; create index if not exists s \
         on c (s); create or replace unique index s on c (s, qq); alter table c drop index if exists nope, drop key s;
         alter ignore table c wait 5 add key (s), add unique key uq (s); alter table c add unique key if not exists uq2 (s); alter table c add key if not exists uq2 (s); alter table c drop key uq2; alter online table c drop key uq;
         alter table p modify code varchar(20) unique, add constraint chk check (id > 0); alter table p drop constraint chk;
         alter table p drop index code; alter table p alter column code set default 'x', force; alter table p alter code drop default;
         create table copy like p; alter table copy drop primary key, add column n serial, convert to charset latin1;",
        None,
    ),
    (
        "create table T_Upper (Id int primary key, `MiXed` int unique); alter table T_Upper add Other int, add key (mixed);
         create index I on T_Upper (OTHER); drop index i on T_Upper; create view V_Upper as select ID from T_Upper;",
        None,
    ),
    (
        "set names utf8mb4; set @@session.sql_mode = 'NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE'; set session transaction isolation \
         level read committed; create table a (id int primary key) engine 'InnoDB' charset 'utf8mb4' collate 'utf8mb4_bin'; begin; \
         insert into a values (1); rollback; lock tables a write; unlock tables; analyze table a; truncate table a; flush tables; \
         (select 1); do sleep(0); with x as (select 1) select * from x; set @x = 'create table b (id int)'; select @x; \
         start transaction read only; commit; optimize table a; set sql_mode = default;",
        None,
    ),
];
