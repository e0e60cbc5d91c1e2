create table orders (id bigint primary key);
create table plans (id bigint primary key);
