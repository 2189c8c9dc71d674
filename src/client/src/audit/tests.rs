use super::{
    AuditError, Chain, Evidence, MAINNET_ROOT_KEY, Tampering,
    tip::{Claim, leb128},
};
use backup_journal::block::Value;
use ic_certification::{HashTree, empty, fork, labeled, leaf, pruned};

/// What a tree says of the last block of a log of this length whose last hash is all sevens.
fn claim(tree: &HashTree, length: u64) -> Result<(), AuditError> {
    let bytes = serde_cbor::to_vec(tree).expect("CBOR");
    let nodes = serde_cbor::from_slice(&bytes).expect("CBOR");
    let tip = (length > 0).then_some([7; 32]);
    Claim::of(&nodes)?.check(&Chain { length, tip })
}

fn tip(index: &[u8], hash: [u8; 32]) -> HashTree {
    fork(labeled("last_block_hash", leaf(hash)), labeled("last_block_index", leaf(index)))
}

fn is_unreadable(checked: &Result<(), AuditError>) -> bool {
    matches!(checked, Err(AuditError::Unreadable { what: "hash tree", .. }))
}

#[test]
fn the_tip_is_found_wherever_it_stands() {
    let tip = || tip(&[2], [7; 32]);
    let http = || labeled("http_expr", leaf("pages"));
    for tree in [
        tip(),
        fork(http(), tip()),
        fork(pruned([1; 32]), tip()),
        fork(empty(), tip()),
        fork(tip(), pruned([1; 32])),
        fork(fork(empty(), http()), fork(tip(), empty())),
    ] {
        assert_eq!(claim(&tree, 3), Ok(()), "{tree:?}");
    }
}

#[test]
fn only_a_tree_that_hides_nothing_proves_that_the_log_is_empty() {
    let http = || labeled("http_expr", pruned([1; 32]));
    for tree in [empty(), http(), fork(http(), empty())] {
        assert_eq!(claim(&tree, 0), Ok(()), "{tree:?}");
        let certified = None;
        assert_eq!(claim(&tree, 1), Err(AuditError::Uncertified { certified, length: 1 }));
    }
    for tree in [pruned([1; 32]), fork(http(), pruned([1; 32])), fork(empty(), pruned([1; 32]))] {
        assert!(is_unreadable(&claim(&tree, 0)), "{tree:?}");
    }
}

#[test]
fn what_is_said_twice_or_half_counts_for_nothing() {
    let half: HashTree = labeled("last_block_hash", leaf([7; 32]));
    let twice = fork(tip(&[2], [7; 32]), tip(&[2], [7; 32]));
    let deeper = fork(
        labeled("last_block_hash", leaf([7; 32])),
        labeled("last_block_index", labeled("index", leaf([2]))),
    );
    let endless = tip(&[0x82], [7; 32]);
    for tree in [half, twice, deeper, endless] {
        assert!(is_unreadable(&claim(&tree, 3)), "{tree:?}");
    }
}

#[test]
fn index_and_hash_are_those_of_the_last_block() {
    assert_eq!(
        claim(&tip(&[2], [7; 32]), 2),
        Err(AuditError::Truncated { certified: 2, length: 2 })
    );
    assert_eq!(
        claim(&tip(&[2], [7; 32]), 5),
        Err(AuditError::Uncertified { certified: Some(2), length: 5 })
    );
    let other = claim(&tip(&[2], [8; 32]), 3);
    assert!(matches!(other, Err(AuditError::TipHash { index: 2, .. })), "{other:?}");
}

#[test]
fn numbers_in_leb128_are_read_whole() {
    for (bytes, number) in [
        (&[0][..], Some(0)),
        (&[0x7f], Some(127)),
        (&[0x80, 1], Some(128)),
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], Some(u64::MAX)),
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], None),
        (&[], None),
        (&[0x80], None),
        (&[1, 1], None),
    ] {
        assert_eq!(leb128(bytes), number, "{bytes:?}");
    }
}

#[test]
fn a_chain_begins_with_a_block_that_follows_none() {
    let block = |parent: Option<[u8; 32]>| {
        let parent = parent.map(|hash| ("phash".to_string(), Value::blob(hash)));
        Value::Map(parent.into_iter().collect())
    };
    let first = block(None);
    let second = block(Some(first.hash()));
    let check = |blocks: &[&Value]| {
        Chain::check(&blocks.iter().map(|block| (*block).clone()).collect::<Vec<_>>())
    };
    assert_eq!(check(&[]), Ok(Chain { length: 0, tip: None }));
    let tip = Some(second.hash());
    assert_eq!(check(&[&first, &second]), Ok(Chain { length: 2, tip }));
    assert_eq!(check(&[&second]), Err(AuditError::FirstHasParent));
    assert_eq!(check(&[&first, &first]), Err(AuditError::NoParent { index: 1 }));
    assert_eq!(check(&[&first, &Value::text("?")]), Err(AuditError::NoParent { index: 1 }));
    let broken = check(&[&first, &second, &second]);
    assert!(matches!(broken, Err(AuditError::BrokenChain { index: 2, .. })), "{broken:?}");
}

#[test]
fn tampering_with_nothing_is_harmless() {
    for tampering in [
        Tampering::Change(0),
        Tampering::Drop(0),
        Tampering::Swap(0),
        Tampering::Append,
        Tampering::ForgeTip(0),
    ] {
        let mut evidence = Evidence::default();
        tampering.apply(&mut evidence);
        assert_eq!(evidence, Evidence::default());
    }
}

#[test]
fn the_key_of_the_internet_computer_is_the_known_one() {
    let key = [
        "308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100",
        "814c0e6ec71fab583b08bd81373c255c3c371b2e84863c98a4f1e08b74235d14fb5d9c0cd546d968",
        "5f913a0c0b2cc5341583bf4b4392e467db96d65b9bb4cb717112f8472e0d5a4d14505ffd7484b012",
        "91091c5f87b98883463f98091a0baaae",
    ];
    assert_eq!(hex::encode(MAINNET_ROOT_KEY), key.concat());
}
