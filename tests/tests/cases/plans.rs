//! A repaired query is run like one that was written with its predicates.

use std::fmt::Write as _;

use tenancy_prover::{Project, Proved, Verdict};

use crate::case::cases_directory;
use crate::real::Shop;
use crate::seed::snapshot_query;
use crate::stripped::stripped;
use crate::{block_on, case, fill};

/// What is written with automatic predicates, and what people would write without.
const PAIRS: &[(&str, &str)] = &[
    (
        "select id, status from orders where id = $1",
        "select id, status from orders where tenant_id = $tenant and id = $1",
    ),
    (
        "select status, count(*) from orders where placed_at > now() group by status order by 2 desc limit 5",
        "select status, count(*) from orders where placed_at > now() and tenant_id = $tenant group by status order by 2 desc limit 5",
    ),
    (
        "select id from orders where status = 'open' or total_cents > $1",
        "select id from orders where (status = 'open' or total_cents > $1) and tenant_id = $tenant",
    ),
    (
        "select o.id, c.name from orders o join customers c on c.id = o.customer_id where o.id = $1",
        "select o.id, c.name from orders o join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id where o.tenant_id = $tenant and o.id = $1",
    ),
    (
        "select o.id, u.name from orders o left join users u on u.id = o.assignee_id order by o.id",
        "select o.id, u.name from orders o left join users u on u.tenant_id = $tenant and u.id = o.assignee_id where o.tenant_id = $tenant order by o.id",
    ),
    (
        "select c.id, (select count(*) from orders o where o.customer_id = c.id) from customers c",
        "select c.id, (select count(*) from orders o where o.tenant_id = $tenant and o.customer_id = c.id) from customers c where c.tenant_id = $tenant",
    ),
    (
        "select c.id from customers c where not exists (select 1 from orders o where o.customer_id = c.id)",
        "select c.id from customers c where c.tenant_id = $tenant and not exists (select 1 from orders o where o.tenant_id = $tenant and o.customer_id = c.id)",
    ),
    (
        "with open as (select id, customer_id from orders where status = 'open') select count(*) from open",
        "with open as (select id, customer_id from orders where tenant_id = $tenant and status = 'open') select count(*) from open",
    ),
    (
        "select id from orders where status = $1 union all select id from tickets",
        "select id from orders where tenant_id = $tenant and status = $1 union all select id from tickets where tenant_id = $tenant",
    ),
    (
        "select o.id, i.sku from orders o full join order_items i on i.order_id = o.id",
        "select o.id, i.sku from (select * from orders where tenant_id = $tenant) o full join (select * from order_items where tenant_id = $tenant) i on i.order_id = o.id",
    ),
    (
        "select t.id from project_tasks t where t.title = $1",
        "select t.id from project_tasks t where t.title = $1 and t.project_id in (select id from projects where tenant_id = $tenant)",
    ),
    (
        "select t.id from project_tasks t join projects p on p.id = t.project_id where t.title = $1",
        "select t.id from project_tasks t join projects p on p.id = t.project_id where p.tenant_id = $tenant and t.title = $1",
    ),
    (
        "update orders set note = $1 where id = $2 returning id",
        "update orders set note = $1 where tenant_id = $tenant and id = $2 returning id",
    ),
    (
        "delete from notes where pinned",
        "delete from notes where tenant_id = $tenant and pinned",
    ),
    (
        "insert into notes (id, body) values ($1, $2)",
        "insert into notes (tenant_id, id, body) values ($tenant, $1, $2)",
    ),
    (
        "select id from v_orders_plain where status = 'open'",
        "select id from v_orders_plain where tenant_id = $tenant and status = 'open'",
    ),
];

/// The plan without the order in which conditions are listed.
fn shape(plan: &[String]) -> Vec<String> {
    plan.iter()
        .map(|line| {
            let (kind, conditions) = line.split_once(": ").unwrap_or((line, ""));
            let mut conditions: Vec<&str> = conditions
                .split(" AND ")
                .map(|condition| condition.trim_matches(['(', ')', ' ']))
                .collect();
            conditions.sort_unstable();
            format!("{}: {}", kind.trim_end(), conditions.join(" AND "))
        })
        .collect()
}

fn proved(project: &Project, sql: &str) -> Option<Proved> {
    match tenancy_prover::prove(project, sql) {
        Verdict::Proved(proved) => Some(proved),
        Verdict::Refused(_) => None,
    }
}

/// Compares the plans of two statements; a difference as text.
async fn differ(shop: &mut Shop, repaired: &Proved, written: &Proved) -> Option<String> {
    let plans = [shop.plan(repaired).await, shop.plan(written).await];
    let [Ok(repaired_plan), Ok(written_plan)] = plans else {
        return Some(format!("{plans:?}\n  {}\n  {}", repaired.sql, written.sql));
    };
    (shape(&repaired_plan) != shape(&written_plan)).then(|| {
        format!(
            "{}\n{}\n  --\n{}\n{}",
            repaired.sql,
            repaired_plan.join("\n"),
            written.sql,
            written_plan.join("\n")
        )
    })
}

#[test]
fn repaired_queries_have_the_plans_of_those_that_are_written_out_on_postgres() {
    let admin = std::env::var("TENANCY_TEST_POSTGRES_ADMIN_URL");
    let admin = admin.expect("run `cargo xtask test`, which starts a private PostgreSQL");
    let directory = cases_directory().join("postgres");
    let required = Project::load(&directory).expect("the project of the cases loads");
    let mut automatic = required.clone();
    automatic.config.automatic = true;
    block_on(async {
        let name = format!("tenancy_plans_{}", std::process::id());
        let query = snapshot_query(&required.catalog);
        let mut shops = [
            Shop::postgres(&admin, &name, query.clone()).await.unwrap(),
            Shop::postgres(&admin, &format!("{name}_2"), query).await.unwrap(),
        ];
        fill(&required, &directory, &mut shops).await;
        let shop = &mut shops[0];
        shop.script("analyze; set plan_cache_mode = force_generic_plan")
            .await
            .unwrap();
        let mut failures = String::new();
        for (short, long) in PAIRS {
            let (Some(repaired), Some(written)) = (proved(&automatic, short), proved(&required, long)) else {
                panic!("not proved: {short}");
            };
            assert!(!repaired.repairs.is_empty());
            if let Some(difference) = differ(shop, &repaired, &written).await {
                let _ = writeln!(failures, "{difference}\n");
            }
        }
        // And every case that is proved, against itself without its predicates.
        let (mut same, mut tried) = (0, 0);
        let mut others = String::new();
        for case in case::read(&directory) {
            let Some(written) = proved(&required, &case.sql) else {
                continue;
            };
            for less in stripped(&case.sql) {
                let Some(repaired) = proved(&automatic, &less).filter(|found| !found.repairs.is_empty())
                else {
                    continue;
                };
                tried += 1;
                match differ(shop, &repaired, &written).await {
                    None => same += 1,
                    Some(difference) => {
                        let _ = writeln!(others, "{}  {difference}\n", case.id);
                    }
                }
            }
        }
        println!("{same} of {tried} have the plan of what was written\n{others}");
        for (shop, name) in shops.into_iter().zip([name.clone(), format!("{name}_2")]) {
            shop.drop_database(&admin, &name).await.unwrap();
        }
        assert!(failures.is_empty(), "\n{failures}");
        assert!(same * 100 >= tried * 90, "{same} of {tried}");
    });
}
