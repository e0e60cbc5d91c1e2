//! The columns of a recursive common table expression have the types of its first branch: a value of the others that does
//! not fit is cut where the session is not strict, and may come out as another tenant's id.

use super::super::Lowerer;
use crate::plan::SetOutput;

impl Lowerer<'_> {
    /// An output passes a value of the recursive branch unchanged only if the first branch has room for it.
    pub(in crate::lower) fn refit(&self, outputs: &mut [SetOutput]) {
        for output in outputs {
            let (base, step) = (
                self.arena.info(output.left).width,
                self.arena.info(output.right).width,
            );
            output.comparable &= base.zip(step).is_some_and(|(base, step)| step <= base);
        }
    }
}
