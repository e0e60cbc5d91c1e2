create table orders (id bigint primary key, plan_id bigint references public.plans (id));
create table public.regions (id bigint primary key);
