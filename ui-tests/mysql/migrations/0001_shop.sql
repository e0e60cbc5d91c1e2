-- shared by all tenants
create table plans (id int primary key, name varchar(100) not null);

create table tenants (id varchar(63) character set utf8mb4 collate utf8mb4_bin primary key, name varchar(100) not null);

create table orders (
  tenant_id varchar(63) character set utf8mb4 collate utf8mb4_bin not null, id bigint not null,
  status varchar(16) not null default 'open', total_cents int not null default 0,
  primary key (tenant_id, id), foreign key (tenant_id) references tenants (id)) engine = innodb;

-- ids are unique over all tenants
create table projects (
  id bigint auto_increment primary key, tenant_id varchar(63) character set utf8mb4 collate utf8mb4_bin not null,
  name varchar(100) not null, unique key (tenant_id, id)) engine = innodb;

create table project_tasks (
  id bigint primary key, project_id bigint not null, title varchar(100) not null,
  foreign key (project_id) references projects (id)) engine = innodb;
