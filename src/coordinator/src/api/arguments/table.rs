//! The types that a Candid message begins with.

/// A type in a message: the code of a simple one, which is negative, or the index of one in the table.
pub type TypeRef = i64;

/// The codes of simple types, by <https://github.com/dfinity/candid/blob/master/spec/Candid.md>.
pub mod code {
    use super::TypeRef;

    /// `null`.
    pub const NULL: TypeRef = -1;
    /// `nat`.
    pub const NAT: TypeRef = -3;
    /// `empty`.
    pub const EMPTY: TypeRef = -17;
    /// `principal`.
    pub const PRINCIPAL: TypeRef = -24;

    /// The names of the codes from -1 down to -17.
    pub const NAMES: [&str; 17] = [
        "null", "bool", "nat", "int", "nat8", "nat16", "nat32", "nat64", "int8", "int16", "int32",
        "int64", "float32", "float64", "text", "reserved", "empty",
    ];
}

/// As Candid itself: a message whose table is longer is refused.
const MAX_TABLE_BYTES: usize = 64 * 1024;

/// A type that consists of others.
#[derive(Debug, Eq, PartialEq)]
pub enum Compound {
    /// `opt`.
    Opt(TypeRef),
    /// `vec`.
    Vec(TypeRef),
    /// `record`: the hashes of its fields, and their types.
    Record(Vec<(u32, TypeRef)>),
    /// `variant`: the hashes of its tags, and their types.
    Variant(Vec<(u32, TypeRef)>),
    /// A reference to a function or a service, or a type of a later Candid.
    Other,
}

/// The types in a message.
#[derive(Debug, Eq, PartialEq)]
pub struct TypeTable {
    compounds: Vec<Compound>,
    /// The types of the arguments.
    pub arguments: Vec<TypeRef>,
}

impl TypeTable {
    /// Reads the table at the beginning of a message; none if it is not one.
    pub fn read(message: &[u8]) -> Option<Self> {
        let bounded = &message[..message.len().min(MAX_TABLE_BYTES)];
        let mut rest = Reader(bounded.strip_prefix(b"DIDL")?);
        let compounds = rest.list(Reader::compound)?;
        let arguments = rest.list(Reader::type_ref)?;
        Some(Self { compounds, arguments })
    }

    /// The type behind a reference, unless it is a simple one.
    pub fn compound(&self, reference: TypeRef) -> Option<&Compound> {
        self.compounds.get(usize::try_from(reference).ok()?)
    }

    /// The name of a type, without its parts.
    pub fn name(&self, reference: TypeRef) -> String {
        match self.compound(reference) {
            Some(Compound::Opt(inner)) => format!("opt {}", self.short_name(*inner)),
            Some(Compound::Vec(inner)) => format!("vec {}", self.short_name(*inner)),
            _ => self.short_name(reference).to_string(),
        }
    }

    fn short_name(&self, reference: TypeRef) -> &'static str {
        match self.compound(reference) {
            Some(Compound::Opt(_)) => "opt",
            Some(Compound::Vec(_)) => "vec",
            Some(Compound::Record(_)) => "record",
            Some(Compound::Variant(_)) => "variant",
            Some(Compound::Other) => "reference",
            None if reference == code::PRINCIPAL => "principal",
            None => {
                let position = usize::try_from(-1 - reference).ok();
                position.and_then(|at| code::NAMES.get(at)).copied().unwrap_or("unknown")
            }
        }
    }
}

/// Reads from the front. Each read takes a byte or fails, so no number in a message decides how long it goes on.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn unsigned(&mut self) -> Option<u64> {
        leb128::read::unsigned(&mut self.0).ok()
    }

    fn type_ref(&mut self) -> Option<TypeRef> {
        leb128::read::signed(&mut self.0).ok()
    }

    fn hash(&mut self) -> Option<u32> {
        u32::try_from(self.unsigned()?).ok()
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.unsigned()?;
        (0..length).map(|_| item(self)).collect()
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    fn compound(&mut self) -> Option<Compound> {
        Some(match self.type_ref()? {
            -18 => Compound::Opt(self.type_ref()?),
            -19 => Compound::Vec(self.type_ref()?),
            -20 => Compound::Record(self.fields()?),
            -21 => Compound::Variant(self.fields()?),
            -22 => self.function()?,
            -23 => self.service()?,
            later if later < code::PRINCIPAL => {
                let length = self.unsigned()?;
                self.skip(length)?;
                Compound::Other
            }
            _ => return None,
        })
    }

    /// Each hash once and in order, or it is not a table.
    fn fields(&mut self) -> Option<Vec<(u32, TypeRef)>> {
        let fields = self.list(|reader| Some((reader.hash()?, reader.type_ref()?)))?;
        fields.is_sorted_by(|(one, _), (next, _)| one < next).then_some(fields)
    }

    fn function(&mut self) -> Option<Compound> {
        self.list(Self::type_ref)?;
        self.list(Self::type_ref)?;
        self.list(|annotations| annotations.skip(1))?;
        Some(Compound::Other)
    }

    fn service(&mut self) -> Option<Compound> {
        self.list(|methods| {
            let name = methods.unsigned()?;
            methods.skip(name)?;
            methods.type_ref()
        })?;
        Some(Compound::Other)
    }
}
