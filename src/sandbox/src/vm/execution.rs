//! A module with its state: runs its entry points, and undoes what a trap or a query did.

use crate::vm::{
    frame::Frame,
    image::Image,
    instance::{Entry, Instance, Run},
    module::CanisterModule,
};
use std::sync::Arc;

/// Whether an execution changes the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commit {
    /// If it does not trap.
    OnSuccess,
    /// It never does, as a query.
    Never,
}

/// A canister's module and, in an image, its state.
///
/// An instance takes as much memory as the whole heap, an image only what differs from other images. So an idle
/// canister has no instance; it gets a new one when it executes again. Changes of the function table are not part of
/// the image: they are lost with the instance.
pub(crate) struct Vm {
    module: Arc<CanisterModule>,
    image: Image,
    instance: Option<Instance>,
}

impl Vm {
    /// A module in its first state; the start function has not run.
    pub(crate) fn new(module: &Arc<CanisterModule>) -> Self {
        Self::from_image(module, &module.image)
    }

    /// A module that continues where the image was recorded. The image must be one of this module.
    pub(crate) fn from_image(module: &Arc<CanisterModule>, image: &Image) -> Self {
        Self { module: Arc::clone(module), image: image.clone(), instance: None }
    }

    /// Its module.
    pub(crate) fn module(&self) -> &Arc<CanisterModule> {
        &self.module
    }

    /// Its state.
    pub(crate) fn image(&self) -> &Image {
        &self.image
    }

    /// Gives up the instance; the state stays.
    pub(crate) fn suspend(&mut self) {
        self.instance = None;
    }

    /// Runs an entry point to its end, and changes the state or undoes the changes.
    pub(crate) fn run(&mut self, entry: &Entry, frame: Frame, commit: Commit) -> Run {
        let mut instance = self.instance.take().unwrap_or_else(|| self.instantiate());
        let run = instance.run(entry, frame);
        // A trap can leave a changed table behind, so no instance continues after one.
        let usable = match (&run.result, commit) {
            (Err(_), _) => false,
            (Ok(()), Commit::Never) => instance.restore(&self.image),
            (Ok(()), Commit::OnSuccess) => {
                instance.record(&mut self.image);
                true
            }
        };
        self.instance = usable.then_some(instance);
        run
    }

    fn instantiate(&self) -> Instance {
        let mut instance = self
            .module
            .instantiate()
            .expect("BUG: a module that was instantiated once cannot be instantiated again");
        let fits = instance.restore(&self.image);
        assert!(fits, "BUG: a new instance has more memory than an image of its module");
        instance
    }
}
