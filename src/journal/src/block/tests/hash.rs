//! The hash of values: the examples of the standard, and the numbers at the edges of their encodings.

use crate::block::Value;
use candid::{Int, Nat};
use proptest::{prelude::*, sample::Index};

fn hash(value: &Value) -> String {
    hex::encode(value.hash())
}

fn map(fields: &[(&str, Value)]) -> Value {
    Value::Map(fields.iter().map(|(name, value)| ((*name).to_string(), value.clone())).collect())
}

fn bytes(hexadecimal: &str) -> Value {
    Value::blob(hex::decode(hexadecimal).expect("hexadecimal"))
}

#[test]
fn the_examples_of_the_standard_have_its_hashes() {
    let transfer = map(&[
        ("from", bytes("00abcdef0012340056789a00bcdef000012345678900abcdef01")),
        ("to", bytes("00ab0def0012340056789a00bcdef000012345678900abcdef01")),
        ("amount", Value::nat(42_u64)),
        ("created_at", Value::nat(1_699_218_263_u64)),
        ("memo", Value::nat(0_u64)),
    ]);
    let mixed = Value::Array(vec![Value::nat(3_u64), Value::text("foo"), bytes("0506")]);
    for (value, expected) in [
        (Value::nat(42_u64), "684888c0ebb17f374298b65ee2807526c066094c701bcc7ebbe1c1095f494fc1"),
        (
            Value::Int(Int::from(-42)),
            "de5a6f78116eca62d7fc5ce159d23ae6b889b365a1739ad2cf36f925a140d0cc",
        ),
        (
            Value::text("Hello, World!"),
            "dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f",
        ),
        (bytes("01020304"), "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"),
        (mixed, "514a04011caa503990d446b7dec5d79e19c221ae607fb08b2848c67734d468d6"),
        (transfer, "c56ece650e1de4269c5bdeff7875949e3e2033f85b2d193c2ff4f7f78bdcfc75"),
    ] {
        assert_eq!(hash(&value), expected, "{value:?}");
    }
}

/// (Signed) LEB128 by the book, for numbers of at most 64 bits.
fn leb128(mut number: i128, signed: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        let over = if signed {
            (number == 0 && low & 0x40 == 0) || (number == -1 && low & 0x40 != 0)
        } else {
            number == 0
        };
        if over {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[test]
fn numbers_are_hashed_as_leb128() {
    for exponent in 0..64 {
        for number in [(1_u64 << exponent) - 1, 1 << exponent, u64::MAX] {
            let by_the_book = Value::blob(leb128(i128::from(number), false));
            assert_eq!(hash(&Value::Nat(Nat::from(number))), hash(&by_the_book), "{number}");
            for number in [i128::from(number), -i128::from(number)] {
                let by_the_book = Value::blob(leb128(number, true));
                assert_eq!(hash(&Value::Int(Int::from(number))), hash(&by_the_book), "{number}");
            }
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<Vec<u8>>().prop_map(Value::blob),
        ".{0,8}".prop_map(Value::text),
        any::<u64>().prop_map(Value::nat),
        any::<i64>().prop_map(|number| Value::Int(Int::from(number))),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let fields = prop::collection::btree_map("[a-z]{1,4}", inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            fields.prop_map(|fields| Value::Map(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_order_of_fields_does_not_matter(
        mut fields in prop::collection::vec(("[a-z]{1,4}", value()), 1..5),
        rotation in any::<Index>(),
    ) {
        let before = Value::Map(fields.clone()).hash();
        let middle = rotation.index(fields.len());
        fields.rotate_left(middle);
        prop_assert_eq!(Value::Map(fields).hash(), before);
    }

    #[test]
    fn candid_carries_every_value(value in value()) {
        let bytes = candid::encode_one(&value).expect("Candid");
        let read: Value = candid::decode_one(&bytes).expect("Candid");
        prop_assert_eq!(read.hash(), value.hash());
        prop_assert_eq!(read, value);
    }
}
