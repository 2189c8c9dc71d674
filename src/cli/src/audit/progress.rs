//! Tells how far an audit is: a bar on a terminal, nothing in a pipe; always on standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// How far an audit is.
pub struct Progress(ProgressBar);

impl Progress {
    /// Nothing to tell yet.
    pub fn new() -> Self {
        let bar = ProgressBar::no_length();
        let style = "{bar:30} {human_pos}/{human_len} {msg}  {elapsed} + {eta}";
        let style = ProgressStyle::with_template(style);
        Self(bar.with_style(style.expect("BUG: the template of the bar is wrong")))
    }

    /// So many of so many blocks were checked.
    pub fn checked(&self, blocks: u64, of: u64) {
        self.tell(blocks, of, "blocks checked");
    }

    /// So many of so many runs were compared with the queries.
    pub fn compared(&self, runs: usize, of: usize) {
        self.tell(runs as u64, of as u64, "runs compared");
    }

    fn tell(&self, position: u64, length: u64, what: &'static str) {
        self.0.set_length(length);
        self.0.set_message(what);
        self.0.set_position(position);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
