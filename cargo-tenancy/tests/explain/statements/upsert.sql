insert into customers (tenant_id, id, email, name)
values ($tenant, $1, $2, $3)
on conflict (tenant_id, email) do update set name = excluded.name
returning id
