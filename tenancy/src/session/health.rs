//! What the statements on a connection have done to it.

use std::future::Future;

use sqlx::error::DatabaseError;

use crate::driver::{Aftermath, Driver};

/// What the statements on a connection have done to it and to the transaction on it.
#[derive(Debug)]
pub(crate) struct Health {
    aftermath: fn(&dyn DatabaseError) -> Aftermath,
    /// Whether the driver loses its place in an answer that nobody waits for any more.
    loses_place: bool,
    worst: Aftermath,
    waiting: bool,
}

impl Health {
    pub(super) fn of<DB: Driver>() -> Self {
        Self {
            aftermath: DB::aftermath,
            loses_place: DB::CANCELLATION_LOSES_PLACE,
            worst: Aftermath::Undone,
            waiting: false,
        }
    }

    /// Waits for a piece of a statement's answer. If the future is dropped before it is done, the connection is cut off.
    pub(crate) async fn watch<T>(
        &mut self,
        answer: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        self.waits();
        let answer = answer.await;
        self.hears(answer.as_ref().err());
        answer
    }

    /// A piece of an answer is waited for.
    pub(crate) fn waits(&mut self) {
        self.waiting = self.loses_place;
    }

    /// It has come: an error, a row, or the end.
    pub(crate) fn hears(&mut self, error: Option<&sqlx::Error>) {
        match error {
            Some(sqlx::Error::Database(error)) => {
                self.worst = self.worst.max((self.aftermath)(&**error));
                self.waiting = false;
            }
            // A row that could not be read is an answer all the same.
            None
            | Some(
                sqlx::Error::RowNotFound
                | sqlx::Error::TypeNotFound { .. }
                | sqlx::Error::ColumnIndexOutOfBounds { .. }
                | sqlx::Error::ColumnNotFound(_)
                | sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::Decode(_)
                | sqlx::Error::Encode(_),
            ) => self.waiting = false,
            // Nobody knows what of the answer is still to come.
            Some(_) => {}
        }
    }

    /// Whether an answer was not waited for, and the driver does not know where in it the connection is.
    pub(super) fn is_cut_off(&self) -> bool {
        self.waiting
    }

    /// The worst that a failed statement did to the transaction.
    pub(super) fn worst(&self) -> Aftermath {
        self.worst
    }

    /// A savepoint was rolled back, and the server has said so.
    pub(super) fn undone(&mut self) {
        self.worst = Aftermath::Undone;
    }

    /// A rollback of a savepoint is on its way; it will fail if there is no transaction any more.
    pub(super) fn undoing(&mut self) {
        if self.worst == Aftermath::Failed {
            self.worst = Aftermath::Undone;
        }
    }
}
