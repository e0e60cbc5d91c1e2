//! The cases of a project with automatic predicates; see the tests.
