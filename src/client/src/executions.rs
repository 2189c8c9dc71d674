//! Runs that the coordinator executes by itself.

use crate::{Answer, CoordinatorClient};
use backup_journal::{
    FleetName, RunId,
    execution::{BackupPreview, BackupRequest, DeadlineStatus, ExecutionStatus, RestoreRequest},
};
use ic_canister_runtime::Runtime;

impl<R: Runtime> CoordinatorClient<R> {
    /// Has the coordinator back up a registered fleet, of whose members it must be a controller.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `FleetBusy` while the coordinator executes another run of the fleet.
    pub async fn start_backup(
        &self,
        fleet: &FleetName,
        request: &BackupRequest,
    ) -> Answer<ExecutionStatus> {
        self.update("start_backup", (fleet, request)).await
    }

    /// What a backup would do: plan, downtime, cycles, free snapshots, and what would stop it. Nothing is touched.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `PreviewBusy` while another preview is made.
    pub async fn preview_backup(
        &self,
        fleet: &FleetName,
        request: &BackupRequest,
    ) -> Answer<BackupPreview> {
        self.update("preview_backup", (fleet, request)).await
    }

    /// Plans a restore of what the run `backup` has left on the network, and begins it unless the request says otherwise.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `FleetBusy` while the coordinator executes another run of the fleet.
    pub async fn start_restore(
        &self,
        backup: &RunId,
        request: &RestoreRequest,
    ) -> Answer<ExecutionStatus> {
        self.update("start_restore", (backup, request)).await
    }

    /// What a restore would do, and what would stop it. Nothing is touched. The snapshots are the safety snapshots.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `PreviewBusy` while another preview is made.
    pub async fn preview_restore(
        &self,
        backup: &RunId,
        request: &RestoreRequest,
    ) -> Answer<BackupPreview> {
        self.update("preview_restore", (backup, request)).await
    }

    /// Begins a run that was planned with `start_later`.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn start_execution(&self, run_id: &RunId) -> Answer<ExecutionStatus> {
        self.update("start_execution", (run_id,)).await
    }

    /// Pauses an execution: operations that are under way end, and nothing new is begun.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn pause_execution(&self, run_id: &RunId, reason: &str) -> Answer<ExecutionStatus> {
        self.update("pause_execution", (run_id, reason)).await
    }

    /// Goes on with a paused execution.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn resume_execution(&self, run_id: &RunId) -> Answer<ExecutionStatus> {
        self.update("resume_execution", (run_id,)).await
    }

    /// Gives a run a restart deadline, in seconds after the first claim of a stop.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn set_restart_deadline(&self, run_id: &RunId, seconds: u64) -> Answer<()> {
        self.update("set_restart_deadline", (run_id, seconds)).await
    }

    /// By when what a run has stopped must run again; none if nobody has set that, or nothing is stopped any more.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn restart_deadline(&self, run_id: &RunId) -> Answer<Option<DeadlineStatus>> {
        self.query("restart_deadline", (run_id,)).await
    }

    /// Where the coordinator stands with a run that it executes.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `NotExecuted` when a driver outside executes the run.
    pub async fn execution_status(&self, run_id: &RunId) -> Answer<ExecutionStatus> {
        self.query("execution_status", (run_id,)).await
    }
}
