select t.cents
  from order_totals t
  join everything e on e.tenant_id = t.org
 where t.org = $tenant
