create table plans (id bigint primary key);
