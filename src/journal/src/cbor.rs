//! How principals, shared texts and counts are written in the numbered encodings of this crate's records.

/// A principal as a byte string; for `#[cbor(with = "crate::cbor::principal")]`.
pub mod principal {
    use candid::Principal;
    use minicbor::{Decoder, Encoder};

    /// Writes the bytes of `principal`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<Ctx, W: minicbor::encode::Write>(
        principal: &Principal,
        e: &mut Encoder<W>,
        _: &mut Ctx,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(principal.as_slice())?.ok()
    }

    /// Reads a principal.
    ///
    /// # Errors
    /// When the next item is not a byte string of at most 29 bytes.
    pub fn decode<Ctx>(
        d: &mut Decoder<'_>,
        _: &mut Ctx,
    ) -> Result<Principal, minicbor::decode::Error> {
        Principal::try_from_slice(d.bytes()?)
            .map_err(|e| minicbor::decode::Error::message(e.to_string()))
    }
}

/// Principals as an array of byte strings; for `#[cbor(with = "crate::cbor::principals")]`.
pub mod principals {
    use candid::Principal;
    use minicbor::{Decoder, Encoder};

    /// Writes the principals.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<Ctx, W: minicbor::encode::Write>(
        principals: &[Principal],
        e: &mut Encoder<W>,
        ctx: &mut Ctx,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(principals.len() as u64)?;
        principals.iter().try_for_each(|principal| super::principal::encode(principal, e, ctx))
    }

    /// Reads principals.
    ///
    /// # Errors
    /// When the next item is not an array of byte strings of at most 29 bytes.
    pub fn decode<Ctx>(
        d: &mut Decoder<'_>,
        ctx: &mut Ctx,
    ) -> Result<Vec<Principal>, minicbor::decode::Error> {
        let mut principals = Vec::new();
        for _ in 0..d.array()?.unwrap_or_default() {
            principals.push(super::principal::decode(d, ctx)?);
        }
        Ok(principals)
    }
}

/// A principal or null; for `#[cbor(with = "crate::cbor::opt_principal")]`.
pub mod opt_principal {
    use candid::Principal;
    use minicbor::{Decoder, Encoder, data::Type};

    /// Writes the bytes of the principal, or null.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<Ctx, W: minicbor::encode::Write>(
        principal: &Option<Principal>,
        e: &mut Encoder<W>,
        ctx: &mut Ctx,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match principal {
            Some(principal) => super::principal::encode(principal, e, ctx),
            None => e.null()?.ok(),
        }
    }

    /// Reads a principal or null.
    ///
    /// # Errors
    /// When the next item is neither.
    pub fn decode<Ctx>(
        d: &mut Decoder<'_>,
        ctx: &mut Ctx,
    ) -> Result<Option<Principal>, minicbor::decode::Error> {
        if d.datatype()? == Type::Null {
            d.skip()?;
            return Ok(None);
        }
        super::principal::decode(d, ctx).map(Some)
    }
}

/// A text that its copies share; for `#[cbor(with = "crate::cbor::shared_text")]`.
pub mod shared_text {
    use minicbor::{Decoder, Encoder};
    use std::sync::Arc;

    /// Writes the text.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<Ctx, W: minicbor::encode::Write>(
        text: &Arc<str>,
        e: &mut Encoder<W>,
        _: &mut Ctx,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(text)?.ok()
    }

    /// Reads a text.
    ///
    /// # Errors
    /// When the next item is not a text.
    pub fn decode<Ctx>(
        d: &mut Decoder<'_>,
        _: &mut Ctx,
    ) -> Result<Arc<str>, minicbor::decode::Error> {
        d.str().map(Arc::from)
    }
}

/// A number that is mostly 0, and then takes no room at the end of a record; for
/// `#[cbor(with = "crate::cbor::count", has_nil)]`.
pub mod count {
    use minicbor::{Decoder, Encoder};

    /// Writes the number.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<Ctx, W: minicbor::encode::Write>(
        count: &u32,
        e: &mut Encoder<W>,
        _: &mut Ctx,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        if *count == 0 { e.null()?.ok() } else { e.u32(*count)?.ok() }
    }

    /// Reads a number.
    ///
    /// # Errors
    /// When the next item is neither a number nor null.
    pub fn decode<Ctx>(d: &mut Decoder<'_>, _: &mut Ctx) -> Result<u32, minicbor::decode::Error> {
        if d.datatype()? == minicbor::data::Type::Null {
            d.skip()?;
            return Ok(0);
        }
        d.u32()
    }

    /// What a record has that ends in front of the number.
    #[allow(clippy::unnecessary_wraps, reason = "the derived code asks for it so")]
    pub const fn nil() -> Option<u32> {
        Some(0)
    }

    /// Whether a record may end in front of the number.
    pub const fn is_nil(count: &u32) -> bool {
        *count == 0
    }
}

#[cfg(test)]
mod tests {
    use candid::Principal;
    use minicbor::{Decode, Encode, Encoder, to_vec};

    #[derive(Debug, Decode, Encode, PartialEq)]
    struct Canisters {
        #[cbor(n(0), with = "crate::cbor::principals")]
        principals: Vec<Principal>,
        #[cbor(n(1), with = "crate::cbor::opt_principal")]
        first: Option<Principal>,
        #[cbor(n(2), with = "crate::cbor::count", has_nil)]
        count: u32,
    }

    #[test]
    fn what_is_written_is_read() {
        let principals = vec![Principal::anonymous(), Principal::from_slice(&[1, 2, 3])];
        for count in [0, 1, 7] {
            for principals in [Vec::new(), principals.clone()] {
                let first = principals.first().copied();
                let canisters = Canisters { principals, first, count };
                let bytes = to_vec(&canisters).unwrap();
                assert_eq!(minicbor::decode::<Canisters>(&bytes).unwrap(), canisters);
            }
        }
    }

    /// A record grows by one byte for a small count, and ends in front of a count of 0.
    #[test]
    fn a_count_of_zero_takes_no_room() {
        let bytes =
            |count| to_vec(Canisters { principals: Vec::new(), first: None, count }).unwrap();
        assert!(bytes(0).len() < bytes(1).len());
        assert_eq!(bytes(1).len(), bytes(7).len());
    }

    #[test]
    fn a_count_may_be_written_as_null() {
        let mut encoder = Encoder::new(Vec::new());
        encoder.array(3).unwrap().array(0).unwrap().null().unwrap().null().unwrap();
        let canisters: Canisters = minicbor::decode(&encoder.into_writer()).unwrap();
        assert_eq!(canisters.count, 0);
    }
}
