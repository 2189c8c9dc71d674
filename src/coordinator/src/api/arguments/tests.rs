//! What the tables say, and what is compared.

use super::{Arguments, Unreadable, decode, decode_known, table::TypeTable};
use backup_journal::{
    FleetName, RunId, Sequence,
    api::{ArgumentError, CoordinatorArgs, GetArchivesArgs, Role, RoleAssignment, Visibility},
    journal::OperationReceipt,
    plan::BackupPlan,
};
use candid::{CandidType, Deserialize, Encode, Principal};

#[derive(CandidType, Deserialize)]
struct Mistyped<T> {
    roles: Vec<RoleAssignment>,
    restart_overdue_after_seconds: T,
}

fn error<A: Arguments>(bytes: &[u8]) -> ArgumentError {
    match decode::<A>(bytes, &["first", "second", "third"]) {
        Err(Unreadable::Ignored(error)) => error,
        Err(Unreadable::Malformed(error)) => panic!("Candid refuses it by itself: {error}"),
        Ok(_) => panic!("it is taken"),
    }
}

fn seconds<T: CandidType>(seconds: T) -> Vec<u8> {
    let args = Mistyped { roles: Vec::new(), restart_overdue_after_seconds: seconds };
    Encode!(&args).expect("it can be encoded")
}

#[test]
fn a_table_is_what_candid_writes_for_these_arguments() {
    let run: RunId = "run".into();
    let args = CoordinatorArgs::default();
    let nobody: Option<Principal> = None;
    let encoded = [
        (<()>::TABLE, Encode!()),
        (<(CoordinatorArgs,)>::TABLE, Encode!(&args)),
        (<(Option<CoordinatorArgs>,)>::TABLE, Encode!(&Some(&args))),
        (<(RunId, Sequence)>::TABLE, Encode!(&run, &Sequence(7))),
        (<(RunId, u64, u32)>::TABLE, Encode!(&run, &0_u64, &10_u32)),
        (<(RunId, Option<Principal>, u32)>::TABLE, Encode!(&run, &nobody, &10_u32)),
        (
            <(Principal, Role, Option<FleetName>)>::TABLE,
            Encode!(&Principal::anonymous(), &Role::Auditor, &Some("demo")),
        ),
    ];
    for (table, message) in encoded {
        let message = message.expect("it can be encoded");
        assert!(message.starts_with(table), "{message:?} does not begin with {table:?}");
    }
}

#[test]
fn what_is_written_as_expected_is_taken_whole() {
    let args = CoordinatorArgs {
        roles: vec![RoleAssignment {
            principal: Principal::anonymous(),
            role: Role::Operator,
            fleet: None,
        }],
        visibility: Some(Visibility::Public),
        restart_overdue_after_seconds: Some(60),
    };
    let message = Encode!(&args).expect("it can be encoded");
    let (found,) = decode::<(CoordinatorArgs,)>(&message, &[]).expect("it is taken");
    assert_eq!(found, args);
    // An upgrade takes the record itself as well.
    let (found,) = decode::<(Option<CoordinatorArgs>,)>(&message, &[]).expect("it is taken");
    assert_eq!(found, Some(args));
}

#[test]
fn an_optional_value_is_taken_in_each_way_in_which_candid_reads_it() {
    let found = |message: Vec<u8>| {
        let (args,) = decode::<(CoordinatorArgs,)>(&message, &[]).expect("it is taken");
        args.restart_overdue_after_seconds
    };
    assert_eq!(found(seconds(60_u64)), Some(60));
    assert_eq!(found(seconds(Some(60_u64))), Some(60));
    assert_eq!(found(seconds(())), None);
    let (args,) = decode::<(Option<CoordinatorArgs>,)>(b"", &[]).expect("nothing is said");
    assert_eq!(args, None);
}

#[test]
fn a_caller_of_an_earlier_release_leaves_out_a_later_optional_argument() {
    let message = Encode!(&Principal::anonymous(), &Role::Auditor).expect("it can be encoded");
    let (_, role, fleet) =
        decode::<(Principal, Role, Option<FleetName>)>(&message, &[]).expect("it is taken");
    assert_eq!((role, fleet), (Role::Auditor, None));
}

#[test]
fn an_optional_value_of_another_type_is_named() {
    for (message, sent) in [
        (seconds(Some(60_u32)), "opt nat32"),
        (seconds(60_i64), "int64"),
        (seconds("60"), "text"),
        (seconds(Some(Some(60_u64))), "opt opt"),
        (seconds(vec![60_u64]), "vec nat64"),
        (seconds(Principal::anonymous()), "principal"),
    ] {
        assert_eq!(
            error::<(CoordinatorArgs,)>(&message),
            ArgumentError::MistypedOption {
                field: "first.restart_overdue_after_seconds".to_string(),
                expected: "opt nat64".to_string(),
                sent: sent.to_string(),
            }
        );
    }
    let message = Encode!(&"run", &7_u8, &1_u32).expect("it can be encoded");
    let expected = ArgumentError::MistypedOption {
        field: "second".to_string(),
        expected: "opt principal".to_string(),
        sent: "nat8".to_string(),
    };
    assert_eq!(error::<(RunId, Option<Principal>, u32)>(&message), expected);
}

#[test]
fn an_unknown_field_is_named_where_it_stands() {
    #[derive(CandidType)]
    struct Holder {
        principal: Principal,
        role: Role,
        roles: u8,
    }
    #[derive(CandidType)]
    struct Args {
        roles: Vec<Holder>,
    }
    let holder = Holder { principal: Principal::anonymous(), role: Role::Auditor, roles: 0 };
    let message = Encode!(&Args { roles: vec![holder] }).expect("it can be encoded");
    let ArgumentError::UnknownField { field, known } = error::<(CoordinatorArgs,)>(&message) else {
        panic!("another error")
    };
    // By its name, since another record has such a field.
    assert_eq!(field, "first.roles[].roles");
    assert_eq!(known, ["fleet", "principal", "role"]);
}

/// Types that no `CandidType` of this test would write: by hand.
#[test]
fn what_candid_refuses_by_itself_is_left_to_it() {
    let malformed: [&[u8]; 6] = [
        b"DIDL",
        b"DIDL\x00\x01\x05",
        // A record that has a field twice.
        b"DIDL\x01\x6c\x02\x00\x7f\x00\x7f\x01\x00",
        // A table that is said to have 2^63 types.
        b"DIDL\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        // An optional value of itself, and nothing of it.
        b"DIDL\x01\x6e\x00\x01\x00",
        b"LDID\x00\x00",
    ];
    for message in malformed {
        let refused = decode::<(BackupPlan,)>(message, &[]).expect_err("it is no plan");
        assert!(matches!(refused, Unreadable::Malformed(_)), "{message:?}: {refused}");
    }
}

#[test]
fn the_table_of_any_type_is_read() {
    // A function, a service and a type of a later Candid, each followed by a text.
    let message =
        b"DIDL\x04\x6a\x01\x71\x01\x7d\x01\x01\x69\x01\x01f\x00\x67\x02ab\x6e\x71\x02\x71\x03";
    let table = TypeTable::read(message).expect("it is a table");
    assert_eq!(table.arguments, [-15, 3]);
    let names = [0, 1, 2, 3, -15, -24, -25, 4].map(|of| table.name(of));
    let expected =
        ["reference", "reference", "reference", "opt text", "text", "principal", "unknown"];
    assert_eq!(names[..7], expected);
    assert_eq!(names[7], "unknown");
}

/// Each cut of a table is none.
#[test]
fn half_a_table_is_none() {
    let table = <(RunId, OperationReceipt)>::TABLE;
    assert!(TypeTable::read(table).is_some());
    for end in 0..table.len() {
        assert_eq!(TypeTable::read(&table[..end]), None, "the first {end} bytes");
    }
}

#[test]
fn where_a_standard_grows_an_unknown_field_is_passed_over_at_a_small_price() {
    #[derive(CandidType)]
    struct Later {
        from: Option<Principal>,
        remark: &'static str,
    }
    let message = Encode!(&Later { from: None, remark: "new" }).expect("it can be encoded");
    let (found,) = decode_known::<(GetArchivesArgs,)>(&message).expect("it is taken");
    assert_eq!(found.from, None);
    // 2^32 nulls in the unknown field are four bytes.
    let endless = b"DIDL\x02\x6c\x01\x00\x01\x6d\x7f\x01\x00\xff\xff\xff\xff\x0f";
    let refused = decode_known::<(GetArchivesArgs,)>(endless).expect_err("it is endless");
    assert!(refused.to_string().contains("exceeds the limit"), "{refused}");
}
