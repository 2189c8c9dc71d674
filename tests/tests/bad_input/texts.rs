//! A megabyte of text in every place where a text can be.

use crate::Victim;
use candid::types::value::IDLValue;
use integration_tests::{Network, Outcome, scenarios};

scenarios![no_text_of_a_megabyte_is_kept];

const MEGABYTE: usize = 1 << 20;

/// Shows every text within a value.
fn each_text(value: &mut IDLValue, show: &mut impl FnMut(&mut String)) {
    match value {
        IDLValue::Text(text) => show(text),
        IDLValue::Opt(inner) => each_text(inner, show),
        IDLValue::Vec(items) => {
            for item in items {
                each_text(item, show);
            }
        }
        IDLValue::Record(fields) => {
            for field in fields {
                each_text(&mut field.val, show);
            }
        }
        IDLValue::Variant(variant) => each_text(&mut variant.0.val, show),
        _ => {}
    }
}

/// The arguments with a megabyte in place of the text with this number; none when there are fewer texts.
fn with_megabyte(mut args: candid::IDLArgs, number: usize) -> Option<candid::IDLArgs> {
    let mut seen = 0;
    for value in &mut args.args {
        each_text(value, &mut |text| {
            if seen == number {
                *text = "x".repeat(MEGABYTE);
            }
            seen += 1;
        });
    }
    (seen > number).then_some(args)
}

async fn no_text_of_a_megabyte_is_kept(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let mut tried = 0;
    for (method, row) in victim.methods() {
        let valid = victim.interface.decode(method, &row.arg);
        for number in 0.. {
            let Some(args) = with_megabyte(valid.clone(), number) else { break };
            let refused = victim.refusal(method, victim.interface.encode(method, &args))?;
            // A query that looks at a registry may well ignore a text in it.
            assert!(
                refused.is_some() || method.is_query,
                "{} accepts a megabyte as text {number}",
                method.name
            );
            tried += 1;
        }
    }
    assert!(tried >= 130, "{tried} texts were tried");
    victim.check_unchanged().await
}
