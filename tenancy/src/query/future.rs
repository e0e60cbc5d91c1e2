//! What the verbs return: futures and streams that check the scope.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::context::Captured;
use crate::driver::BoxFuture;
use crate::{Error, Result};

/// A running query. Whenever it is polled it checks that it is polled in the scope that it was built in.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct QueryFuture<'e, T> {
    captured: Captured,
    state: State<BoxFuture<'e, Result<T>>>,
}

enum State<R> {
    Running(R),
    Failed(Error),
    Done,
}

impl<'e, T> QueryFuture<'e, T> {
    /// The future comes in its box: it is large, and would be copied on its way through `running`.
    pub(crate) fn new(captured: Captured, running: Result<BoxFuture<'e, Result<T>>>) -> Self {
        let state = match running {
            Ok(future) => State::Running(future),
            Err(error) => State::Failed(error),
        };
        Self { captured, state }
    }
}

impl<T> Future for QueryFuture<'_, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let checked = self.captured.check();
        let output = match (&mut self.state, checked) {
            (State::Done, _) => return Poll::Pending,
            (State::Running(_) | State::Failed(_), Err(error)) => Err(error.into()),
            (State::Running(future), Ok(())) => std::task::ready!(future.as_mut().poll(cx)),
            (state @ State::Failed(_), Ok(())) => match std::mem::replace(state, State::Done) {
                State::Failed(error) => Err(error),
                State::Running(_) | State::Done => return Poll::Pending,
            },
        };
        self.state = State::Done;
        Poll::Ready(output)
    }
}

impl<T> fmt::Debug for QueryFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryFuture")
            .field("owner", &self.captured)
            .finish_non_exhaustive()
    }
}

/// A boxed stream.
pub(crate) type BoxStream<'e, T, E = Error> = Pin<Box<dyn Stream<Item = Result<T, E>> + Send + 'e>>;

/// The rows of a query as they arrive; a [`Stream`].
///
/// The scope is checked when the stream is made and when it begins. From then on it keeps the tenant
/// that it began with, wherever it is polled: the body of a response may outlive the scope. It never begins inside
/// another tenant's scope.
#[must_use = "streams do nothing unless polled"]
pub struct RowStream<'e, T> {
    captured: Captured,
    begun: bool,
    state: State<BoxStream<'e, T>>,
}

impl<'e, T> RowStream<'e, T> {
    pub(crate) fn new<S>(captured: Captured, running: Result<S>) -> Self
    where
        S: Stream<Item = Result<T>> + Send + 'e,
    {
        let state = match (running, captured.check()) {
            (Err(error), _) => State::Failed(error),
            (Ok(_), Err(error)) => State::Failed(error.into()),
            (Ok(stream), Ok(())) => State::Running(Box::pin(stream) as _),
        };
        Self {
            captured,
            begun: false,
            state,
        }
    }
}

impl<T> Stream for RowStream<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.begun {
            self.begun = true;
            if let (State::Running(_), Err(error)) = (&self.state, self.captured.check_unless_outside()) {
                self.state = State::Failed(error.into());
            }
        }
        match &mut self.state {
            State::Running(stream) => stream.as_mut().poll_next(cx),
            state @ State::Failed(_) => Poll::Ready(match std::mem::replace(state, State::Done) {
                State::Failed(error) => Some(Err(error)),
                State::Running(_) | State::Done => None,
            }),
            State::Done => Poll::Ready(None),
        }
    }
}

impl<T> fmt::Debug for RowStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream")
            .field("owner", &self.captured)
            .finish_non_exhaustive()
    }
}
