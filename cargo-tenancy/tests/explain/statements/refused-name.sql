select o.totl from orders o where o.tenant_id = $tenant
