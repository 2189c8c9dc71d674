//! What is to go wrong, as it is typed.

use crate::{driver::CrashMoment, usage::UsageError};
use backup_journal::plan::BackupOperationKind;
use std::str::FromStr;

/// An operation that is to fail: the `number`-th of its kind, 1-based.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FailSpec {
    /// The kind.
    pub kind: BackupOperationKind,
    /// Which of that kind.
    pub number: u32,
}

impl FromStr for FailSpec {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let (kind, number) = text
            .split_once(':')
            .ok_or_else(|| UsageError("expected KIND:N, for instance stop:2".to_owned()))?;
        Ok(Self {
            kind: parse_kind(kind)?,
            number: match number.parse() {
                Ok(number) if number > 0 => number,
                _ => return Err(UsageError(format!("{number} is not a number from 1 on"))),
            },
        })
    }
}

fn parse_kind(name: &str) -> Result<BackupOperationKind, UsageError> {
    let kinds = BackupOperationKind::ALL;
    kinds.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let known: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        UsageError(format!("there is no kind {name}; there are {}", known.join(", ")))
    })
}

/// Where the driver is to die.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CrashSpec {
    /// Sequence of the operation that it has claimed.
    pub sequence: u32,
    /// How far it got.
    pub moment: CrashMoment,
}

impl FromStr for CrashSpec {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let (sequence, moment) = text.split_once(':').unwrap_or((text, "half"));
        Ok(Self {
            sequence: sequence.parse().map_err(|_| {
                UsageError(format!("{sequence} is not the sequence of an operation"))
            })?,
            moment: match moment {
                "before" => CrashMoment::Before,
                "half" => CrashMoment::Half,
                "after" => CrashMoment::After,
                other => {
                    let problem = format!("{other} is not one of before, half, after");
                    return Err(UsageError(problem));
                }
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_named() {
        for kind in BackupOperationKind::ALL {
            let spec: FailSpec = format!("{}:3", kind.name()).parse().expect("a kind");
            assert_eq!(spec, FailSpec { kind, number: 3 });
        }
    }

    #[test]
    fn wrong_words_are_refused() {
        for text in ["stop", "stop:", "stop:0", "stop:x", "halt:1", ":1"] {
            assert!(text.parse::<FailSpec>().is_err(), "{text}");
        }
        for text in ["", "x", "-1", "3:later", "3:"] {
            assert!(text.parse::<CrashSpec>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_crash_is_half_way_unless_said_otherwise() {
        let moment = |text: &str| text.parse::<CrashSpec>().expect("a crash").moment;
        assert_eq!(moment("30"), CrashMoment::Half);
        assert_eq!(moment("30:after"), CrashMoment::After);
    }
}
