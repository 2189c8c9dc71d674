//! Messages for the terminal, and results for programs.
//!
//! The reader of the messages may be gone or slow. A run must not end half-way because of that, so writing a message
//! never fails. Control characters, and characters that reverse a line, are written as escapes.

use anyhow::{Context, Result};
use backup_journal::text::visible;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    io::{self, ErrorKind, IsTerminal, Write, stderr, stdout},
    sync::LazyLock,
    thread,
    time::Duration,
};

/// How long to wait for a program that does not keep up.
const PAUSE: Duration = Duration::from_millis(10);

/// The bars on the terminal; lines appear above them.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A bar on the terminal, drawn by this template below those that there are; none if standard error is no terminal.
///
/// # Panics
/// If the template is wrong.
pub fn bar(template: &str) -> Option<ProgressBar> {
    stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template(template);
        let bar = ProgressBar::no_length();
        BARS.add(bar.with_style(style.expect("BUG: the template of a bar is wrong")))
    })
}

/// Tells a person something, in one line on standard error. What cannot be written is left out.
pub fn tell(line: &str) {
    let line = format!("{}\n", visible(line));
    BARS.suspend(|| {
        let _ = stderr().lock().write_all(line.as_bytes());
    });
}

/// Shows a person a result, on standard output. It is made up of lines, so its parts must be visible already.
pub fn show(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Hands a program a result, on standard output. One that has gone does not want it, which is no error.
pub fn answer(text: &str) -> Result<()> {
    write_answer(&mut stdout().lock(), text).context("the result cannot be written")
}

fn write_answer(out: &mut impl Write, text: &str) -> io::Result<()> {
    match write_all(out, text.as_bytes()).and_then(|()| patiently(|| out.flush())) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Like `Write::write_all`, but a pipe that is full and does not wait is waited for.
fn write_all(out: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match patiently(|| out.write(bytes))? {
            0 => return Err(ErrorKind::WriteZero.into()),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}

fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Takes three bytes at a time, or fails as it was told.
    #[derive(Default)]
    struct Pipe {
        failures: VecDeque<Option<ErrorKind>>,
        taken: Vec<u8>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(Some(kind)) = self.failures.pop_front() {
                return Err(kind.into());
            }
            let taken = bytes.len().min(3);
            self.taken.extend(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn write(failures: &[Option<ErrorKind>]) -> (io::Result<()>, String) {
        let mut pipe = Pipe { failures: failures.iter().copied().collect(), ..Pipe::default() };
        let written = write_answer(&mut pipe, "an answer");
        (written, String::from_utf8(pipe.taken).expect("text"))
    }

    #[test]
    fn a_program_that_does_not_keep_up_gets_all_of_it() {
        let full = Some(ErrorKind::WouldBlock);
        let (written, taken) = write(&[full, None, full, full, None]);
        assert!(written.is_ok());
        assert_eq!(taken, "an answer");
    }

    #[test]
    fn a_program_that_has_gone_does_not_count_and_a_full_disk_does() {
        assert!(write(&[None, Some(ErrorKind::BrokenPipe)]).0.is_ok());
        let (written, taken) = write(&[None, Some(ErrorKind::StorageFull)]);
        assert_eq!(written.expect_err("it is full").kind(), ErrorKind::StorageFull);
        assert_eq!(taken, "an ");
    }
}
