with big as (select * from orders where total > $1),
     mine as (select * from big where tenant_id = $tenant)
select m.id, p.name
  from mine m
  join tenants t on t.id = m.tenant_id
  join plans p on p.id = t.plan_id
