//! Notes slices in the background, so that the network is not kept waiting while they are brought to the disk.

use crate::backup::slices_done::SlicesDone;
use anyhow::{Context, Result, bail};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{Builder, JoinHandle},
};

/// Slices of a file that are to be noted.
struct Order {
    /// Brings them to the disk, if they are to be there.
    sync: Box<dyn FnOnce() -> Result<()> + Send>,
    file: String,
    first: usize,
    slices: Vec<String>,
}

/// The notes of a download or an upload, which a thread of their own writes, in the order in which they come.
pub struct Noting {
    orders: Option<Sender<Order>>,
    /// How many orders are not carried out.
    open: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Noting {
    /// Begins to write these notes.
    ///
    /// # Errors
    /// If there cannot be another thread.
    pub fn new(notes: SlicesDone) -> Result<Self> {
        let (send, receive) = channel();
        let open = Arc::<AtomicUsize>::default();
        let left = Arc::clone(&open);
        let thread = Builder::new().spawn(move || carry_out(notes, &receive, &left));
        let thread = thread.context("a thread cannot be started")?;
        Ok(Self { orders: Some(send), open, thread: Some(thread) })
    }

    /// Whether everything is noted so far.
    pub fn is_idle(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    /// Orders that slices of a file from number `first` on are noted, once `sync` has brought them to the disk.
    ///
    /// # Errors
    /// If earlier ones could not be noted.
    pub fn order(
        &mut self,
        sync: impl FnOnce() -> Result<()> + Send + 'static,
        file: String,
        first: usize,
        slices: Vec<String>,
    ) -> Result<()> {
        let order = Order { sync: Box::new(sync), file, first, slices };
        self.open.fetch_add(1, Ordering::Release);
        let sent = self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok());
        if sent {
            return Ok(());
        }
        self.end()?;
        bail!("earlier slices could not be noted")
    }

    /// Waits until everything is noted. This keeps the thread, not only the task, so that no time passes on a simulated
    /// network.
    ///
    /// # Errors
    /// If something could not be noted.
    pub fn end(&mut self) -> Result<()> {
        self.orders = None;
        let thread = self.thread.take();
        thread.map_or(Ok(()), |thread| thread.join().expect("BUG: noting slices has panicked"))
    }
}

impl Drop for Noting {
    /// Nobody writes to the folder any more when a download has ended, also if it has failed.
    fn drop(&mut self) {
        let _ = self.end();
    }
}

fn carry_out(mut notes: SlicesDone, orders: &Receiver<Order>, open: &AtomicUsize) -> Result<()> {
    for Order { sync, file, first, slices } in orders {
        sync()?;
        notes.add(&file, first, &slices)?;
        open.fetch_sub(1, Ordering::Release);
    }
    Ok(())
}
