//! The service: one pass after the other, until it is ended.

use crate::{
    agent::connect::Settings,
    exit::Exit,
    fetch::{args::WatchArgs, pass::Passes, shelf::Shelf},
    output,
    run::{args::WorkArgs, lock::FolderLock},
    usage::UsageError,
};
use anyhow::Result;
use std::{collections::BTreeMap, io, path::PathBuf};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use tokio::{signal::ctrl_c, time::sleep};

/// A service that fetches every run. No other one works in its folder meanwhile.
pub struct Service {
    passes: Passes,
    once: bool,
    json: bool,
    _lock: FolderLock,
}

impl Service {
    /// A service for this folder, which it makes unless it is there.
    ///
    /// # Errors
    /// If another process has locked the folder.
    pub fn of(base: PathBuf, settings: Settings, args: WatchArgs, work: &WorkArgs) -> Result<Self> {
        let shelf = Shelf::of(base, settings.coordinator()?);
        shelf.create()?;
        let lock = FolderLock::take(shelf.base(), None)?;
        let once = args.once;
        let passes = Passes {
            shelf,
            settings,
            args,
            limits: work.limits(),
            connection: None,
            trouble: None,
            runs: BTreeMap::new(),
            left_alone: BTreeMap::new(),
            damaged: BTreeMap::new(),
        };
        Ok(Self { passes, once, json: work.json, _lock: lock })
    }

    /// Works until a signal ends it. What is being downloaded then is gone on with by the next one.
    pub async fn run(mut self) -> Result<Exit> {
        let once = self.once;
        tokio::select! {
            ended = self.work() => ended,
            signal = ended_by_signal() => {
                signal?;
                output::tell("ended by a signal; what is not fetched yet is gone on with by the next start");
                Ok(if once { Exit::Failed } else { Exit::Complete })
            }
        }
    }

    async fn work(&mut self) -> Result<Exit> {
        let mut connected = false;
        loop {
            let fetched = self.passes.fetch().await;
            connected |= fetched.is_ok();
            match fetched {
                // Nobody waits for options to become right.
                Err(error) if !connected && error.is::<UsageError>() => return Err(error),
                fetched => {
                    let status = self.passes.close(fetched).await;
                    if self.json {
                        output::answer(&format!("{}\n", serde_json::to_string(&status)?))?;
                    }
                    if self.once {
                        return Ok(status.exit());
                    }
                }
            }
            sleep(self.passes.wait()).await;
        }
    }
}

/// Waits for Ctrl-C, or for what a service manager sends.
#[cfg(unix)]
async fn ended_by_signal() -> io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminated.recv() => Ok(()),
        interrupted = ctrl_c() => interrupted,
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn ended_by_signal() -> io::Result<()> {
    ctrl_c().await
}
