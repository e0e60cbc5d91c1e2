//! The cases that only SQLite has; see the tests.
