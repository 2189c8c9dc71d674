//! The macro of the table of events.

/// Defines the events of the audit trail from one table, with what blocks say of them.
///
/// The table is the enum as one would write it without the macro, with two additions: a variant has the attribute `block`, and the
/// value of a variant without named fields has a name.
///
/// ```text
/// /// A draft was discarded.
/// #[block(12, "backup_draft_discarded", "a draft was discarded")]
/// DraftDiscarded {
///     /// The plan.
///     #[n(0)] plan_id: PlanId,
/// },
/// ```
///
/// The attribute has the number of the variant, which is also its place in the table, the `btype` of its blocks, and what
/// happened, as pages and docs/blocks.md say it. The fields of a block are those of the variant, under the same names, and
/// `Field` decides how a block contains each of them.
///
/// From the table follow the enum, the list of block types, and the functions that find the type of an event, write its
/// fields to a block and read them from one. So an event cannot have a field that its block lacks.
macro_rules! block_types {
    (
        $(#[$enum_attribute:meta])*
        pub enum $enum:ident {
            $(
                $(#[doc = $doc:tt])+
                #[block($number:tt, $name:literal, $meaning:literal)]
                $variant:ident
                    $(( $(#[$inner_attribute:meta])* $inner:ident: $inner_type:ty ))?
                    $({ $( $(#[$attribute:meta])* $field:ident: $type:ty ),* $(,)? })?
            ),* $(,)?
        }
    ) => {
        $(#[$enum_attribute])*
        pub enum $enum {
            $(
                $(#[doc = $doc])+
                #[n($number)]
                $variant
                    $(( $(#[$inner_attribute])* $inner_type ))?
                    $({ $( $(#[$attribute])* $field: $type ),* })?
            ),*
        }

        /// Every block type with its meaning, in the order of their numbers.
        pub const BLOCK_TYPES: [(&str, &str); [$($number),*].len()] = [$(($name, $meaning)),*];

        // The number of a type is its place in the list.
        const _: () = {
            let numbers = [$($number),*];
            let mut place = 0;
            while place < numbers.len() {
                assert!(numbers[place] == place, "the events are not in the order of their numbers");
                place += 1;
            }
        };

        /// The position of the type of the block that records `kind` in [`BLOCK_TYPES`].
        pub const fn block_type_number(kind: &$enum) -> usize {
            match kind {
                $($enum::$variant { .. } => $number,)*
            }
        }

        /// Writes the fields of an event.
        pub(super) fn write_kind<'a>(fields: &mut Fields<'a>, kind: &'a $enum) {
            match kind {
                $($enum::$variant $(($inner))? $({ $($field),* })? => {
                    $($inner.write(stringify!($inner), fields);)?
                    $($($field.write(stringify!($field), fields);)*)?
                })*
            }
        }

        /// Reads the fields of an event.
        pub(super) fn read_kind(btype: &str, reader: &Reader<'_>) -> Result<$enum, BlockError> {
            match btype {
                $($name => Ok($enum::$variant
                    $((Field::read(stringify!($inner), reader)?))?
                    $({ $($field: Field::read(stringify!($field), reader)?),* })?
                ),)*
                _ => Err(BlockError::UnknownType(btype.to_string())),
            }
        }
    };
}
pub(super) use block_types;
