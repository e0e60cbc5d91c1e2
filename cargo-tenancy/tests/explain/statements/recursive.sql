with recursive thread as (
    select o.tenant_id, o.id from orders o where o.tenant_id = $tenant and o.parent_id is null
    union all
    select o.tenant_id, o.id
      from orders o
      join thread t on t.tenant_id = o.tenant_id and t.id = o.parent_id
)
select count(*) from thread
