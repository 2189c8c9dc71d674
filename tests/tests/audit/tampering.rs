//! Every way to tamper with a log is found, and the first block that does not hold is named.

use crate::setting::{busy, evidence, problem};
use backup_coordinator_client::{
    audit::{AuditError, Chain, Evidence, Tampering},
    journal::{
        api::{BlockWithId, GetBlocksResult},
        block::Value,
    },
};
use candid::{Int, Nat};
use integration_tests::{Outcome, Setup, on_sandbox};

/// Tampers with a log of some length and says which block was named.
fn tampered(setup: &Setup, evidence: &Evidence, tampering: &Tampering) -> AuditError {
    let mut tampered = evidence.clone();
    tampering.apply(&mut tampered);
    assert_ne!(tampered, *evidence, "{tampering:?} has changed nothing");
    problem(setup, &tampered)
}

fn with_log(test: impl FnOnce(Setup, Evidence) -> Outcome) {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).members(2).build();
        busy(&setup).await?;
        let evidence = evidence(&setup).await?;
        assert!(evidence.blocks.len() >= 10);
        test(setup, evidence)
    });
}

fn breaks_at(error: &AuditError) -> u64 {
    match error {
        AuditError::FirstHasParent => 0,
        AuditError::BrokenChain { index, .. } => *index,
        other => panic!("found otherwise: {other}"),
    }
}

#[test]
fn a_changed_block_is_not_the_one_that_the_next_one_follows() {
    with_log(|setup, evidence| {
        let last = evidence.blocks.len() - 1;
        for index in 0..last {
            let error = tampered(&setup, &evidence, &Tampering::Change(index));
            assert_eq!(breaks_at(&error), index as u64 + 1);
        }
        let error = tampered(&setup, &evidence, &Tampering::Change(last));
        assert!(matches!(error, AuditError::TipHash { index, .. } if index == last as u64));
        Ok(())
    });
}

#[test]
fn a_dropped_block_leaves_a_gap() {
    with_log(|setup, evidence| {
        let last = evidence.blocks.len() - 1;
        for index in 0..last {
            let error = tampered(&setup, &evidence, &Tampering::Drop(index));
            assert_eq!(breaks_at(&error), index as u64);
        }
        let last = last as u64;
        let error = tampered(&setup, &evidence, &Tampering::Drop(evidence.blocks.len() - 1));
        assert_eq!(error, AuditError::Truncated { certified: last, length: last });
        assert!(error.to_string().starts_with(&format!("block {last} is missing")));
        let none = Evidence { blocks: Vec::new(), ..evidence };
        let certified = AuditError::Truncated { certified: last, length: 0 };
        assert_eq!(problem(&setup, &none), certified);
        Ok(())
    });
}

#[test]
fn swapped_blocks_do_not_follow_each_other() {
    with_log(|setup, evidence| {
        for index in 0..evidence.blocks.len() - 1 {
            let error = tampered(&setup, &evidence, &Tampering::Swap(index));
            assert_eq!(breaks_at(&error), index as u64);
        }
        Ok(())
    });
}

#[test]
fn an_appended_block_is_not_certified() {
    with_log(|setup, evidence| {
        let length = evidence.length();
        let error = tampered(&setup, &evidence, &Tampering::Append);
        let certified = Some(length - 1);
        assert_eq!(error, AuditError::Uncertified { certified, length: length + 1 });
        assert!(error.to_string().starts_with(&format!("block {length} is not certified")));
        Ok(())
    });
}

#[test]
fn a_forged_tip_is_not_what_the_certificate_vouches_for() {
    with_log(|setup, evidence| {
        let last = evidence.blocks.len() - 1;
        for index in 0..=last {
            let mut forged = evidence.clone();
            let tampering = Tampering::ForgeTip(index);
            tampering.apply(&mut forged);
            let chain = Chain::check(&forged.blocks)?;
            let error = problem(&setup, &forged);
            let AuditError::ForgedTip { claimed } = error else {
                panic!("found otherwise: {error}");
            };
            let hash = hex::encode(chain.tip.expect("blocks"));
            assert_eq!(claimed, format!("block {last} with hash {hash}"));
        }
        Ok(())
    });
}

#[test]
fn an_old_certificate_does_not_cover_what_came_later() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).members(2).build();
        busy(&setup).await?;
        let before = evidence(&setup).await?;
        let (length, old) = (before.length(), before.tip.expect("a certificate"));
        let run = setup.driver("nightly");
        run.step().await?;
        let now = evidence(&setup).await?;
        assert_eq!(now.length(), length + 2);
        let error = tampered(&setup, &now, &Tampering::OldCertificate(old));
        let certified = Some(length - 1);
        assert_eq!(error, AuditError::Uncertified { certified, length: length + 1 });
        Ok(())
    });
}

/// Changes one leaf after the other of a value, and hands each outcome to `look`.
fn each_leaf(value: &Value, look: &mut dyn FnMut(Value)) {
    match value {
        Value::Blob(bytes) => {
            let mut changed = bytes.to_vec();
            match changed.last_mut() {
                Some(byte) => *byte ^= 1,
                None => changed.push(0),
            }
            look(Value::blob(changed));
        }
        Value::Text(text) => look(Value::text(format!("{text} "))),
        Value::Nat(number) => look(Value::Nat(number.clone() + Nat::from(1_u8))),
        Value::Int(number) => look(Value::Int(number.clone() + Int::from(1))),
        Value::Array(_) => panic!("no block has an array"),
        Value::Map(fields) => {
            for (position, (name, inner)) in fields.iter().enumerate() {
                let mut with = |name: String, inner| {
                    let mut fields = fields.clone();
                    fields[position] = (name, inner);
                    look(Value::Map(fields));
                };
                with(format!("{name}_"), inner.clone());
                each_leaf(inner, &mut |changed| with(name.clone(), changed));
            }
        }
    }
}

#[test]
fn no_field_of_any_block_can_be_changed() {
    with_log(|setup, evidence| {
        let mut changes = 0;
        for index in 0..evidence.blocks.len() {
            each_leaf(&evidence.blocks[index], &mut |changed| {
                let mut tampered = evidence.clone();
                tampered.blocks[index] = changed;
                problem(&setup, &tampered);
                changes += 1;
            });
        }
        assert!(changes > 100, "only {changes} changes");
        Ok(())
    });
}

fn answer(evidence: &Evidence, ids: impl Iterator<Item = usize>) -> GetBlocksResult {
    let block = |id: usize| BlockWithId { id: Nat::from(id), block: evidence.blocks[id].clone() };
    GetBlocksResult {
        log_length: Nat::from(evidence.blocks.len()),
        blocks: ids.map(block).collect(),
        archived_blocks: Vec::new(),
    }
}

#[test]
fn answers_go_on_where_the_earlier_ones_end() {
    with_log(|_, evidence| {
        let mut fetched = Evidence::default();
        fetched.add(answer(&evidence, 0..3))?;
        fetched.add(answer(&evidence, 3..4))?;
        assert_eq!(fetched.blocks, evidence.blocks[..4]);
        for ids in [5..6, 3..6] {
            let missing = fetched.clone().add(answer(&evidence, ids)).unwrap_err();
            assert!(matches!(missing, AuditError::Missing { index: 4, .. }), "{missing}");
        }
        Ok(())
    });
}
