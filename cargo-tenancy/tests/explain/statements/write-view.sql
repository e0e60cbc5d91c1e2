update cheap_orders c set total = 0 where c.tenant_id = $tenant and c.id = $1
