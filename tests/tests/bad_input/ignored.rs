//! Arguments of which Candid would leave out a part without a word: refused, with the name of that part.

use crate::Victim;
use backup_coordinator_client::journal::api::{ArgumentError, CoordinatorError as Error};
use candid::{
    IDLArgs, TypeEnv,
    types::{Field, Label, Type, TypeInner, value::IDLValue},
};
use candid_parser::parse_idl_args;
use integration_tests::{Network, Outcome, interface::Method, scenarios};
use std::rc::Rc;

scenarios![
    no_field_that_is_not_known_is_ignored,
    no_optional_value_of_another_type_is_ignored,
    no_argument_too_many_is_ignored,
    an_untyped_attempt_is_not_the_present_one,
    what_is_not_needed_costs_nothing,
];

/// Changes the type at one place, and all values of that type with it.
struct Spoil {
    /// How many places are still to be passed by.
    pass_by: usize,
    /// Which types are such places, and what becomes of them.
    change: fn(&mut TypeInner, &mut [&mut IDLValue]) -> bool,
}

impl Spoil {
    /// Whether the place was found.
    fn walk(&mut self, env: &TypeEnv, of: &mut Type, mut values: Vec<&mut IDLValue>) -> bool {
        *of = env.trace_type(of).expect("a type of the interface");
        let mut inner = of.as_ref().clone();
        let mut found = false;
        // What has no value is not sent, so it cannot be ignored.
        if !values.is_empty() && (self.change)(&mut inner.clone(), &mut []) {
            found = self.pass_by == 0 && (self.change)(&mut inner, &mut values);
            self.pass_by = self.pass_by.saturating_sub(usize::from(!found));
        }
        let found = found || self.walk_parts(env, &mut inner, values);
        *of = inner.into();
        found
    }

    fn walk_parts(
        &mut self,
        env: &TypeEnv,
        of: &mut TypeInner,
        values: Vec<&mut IDLValue>,
    ) -> bool {
        match of {
            TypeInner::Opt(part) => {
                let parts = values.into_iter().filter_map(|value| match value {
                    IDLValue::Opt(part) => Some(part.as_mut()),
                    _ => None,
                });
                self.walk(env, part, parts.collect())
            }
            TypeInner::Vec(part) => {
                let parts = values.into_iter().flat_map(|value| match value {
                    IDLValue::Vec(parts) => parts.iter_mut().collect(),
                    _ => Vec::new(),
                });
                self.walk(env, part, parts.collect())
            }
            TypeInner::Record(fields) | TypeInner::Variant(fields) => {
                let mut values: Vec<_> = values;
                fields.iter_mut().any(|field| {
                    let parts = values.iter_mut().filter_map(|value| part(value, &field.id));
                    self.walk(env, &mut field.ty, parts.collect())
                })
            }
            _ => false,
        }
    }
}

fn part<'a>(value: &'a mut IDLValue, id: &Label) -> Option<&'a mut IDLValue> {
    let fields = match value {
        IDLValue::Record(fields) => fields.as_mut_slice(),
        IDLValue::Variant(chosen) => std::slice::from_mut(&mut *chosen.0),
        _ => return None,
    };
    fields.iter_mut().find(|field| field.id == *id).map(|field| &mut field.val)
}

const UNKNOWN: &str = "invented";

/// Gives a record one more field, with a value.
fn add_field(of: &mut TypeInner, values: &mut [&mut IDLValue]) -> bool {
    let TypeInner::Record(fields) = of else { return false };
    let id = || Label::Named(UNKNOWN.to_string());
    fields.push(Field { id: Rc::new(id()), ty: TypeInner::Text.into() });
    fields.sort_by_key(|field| field.id.get_id());
    for value in values {
        let IDLValue::Record(fields) = value else { panic!("not a record: {value}") };
        let val = IDLValue::Text(UNKNOWN.to_string());
        fields.push(candid::types::value::IDLField { id: id(), val });
        fields.sort_by_key(|field| field.id.get_id());
    }
    true
}

/// Makes an optional value one of a type that is used nowhere.
fn retype_option(of: &mut TypeInner, values: &mut [&mut IDLValue]) -> bool {
    let TypeInner::Opt(part) = of else { return false };
    *part = TypeInner::Float32.into();
    for value in values {
        **value = IDLValue::Opt(Box::new(IDLValue::Float32(1.5)));
    }
    true
}

/// The arguments spoiled at the place with this number; none if there are fewer.
fn spoiled(
    victim: &Victim,
    method: &Method,
    valid: &IDLArgs,
    number: usize,
    change: fn(&mut TypeInner, &mut [&mut IDLValue]) -> bool,
) -> Option<Vec<u8>> {
    let (mut types, mut args) = (method.args.clone(), valid.clone());
    let mut spoil = Spoil { pass_by: number, change };
    let mut arguments = types.iter_mut().zip(&mut args.args);
    let env = victim.interface.env();
    let found = arguments.any(|(of, value)| spoil.walk(env, of, vec![value]));
    let bytes = args.to_bytes_with_types(env, &types);
    found.then(|| bytes.unwrap_or_else(|error| panic!("{}: {error}", method.name)))
}

/// Spoils every place in the arguments of every method, one after the other; how many there are.
fn check_each(
    victim: &Victim,
    change: fn(&mut TypeInner, &mut [&mut IDLValue]) -> bool,
    expected: impl Fn(&ArgumentError) -> bool,
) -> Result<usize, Box<dyn std::error::Error>> {
    let mut tried = 0;
    for (method, row) in victim.methods() {
        let valid = victim.interface.decode(method, &row.arg);
        for number in 0.. {
            let Some(arg) = spoiled(victim, method, &valid, number, change) else { break };
            match victim.refusal(method, arg)? {
                Some(Error::InvalidArgument(error)) if expected(&error) => tried += 1,
                other => panic!("{}, place {number}: {other:?}", method.name),
            }
        }
    }
    Ok(tried)
}

async fn no_field_that_is_not_known_is_ignored(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let hash = candid::utils::pp_num_str(&candid::idl_hash(UNKNOWN).to_string());
    let tried = check_each(&victim, add_field, |error| {
        matches!(
            error,
            ArgumentError::UnknownField { field, known }
                if field.ends_with(&hash) && !known.is_empty()
        )
    })?;
    assert!(tried >= 40, "{tried} records were tried");
    victim.check_unchanged().await
}

async fn no_optional_value_of_another_type_is_ignored(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let tried = check_each(&victim, retype_option, |error| {
        matches!(
            error,
            ArgumentError::MistypedOption { field, expected, sent }
                if !field.is_empty() && expected.starts_with("opt ") && sent == "opt float32"
        )
    })?;
    assert!(tried >= 30, "{tried} optional values were tried");
    victim.check_unchanged().await
}

async fn no_argument_too_many_is_ignored(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    for (method, row) in victim.methods() {
        let mut args = victim.interface.decode(method, &row.arg);
        args.args.push(IDLValue::Text("one more".to_string()));
        let types: Vec<Type> =
            method.args.iter().cloned().chain([TypeInner::Text.into()]).collect();
        let arg = args.to_bytes_with_types(victim.interface.env(), &types)?;
        let expected = u32::try_from(method.args.len())?;
        let error = ArgumentError::TooManyArguments { sent: expected + 1, expected };
        let refusal = victim.refusal(method, arg)?;
        assert_eq!(refusal, Some(Error::InvalidArgument(error)), "{}", method.name);
    }
    victim.check_unchanged().await
}

/// As somebody types it to a tool that does not know our types: then a number is an `int`.
async fn an_untyped_attempt_is_not_the_present_one(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let method = victim.interface.method("record_operation_receipt");
    let row = victim.rows.iter().find(|row| row.method == method.name).ok_or("it has a row")?;
    let mut args = victim.interface.decode(method, &row.arg);
    let receipt = args.args.last_mut().ok_or("the receipt is the last argument")?;
    let attempt = part(receipt, &Label::Named("attempt".to_string())).ok_or("it has an attempt")?;
    let untyped = parse_idl_args("(opt 7)")?.args.remove(0);
    *attempt = IDLArgs::new(&[untyped])
        .to_bytes()
        .map(|bytes| IDLArgs::from_bytes(&bytes).expect("what was encoded").args.remove(0))?;
    let refusal = victim.refusal(method, args.to_bytes()?)?;
    let error = ArgumentError::MistypedOption {
        field: "receipt.attempt".to_string(),
        expected: "opt nat32".to_string(),
        sent: "opt int".to_string(),
    };
    assert_eq!(refusal, Some(Error::InvalidArgument(error)));
    victim.check_unchanged().await
}

/// A record with 2^32 nulls in a field that nobody knows, which are four bytes of the message.
fn endless_in_a_field() -> Vec<u8> {
    b"DIDL\x02\x6c\x01\x00\x01\x6d\x7f\x01\x00\xff\xff\xff\xff\x0f".to_vec()
}

/// Also where a standard wants unknown fields to be passed over.
async fn what_is_not_needed_costs_nothing(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    for (method, _) in victim.methods().filter(|(method, _)| !method.args.is_empty()) {
        // Answered or not, it comes back.
        let refused = victim.refusal(method, endless_in_a_field());
        assert!(!matches!(refused, Ok(None)), "{}: {refused:?}", method.name);
    }
    for name in ["icrc3_get_archives", "http_request"] {
        victim.call(victim.interface.method(name), endless_in_a_field()).expect_err(name);
    }
    victim.check_unchanged().await
}
