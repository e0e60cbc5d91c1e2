select x.id
  from (select * from orders order by total desc limit 10) x
 where x.tenant_id = $tenant
