alter table orders enable row level security;
alter table orders force row level security;
create policy tenancy on orders as permissive for all to app
  using (tenant_id = (select coalesce(nullif(current_setting('tenancy.tenant', true), ''), concat('tenancy: no tenant is set')::int::text)))
  with check (tenant_id = (select coalesce(nullif(current_setting('tenancy.tenant', true), ''), concat('tenancy: no tenant is set')::int::text)));
