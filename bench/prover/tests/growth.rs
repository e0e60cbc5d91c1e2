//! Memory grows with the statement, and not much faster: what the prover holds at most, and what it asks for in all, for
//! statements of n, 2n, 4n and 8n parts.
//!
//! `cargo test -p tenancy-bench-prover --test growth -- --nocapture` prints the figures.

use tenancy_bench_prover::{Shape, Work};

mod counting {
    #![expect(unsafe_code, reason = "an allocator that counts")]

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    pub(crate) static HELD: AtomicUsize = AtomicUsize::new(0);
    pub(crate) static MOST: AtomicUsize = AtomicUsize::new(0);
    pub(crate) static TOTAL: AtomicUsize = AtomicUsize::new(0);

    pub(crate) struct Counting;

    // SAFETY: every call goes on to the system's allocator as it came.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            TOTAL.fetch_add(layout.size(), Relaxed);
            let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
            MOST.fetch_max(held, Relaxed);
            // SAFETY: as the caller promises.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            HELD.fetch_sub(layout.size(), Relaxed);
            // SAFETY: as the caller promises.
            unsafe { System.dealloc(pointer, layout) }
        }
    }
}

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

/// Bytes held at most at one time, and asked for in all.
fn bytes(work: impl FnOnce()) -> (usize, usize) {
    use std::sync::atomic::Ordering::Relaxed;
    let before = counting::HELD.load(Relaxed);
    counting::MOST.store(before, Relaxed);
    let total = counting::TOTAL.load(Relaxed);
    work();
    (
        counting::MOST.load(Relaxed) - before,
        counting::TOTAL.load(Relaxed) - total,
    )
}

/// How many times as much a byte of text may take in a statement of eight times the size, held and in all: 1 is linear, 8
/// quadratic. All is linear but for what is asked for and given back of left joins: a row that matches the last has matched
/// all before, and what is known of it then is worked out for each of them anew.
fn bounds(shape: Shape) -> (f64, f64) {
    match shape {
        Shape::Joins => (1.2, 1.5),
        Shape::LeftJoins => (1.4, 2.5),
        Shape::Ctes
        | Shape::Terms
        | Shape::Columns
        | Shape::Arguments
        | Shape::Tenants
        | Shape::Arms
        | Shape::Rows
        | Shape::Nested
        | Shape::Exists
        | Shape::Mistakes => (1.2, 1.2),
    }
}

/// One test: another would allocate at the same time.
#[test]
fn memory_grows_with_the_statement() {
    let project = Shape::project().unwrap();
    let mut wrong = Vec::new();
    for shape in Shape::ALL {
        let figures: Vec<(usize, usize, usize)> = [1, 2, 4, 8]
            .into_iter()
            .map(|times| {
                let sql = shape.statement(shape.size() * times);
                assert_eq!(
                    tenancy_bench_prover::is_proved(&project, &sql),
                    shape != Shape::Mistakes,
                    "{} {times}",
                    shape.name()
                );
                let (most, total) = bytes(|| Work::Prove.run(&project, &sql));
                (sql.len(), most, total)
            })
            .collect();
        let [first, .., last] = figures.as_slice() else {
            panic!("four sizes")
        };
        let text = last.0 as f64 / first.0 as f64;
        let most = last.1 as f64 / first.1 as f64 / text;
        let total = last.2 as f64 / first.2 as f64 / text;
        println!(
            "{:<11} {:>7} bytes of text: {:>9} held, {:>11} in all; 8 times the size: {most:.2} held, {total:.2} in all a byte",
            shape.name(),
            last.0,
            last.1,
            last.2,
        );
        let (held_bound, total_bound) = bounds(shape);
        if most > held_bound || total > total_bound {
            wrong.push(shape.name());
        }
    }
    assert!(wrong.is_empty(), "it grows too fast: {wrong:?}");
}
