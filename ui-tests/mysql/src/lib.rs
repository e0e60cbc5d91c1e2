//! The cases that only MySQL has; see the tests.
