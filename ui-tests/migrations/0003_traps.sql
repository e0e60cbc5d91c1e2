-- the slug is unique over all tenants
create table pages (
  tenant_id text not null, id bigint not null, slug text not null unique, title text not null,
  primary key (tenant_id, id));

-- deleting a label deletes links of other tenants
create table labels (id bigint primary key, tenant_id text not null, name text not null);
create table label_links (
  id bigint primary key, tenant_id text not null,
  label_id bigint not null references labels (id) on delete cascade, target text not null);

-- tenants that differ only by case are equal
create table documents (tenant_id citext not null, id bigint not null, body text, primary key (tenant_id, id));

-- a trigger whose function nobody knows
create table hooked (tenant_id text not null, id bigint not null, val text, primary key (tenant_id, id));
create function hook() returns trigger language plpgsql as
  $$ begin update plans set name = new.val; return new; end $$;
create trigger hook before insert or update on hooked for each row execute function hook();

-- nobody says whose these are
create table leads (id bigint primary key, email text not null);

create view open_orders as select tenant_id, id, customer_id, total_cents from orders where status = 'open';
create view order_numbers as select id, status from orders;
create view order_totals as select status, sum(total_cents) as total from orders group by status;

create function slugify(value text) returns text language sql immutable as $$ select lower(value) $$;
create function order_count() returns bigint language sql stable as $$ select count(*) from orders $$;
