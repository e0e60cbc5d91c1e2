//! What is remembered of databases that could not be opened.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::error::Failure;
use crate::tenant::{DatabaseName, TenantId};

/// How long nobody tries after the second failure in a row; twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long after the end of its pause a failure is forgotten.
const MEMORY: Duration = Duration::from_secs(30);
/// How many databases' failures are remembered.
const MOST: usize = 4096;

/// The failures in a row of each database.
///
/// After one failure the next caller tries again at once. After two and more there is a pause, in which callers are
/// answered with the failure that was seen last.
#[derive(Default)]
pub(super) struct Failures {
    known: HashMap<TenantId, Vec<Record>>,
    /// In the order in which they were first seen; a tenant that was forgotten in between may stand here in vain.
    order: VecDeque<TenantId>,
}

struct Record {
    name: DatabaseName,
    in_a_row: u32,
    until: Instant,
    last: Failure,
}

impl Failures {
    /// The failure to answer with, while nobody should try.
    pub(super) fn pause(&self, tenant: &TenantId, name: &DatabaseName, now: Instant) -> Option<Failure> {
        let records = self.known.get(tenant)?;
        let record = records.iter().find(|record| record.name == *name)?;
        (record.until > now).then(|| record.last.clone())
    }

    pub(super) fn note(&mut self, tenant: &TenantId, name: &DatabaseName, now: Instant, last: Failure) {
        if !self.known.contains_key(tenant) {
            if self.order.len() >= MOST
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            self.order.push_back(tenant.clone());
        }
        let records = self.known.entry(tenant.clone()).or_default();
        records.retain(|record| record.until + MEMORY > now);
        let Some(record) = records.iter_mut().find(|record| record.name == *name) else {
            records.push(Record {
                name: name.clone(),
                in_a_row: 1,
                until: now,
                last,
            });
            return;
        };
        let doublings = record.in_a_row.saturating_sub(1).min(16);
        record.in_a_row = record.in_a_row.saturating_add(1);
        record.until = now + (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE);
        record.last = last;
    }

    pub(super) fn forget(&mut self, tenant: &TenantId) {
        self.known.remove(tenant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::PlacementError;

    fn failure() -> Failure {
        Failure::Placement(PlacementError::NoServer)
    }

    #[test]
    fn the_second_failure_in_a_row_makes_a_pause() -> Result<(), Box<dyn std::error::Error>> {
        let (tenant, other) = (TenantId::parse("acme")?, TenantId::parse("bolt")?);
        let name = DatabaseName::of("main", &tenant)?;
        let mut failures = Failures::default();
        let now = Instant::now();
        failures.note(&tenant, &name, now, failure());
        assert!(failures.pause(&tenant, &name, now).is_none());
        failures.note(&tenant, &name, now, failure());
        assert!(failures.pause(&tenant, &name, now).is_some());
        assert!(failures.pause(&other, &name, now).is_none());
        let after = now + FIRST_PAUSE;
        assert!(failures.pause(&tenant, &name, after).is_none());
        failures.note(&tenant, &name, after, failure());
        assert!(failures.pause(&tenant, &name, after + FIRST_PAUSE).is_some());
        for _ in 0..100 {
            failures.note(&tenant, &name, after, failure());
        }
        assert!(failures.pause(&tenant, &name, after + LONGEST_PAUSE).is_none());
        failures.note(&tenant, &name, after, failure());
        failures.forget(&tenant);
        assert!(failures.pause(&tenant, &name, after).is_none());
        Ok(())
    }

    #[test]
    fn a_bounded_number_is_remembered() -> Result<(), Box<dyn std::error::Error>> {
        let mut failures = Failures::default();
        let name = DatabaseName::new("main", "x")?;
        for number in 0..3 * MOST {
            let tenant = TenantId::parse(&format!("t{number}"))?;
            failures.note(&tenant, &name, Instant::now(), failure());
            if number % 2 == 0 {
                failures.forget(&tenant);
            }
        }
        assert!(failures.known.len() <= MOST && failures.order.len() <= MOST);
        Ok(())
    }
}
