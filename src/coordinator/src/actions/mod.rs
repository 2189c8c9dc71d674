//! What each call does: it checks what was sent, asks the state machine in `backup_journal`, and has the gate record the
//! change.

pub mod drafts;
pub mod fleets;
pub mod journals;
pub mod lifecycle;
pub mod plans;
pub mod preflight;
pub mod restores;
pub mod roles;
pub mod schedules;
pub mod settings;
pub mod transition;
pub mod waves;
