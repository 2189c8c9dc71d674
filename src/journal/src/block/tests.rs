mod docs;
mod hash;
mod samples;

use super::{
    BLOCK_TYPES, Block, BlockError, Entry, Payload, Value, block, block_type, event_fields,
    read_block,
};
use crate::api::{AuditEventKind as Kind, BlockWithId, GetBlocksResult};
pub(crate) use samples::samples;
use std::collections::BTreeSet;

/// The fields of a map.
fn fields(value: &mut Value) -> &mut Vec<(String, Value)> {
    match value {
        Value::Map(fields) => fields,
        other => panic!("{other:?} is not a map"),
    }
}

/// The field of a map.
fn field<'a>(value: &'a mut Value, name: &str) -> &'a mut Value {
    let field = fields(value).iter_mut().find(|(field, _)| field == name);
    &mut field.unwrap_or_else(|| panic!("there is no field {name}")).1
}

#[test]
fn what_is_written_is_read_again() {
    for entry in samples() {
        for parent in [None, Some([7; 32])] {
            let block = block(&entry, parent);
            assert_eq!(read_block(entry.event.index, &block), Ok((entry.clone(), parent)));
        }
    }
}

#[test]
fn the_samples_have_every_block_type() {
    let samples = samples();
    let types: BTreeSet<&str> = samples.iter().map(|entry| block_type(&entry.event.kind)).collect();
    assert_eq!(types, BLOCK_TYPES.iter().map(|(name, _)| *name).collect());
}

/// The fields of an event are those of its block, which also names the caller, the run and the payload.
#[test]
fn the_fields_of_an_event_are_in_its_block() {
    for entry in samples() {
        let mut value = block(&entry, None);
        let written = fields(field(&mut value, "tx")).clone();
        let told = event_fields(&entry.event.kind);
        assert!(told.iter().all(|field| written.contains(field)), "{told:?} {written:?}");
    }
    let aborted = Kind::RunAborted { reason: "enough".to_string() };
    assert_eq!(event_fields(&aborted), [("reason".to_string(), Value::text("enough"))]);
}

#[test]
fn a_block_has_the_fields_of_the_standard() {
    for entry in samples() {
        let mut value = block(&entry, Some([7; 32]));
        let names: Vec<String> = fields(&mut value).iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, ["phash", "btype", "ts", "tx"]);
        assert_eq!(*field(&mut value, "btype"), Value::text(block_type(&entry.event.kind)));
        assert_eq!(*field(&mut value, "ts"), Value::nat(entry.event.time.0));
        assert!(matches!(field(&mut value, "tx"), Value::Map(_)));
        let mut first = block(&entry, None);
        assert!(fields(&mut first).iter().all(|(name, _)| name != "phash"));
    }
}

/// How many bytes a block takes in an answer, and how many were foretold.
fn taken_and_foretold(entry: &Entry) -> (usize, usize) {
    let payload = entry.payload.as_ref().map(Payload::to_candid);
    let foretold = Block::of(&entry.event, payload.as_deref(), Some(&[7; 32])).served_bytes();
    let block = block(entry, Some([7; 32]));
    let (id, log_length) = (u64::MAX.into(), u64::MAX.into());
    let answer = GetBlocksResult {
        log_length,
        blocks: vec![BlockWithId { id, block }],
        archived_blocks: Vec::new(),
    };
    (candid::encode_one(answer).expect("it can be encoded").len(), foretold)
}

#[test]
fn what_a_block_takes_in_an_answer_is_known_before() {
    for mut entry in samples() {
        for bytes in [0, 300, 100_000] {
            if let Kind::ReceiptRecorded { failure_reason: Some(reason), .. } =
                &mut entry.event.kind
            {
                *reason = "x".repeat(bytes);
            }
            let (taken, foretold) = taken_and_foretold(&entry);
            assert!(taken <= foretold, "{taken} bytes instead of {foretold}: {entry:?}");
            assert!(foretold < taken + 1_000, "{foretold} bytes instead of {taken}: {entry:?}");
        }
    }
}

/// Each number counts as if it were as long as can be.
#[test]
fn what_many_claims_take_in_an_answer_is_known_before() {
    for mut entry in samples() {
        if let Kind::OperationsClaimed { operations } = &mut entry.event.kind {
            *operations = vec![operations[0]; 1_000];
            let (taken, foretold) = taken_and_foretold(&entry);
            assert!(taken > 4_000 && (taken..20 * taken).contains(&foretold), "{taken} {foretold}");
        }
    }
}

/// The log chains the hashes that are computed without building the value of a block.
#[test]
fn the_hash_of_a_block_is_that_of_its_value() {
    for entry in samples() {
        let payload = entry.payload.as_ref().map(Payload::to_candid);
        for parent in [None, Some([7; 32])] {
            let block = Block::of(&entry.event, payload.as_deref(), parent.as_ref());
            assert_eq!(block.hash(), block.value().hash(), "{entry:?}");
        }
    }
}

#[test]
fn the_hash_of_the_block_before_takes_room_in_an_answer() {
    for entry in samples() {
        let bytes = |parent| Block::of(&entry.event, None, parent).served_bytes();
        assert!(bytes(Some(&[7; 32])) >= bytes(None) + 32, "{entry:?}");
    }
}

#[test]
fn no_field_can_be_left_out_or_be_of_another_kind() {
    let optional = [
        "phash",
        "payload",
        "run_id",
        "visibility",
        "restart_overdue_after_seconds",
        "rules",
        "window_seconds",
        "keep_on_network",
    ];
    for entry in samples() {
        let whole = block(&entry, None);
        for name in ["btype", "ts", "tx"] {
            let mut without = whole.clone();
            fields(&mut without).retain(|(field, _)| field != name);
            assert_eq!(read_block(0, &without), Err(BlockError::Field(name.to_string())));
        }
        let names: Vec<String> =
            fields(field(&mut whole.clone(), "tx")).iter().map(|(name, _)| name.clone()).collect();
        for name in names {
            let mut other = whole.clone();
            *field(field(&mut other, "tx"), &name) = Value::Array(Vec::new());
            assert_eq!(read_block(0, &other), Err(BlockError::Field(name.clone())));
            let mut without = whole.clone();
            fields(field(&mut without, "tx")).retain(|(field, _)| *field != name);
            let read = read_block(0, &without);
            let may_lack = optional.contains(&name.as_str())
                || is_evidence(&name)
                || (name == "fleet" && is_about_a_role(&entry.event.kind));
            assert!(may_lack || read.is_err(), "{name}");
        }
    }
}

/// A role for all fleets names no fleet.
const fn is_about_a_role(kind: &Kind) -> bool {
    matches!(kind, Kind::RoleGranted(_) | Kind::RoleRevoked(_))
}

/// A receipt may leave these out; whether it may there is for the state machine to say.
fn is_evidence(name: &str) -> bool {
    ["preflight_id", "snapshot_id", "artifact_path", "checksum", "failure_reason", "performed_at"]
        .contains(&name)
}

#[test]
fn what_is_no_block_is_named() {
    let entry = &samples()[0];
    assert_eq!(read_block(0, &Value::nat(1_u64)), Err(BlockError::NotAMap("the block")));
    let mut without_tx = block(entry, None);
    *field(&mut without_tx, "tx") = Value::text("nothing");
    assert_eq!(read_block(0, &without_tx), Err(BlockError::NotAMap("tx")));
    let mut later = block(entry, None);
    *field(&mut later, "btype") = Value::text("backup_sung_to");
    let unknown = BlockError::UnknownType("backup_sung_to".to_string());
    assert_eq!(read_block(0, &later), Err(unknown));
    let mut short = block(entry, Some([7; 32]));
    *field(&mut short, "phash") = Value::blob([7; 31]);
    assert_eq!(read_block(0, &short), Err(BlockError::Field("phash".to_string())));
    let mut huge = block(entry, None);
    *field(&mut huge, "ts") = Value::Nat(candid::Nat::from(u64::MAX) + 1_u8);
    assert_eq!(read_block(0, &huge), Err(BlockError::Field("ts".to_string())));
}

#[test]
fn whatever_is_changed_changes_the_hash() {
    let mut hashes = BTreeSet::new();
    for entry in samples() {
        assert!(hashes.insert(block(&entry, None).hash()));
        assert!(hashes.insert(block(&entry, Some([7; 32])).hash()));
        let mut later = entry.clone();
        later.event.time.0 += 1;
        assert!(hashes.insert(block(&later, None).hash()));
        let mut other = entry;
        other.event.caller = candid::Principal::anonymous();
        assert!(hashes.insert(block(&other, None).hash()));
    }
}

#[test]
fn payloads_survive_candid() {
    let payloads: Vec<Payload> = samples().into_iter().filter_map(|entry| entry.payload).collect();
    assert_eq!(payloads.len(), 9);
    for payload in payloads {
        assert_eq!(Payload::from_candid(&payload.to_candid()).expect("Candid"), payload);
    }
    assert!(Payload::from_candid(b"DIDL").is_err());
}
