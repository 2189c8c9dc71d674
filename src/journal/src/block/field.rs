//! How what an event says stands in a block: a field, several, or none.

use super::{
    ClaimedOperation,
    fields::Fields,
    reader::{BlockError, Reader, bad},
};
use crate::{
    Attempt, FleetName, PlanId, PreflightId, ReceiptIndex, Rules, Sequence, Timestamp,
    access::{Role, RoleAssignment, Visibility},
    fleet::{FleetPolicy, MemberFailure, TransferPolicy},
    preflight::ValidityWindow,
    receipt_outcome::ReceiptOutcome,
    schedule::{Schedule, Timing},
};
use candid::Principal;
use std::cmp::Ordering;

/// What an event says, as it is written to a block and read from one.
pub(super) trait Field: Sized {
    /// Writes it as the field `name`.
    fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>);

    /// Reads the field `name`.
    fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError>;
}

/// Numbers of at most 32 bits, and types around one.
macro_rules! numbers {
    ($($type:ty, $number:ident => $inner:expr, $new:expr;)*) => {
        $(impl Field for $type {
            fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
                let $number = self;
                fields.nat(name, $inner);
            }

            fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
                reader.small(name).map($new)
            }
        })*
    };
}

numbers! {
    u32, number => *number, |number| number;
    Sequence, sequence => sequence.0, Sequence;
    Attempt, attempt => attempt.0, Attempt;
    ReceiptIndex, index => index.0, ReceiptIndex;
}

impl Field for u64 {
    fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
        fields.nat(name, *self);
    }

    fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        reader.nat(name)
    }
}

impl Field for Timestamp {
    fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
        fields.nat(name, self.0);
    }

    fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        reader.nat(name).map(Self)
    }
}

/// The first version of the rules is left out, as it was when there was no other.
impl Field for Rules {
    fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
        if *self != Self::V1 {
            fields.nat(name, self.number());
        }
    }

    fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        match reader.optional(name) {
            None => Ok(Self::V1),
            Some(_) => Self::numbered(reader.small(name)?).ok_or_else(|| bad(name)),
        }
    }
}

/// Texts, and types around one.
macro_rules! texts {
    ($($type:ty, $text:ident => $inner:expr, $new:expr;)*) => {
        $(impl Field for $type {
            fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
                let $text = self;
                fields.text(name, $inner);
            }

            fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
                reader.text(name).map($new)
            }
        })*
    };
}

texts! {
    String, text => text, |text| text;
    FleetName, name => name.as_str(), FleetName::from;
    PlanId, id => id.as_str(), PlanId::from;
    PreflightId, id => id.as_str(), PreflightId::from;
}

/// Few values, each of which has a name.
macro_rules! names {
    ($($type:ty: $($variant:ident)*;)*) => {
        $(impl Field for $type {
            fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
                fields.name(name, match self { $(Self::$variant => stringify!($variant),)* });
            }

            fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
                match reader.text(name)?.as_str() {
                    $(stringify!($variant) => Ok(Self::$variant),)*
                    _ => Err(bad(name)),
                }
            }
        })*
    };
}

names! {
    Role: Auditor Operator Administrator;
    Visibility: Members Public;
    ReceiptOutcome: Completed Failed Skipped;
    MemberFailure: AbortRun SkipMember;
    TransferPolicy: Await Skip;
}

/// Five fields, whose names say enough.
impl Field for FleetPolicy {
    fn write<'a>(&'a self, _: &'static str, fields: &mut Fields<'a>) {
        self.max_parallel.write("max_parallel", fields);
        self.max_attempts.write("max_attempts", fields);
        self.restart_within_seconds.write("restart_within_seconds", fields);
        self.on_member_failure.write("on_member_failure", fields);
        self.transfer.write("transfer", fields);
    }

    fn read(_: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        Ok(Self {
            max_parallel: Field::read("max_parallel", reader)?,
            max_attempts: Field::read("max_attempts", reader)?,
            restart_within_seconds: Field::read("restart_within_seconds", reader)?,
            on_member_failure: Field::read("on_member_failure", reader)?,
            transfer: Field::read("transfer", reader)?,
        })
    }
}

/// Two to four fields, whose names say enough.
impl Field for Schedule {
    fn write<'a>(&'a self, _: &'static str, fields: &mut Fields<'a>) {
        match &self.timing {
            Timing::Cron(expression) => expression.write("cron", fields),
            Timing::EverySeconds(seconds) => seconds.write("every_seconds", fields),
        }
        self.window_seconds.write("window_seconds", fields);
        self.paused.write("paused", fields);
        self.keep_on_network.write("keep_on_network", fields);
    }

    fn read(_: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        let timing = match reader.optional("cron") {
            Some(_) => Timing::Cron(Field::read("cron", reader)?),
            None => Timing::EverySeconds(Field::read("every_seconds", reader)?),
        };
        Ok(Self {
            timing,
            window_seconds: Field::read("window_seconds", reader)?,
            paused: Field::read("paused", reader)?,
            keep_on_network: Field::read("keep_on_network", reader)?,
        })
    }
}

/// 0 or 1.
impl Field for bool {
    fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
        fields.nat(name, u32::from(*self));
    }

    fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        match reader.small(name)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(bad(name)),
        }
    }
}

impl Field for Principal {
    fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
        fields.blob(name, self.as_slice());
    }

    fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        reader.principal(name)
    }
}

/// What is not said is left out.
impl<T: Field> Field for Option<T> {
    fn write<'a>(&'a self, name: &'static str, fields: &mut Fields<'a>) {
        if let Some(value) = self {
            value.write(name, fields);
        }
    }

    fn read(name: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        reader.optional(name).map(|_| T::read(name, reader)).transpose()
    }
}

/// Two fields, whose names say enough.
impl Field for ValidityWindow {
    fn write<'a>(&'a self, _: &'static str, fields: &mut Fields<'a>) {
        self.validated_at.write("validated_at", fields);
        self.expires_at.write("expires_at", fields);
    }

    fn read(_: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        Ok(Self {
            validated_at: Field::read("validated_at", reader)?,
            expires_at: Field::read("expires_at", reader)?,
        })
    }
}

/// Two or three fields, whose names say enough: a role for all fleets has no field `fleet`.
impl Field for RoleAssignment {
    fn write<'a>(&'a self, _: &'static str, fields: &mut Fields<'a>) {
        self.principal.write("principal", fields);
        self.role.write("role", fields);
        self.fleet.write("fleet", fields);
    }

    fn read(_: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        Ok(Self {
            principal: Field::read("principal", reader)?,
            role: Field::read("role", reader)?,
            fleet: Field::read("fleet", reader)?,
        })
    }
}

/// Two arrays, whose names say enough.
impl Field for Vec<ClaimedOperation> {
    fn write<'a>(&'a self, _: &'static str, fields: &mut Fields<'a>) {
        fields.nats("sequences", self.iter().map(|claimed| claimed.sequence.0.into()));
        fields.nats("attempts", self.iter().map(|claimed| claimed.attempt.0.into()));
    }

    fn read(_: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        let (sequences, attempts) =
            (reader.small_ones("sequences")?, reader.small_ones("attempts")?);
        match sequences.len().cmp(&attempts.len()) {
            Ordering::Less => return Err(bad("sequences")),
            Ordering::Greater => return Err(bad("attempts")),
            Ordering::Equal => {}
        }
        let claimed = |(sequence, attempt)| ClaimedOperation {
            sequence: Sequence(sequence),
            attempt: Attempt(attempt),
        };
        Ok(sequences.into_iter().zip(attempts).map(claimed).collect())
    }
}

/// Several roles stand in the payload.
impl Field for Vec<RoleAssignment> {
    fn write<'a>(&'a self, _: &'static str, _: &mut Fields<'a>) {}

    fn read(_: &str, reader: &Reader<'_>) -> Result<Self, BlockError> {
        Ok(reader.roles.clone())
    }
}
