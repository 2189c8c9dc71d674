//! Notes slices in the background, so that the network is not kept waiting while they are brought to the disk.

use crate::backup::slices_done::SlicesDone;
use anyhow::{Context, Result};
use std::{
    mem,
    thread::{Builder, JoinHandle},
};

/// The notes of a download, which are written in the background.
pub struct Noting(State);

enum State {
    Idle(SlicesDone),
    Busy(JoinHandle<Result<SlicesDone>>),
    /// It has failed, and has said why.
    Failed,
}

impl Noting {
    /// Notes that are written by nobody yet.
    pub const fn new(notes: SlicesDone) -> Self {
        Self(State::Idle(notes))
    }

    /// Whether slices can be noted without waiting for others.
    pub fn is_idle(&self) -> bool {
        match &self.0 {
            State::Idle(_) => true,
            State::Busy(thread) => thread.is_finished(),
            State::Failed => false,
        }
    }

    /// Begins to note slices of a file from number `first` on, once `sync` has brought them to the disk.
    ///
    /// # Errors
    /// If earlier ones could not be noted.
    pub fn begin(
        &mut self,
        sync: impl FnOnce() -> Result<()> + Send + 'static,
        file: String,
        first: usize,
        slices: Vec<String>,
    ) -> Result<()> {
        let mut notes = self.take()?;
        let note = move || {
            sync()?;
            notes.add(&file, first, &slices)?;
            Ok(notes)
        };
        self.0 = State::Busy(Builder::new().spawn(note).context("a thread cannot be started")?);
        Ok(())
    }

    /// Waits until everything is noted. This keeps the thread, not only the task, so that no time passes on a simulated
    /// network.
    ///
    /// # Errors
    /// If something could not be noted.
    pub fn wait(&mut self) -> Result<()> {
        self.0 = State::Idle(self.take()?);
        Ok(())
    }

    fn take(&mut self) -> Result<SlicesDone> {
        match mem::replace(&mut self.0, State::Failed) {
            State::Idle(notes) => Ok(notes),
            State::Busy(thread) => thread.join().expect("BUG: noting slices has panicked"),
            State::Failed => anyhow::bail!("earlier slices could not be noted"),
        }
    }
}

impl Drop for Noting {
    /// Nobody writes to the folder any more when a download has ended, also if it has failed.
    fn drop(&mut self) {
        let _ = self.take();
    }
}
