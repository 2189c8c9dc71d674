//! What is to go wrong, as it is typed.

use crate::{driver::CrashMoment, usage::UsageError};
use backup_journal::plan::BackupOperationKind;
use canister_sandbox::{CallFault, PlannedFault};
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

/// A fault of a call that the coordinator makes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FaultSpec(pub PlannedFault);

impl FaultSpec {
    /// The methods that the coordinator calls.
    pub const METHODS: [&str; 5] = [
        "canister_status",
        "list_canister_snapshots",
        "stop_canister",
        "take_canister_snapshot",
        "start_canister",
    ];
    /// The one that the network may refuse for minutes.
    const REFUSED: &str = "take_canister_snapshot";
}

impl FromStr for FaultSpec {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let parts: Vec<&str> = text.split(':').collect();
        let (name, method, number) = match parts[..] {
            [name, number] => (name, None, number),
            [name, method, number] => (name, Some(method), number),
            _ => {
                let form = "expected FAULT:N or FAULT:METHOD:N, for instance late:stop_canister:2";
                return Err(UsageError(form.to_owned()));
            }
        };
        let fault = CallFault::ALL.into_iter().find(|fault| fault.name() == name);
        let fault = fault.ok_or_else(|| {
            let known = CallFault::ALL.map(CallFault::name).join(", ");
            UsageError(format!("there is no fault {name}; there are {known}"))
        })?;
        let method = method.or((!fault.fits("")).then_some(Self::REFUSED));
        if let Some(method) = method {
            if !Self::METHODS.contains(&method) {
                let known = Self::METHODS.join(", ");
                return Err(UsageError(format!(
                    "the coordinator does not call {method}, but {known}"
                )));
            }
            if !fault.fits(method) {
                return Err(UsageError(format!("{fault} does not happen to {method}")));
            }
        }
        let at = match number.parse::<u32>() {
            Ok(number) if number > 0 => number - 1,
            _ => return Err(UsageError(format!("{number} is not a number from 1 on"))),
        };
        Ok(Self(PlannedFault { fault, method: method.map(str::to_owned), at }))
    }
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
    fn every_fault_can_be_named_with_a_method_and_without() {
        for fault in CallFault::ALL {
            let method = "take_canister_snapshot";
            let spec: FaultSpec = format!("{fault}:{method}:3").parse().expect("a fault");
            assert_eq!(spec.0, PlannedFault { fault, method: Some(method.to_owned()), at: 2 });
            let FaultSpec(spec) = format!("{fault}:1").parse().expect("a fault");
            assert_eq!((spec.fault, spec.at), (fault, 0));
        }
        for text in ["late", "late:0", "late:x:1", "late:stop_canister", "early:1", "late:a:b:1"] {
            assert!(text.parse::<FaultSpec>().is_err(), "{text}");
        }
        assert!("snapshots-refused:start_canister:1".parse::<FaultSpec>().is_err());
    }

    #[test]
    fn a_crash_is_half_way_unless_said_otherwise() {
        let moment = |text: &str| text.parse::<CrashSpec>().expect("a crash").moment;
        assert_eq!(moment("30"), CrashMoment::Half);
        assert_eq!(moment("30:after"), CrashMoment::After);
    }
}
