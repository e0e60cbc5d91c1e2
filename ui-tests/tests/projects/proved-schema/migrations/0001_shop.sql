create table orders (id bigint primary key, plan_id bigint references public.plans (id));
