//! The state of an instance between two executions: its heap and its mutable globals.

use crate::model::pages::Pages;
use wasmi::Val;

/// Bytes in a page of an image. Small pages are shared more often: a message changes few of them.
const PAGE_BYTES: usize = 4_096;

/// Heap and mutable globals of an instance.
///
/// A clone shares the pages of the heap. Pages of zeros take no memory, and neither do pages that the module's data
/// filled and no message changed: all canisters with this module share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    /// The linear memory.
    pub(crate) heap: Pages<PAGE_BYTES>,
    /// The mutable globals; one that holds a reference is `None`.
    pub(crate) globals: Vec<Option<Val>>,
}
