create table tenants (id varchar(32) collate utf8mb4_bin primary key, name varchar(100) not null default 'it''s; \\ "x"') comment 'the; tenants';
create table customers (tenant_id varchar(32) collate utf8mb4_bin not null, id int unsigned not null auto_increment, email varchar(100) character set ascii, born date, seen timestamp null default current_timestamp on update current_timestamp, total decimal(10,2) generated always as (year(born) * 1.5) virtual, kind enum('a','b;','c''') not null default 'a', data json default json_object(), primary key (tenant_id, id), unique key by_email (tenant_id, email(20)), key k (id), constraint customers_tenant foreign key (tenant_id) references tenants (id) on delete cascade, constraint positive check (length(email) > 0)) default charset=latin1;
create table parts (id int not null, at date not null, primary key (id, at)) partition by range (year(at)) (partition p0 values less than (2024), partition p1 values less than maxvalue);
create table my (id int primary key, p int, key p (p)) engine=myisam;
create view v as select c.id, c.email, t.name as `tenant name` from customers c join tenants t on t.id = c.tenant_id where c.kind = 'a';
create view w (a, b) as select id, count(*) from v group by id;
create trigger low before insert on customers for each row set new.email = lower(new.email);
create function twice(x int) returns int deterministic return x * 2;
insert into tenants values ('a','x;y'),('b','-- no /* no */');
