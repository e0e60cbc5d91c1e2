select l.note
  from lines l
  join orders o on o.id = l.order_id
  join customers c using (tenant_id)
 where o.tenant_id = $tenant
