//! Loads a canister's Wasm module: decompresses it, refuses what this simulator does not implement, and compiles it
//! once in a process.

use crate::vm::{
    engine,
    image::Image,
    instance::Instance,
    rewrite::{self, Exposed},
};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use wasmi::{ExternType, Val, ValType};
use wasmparser::{Parser, Payload};

/// Bytes in a page of a heap.
const WASM_PAGE: u64 = 65_536;
/// The most pages of a heap: 4 GiB.
const MAX_WASM_PAGES: u64 = 65_536;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The most bytes of a decompressed module, as on the network.
const MAX_MODULE_BYTES: u64 = 100 * 1024 * 1024;

/// Compiled modules by their hash.
static COMPILED: Mutex<BTreeMap<[u8; 32], Arc<CanisterModule>>> = Mutex::new(BTreeMap::new());

/// A custom section that a module shows to users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Whether everybody may read it; otherwise the controllers of the canister alone.
    pub is_public: bool,
    /// What it contains.
    pub content: Vec<u8>,
}

/// A module that is ready to be instantiated.
pub(crate) struct CanisterModule {
    /// SHA-256 of the module as it was uploaded, so of the compressed bytes if it came compressed.
    pub(crate) hash: [u8; 32],
    /// The module as it was uploaded.
    pub(crate) uploaded: Vec<u8>,
    /// The exported names of the mutable globals.
    pub(crate) globals: Vec<String>,
    /// The metadata by name.
    pub(crate) metadata: BTreeMap<String, Metadata>,
    /// Heap and globals of a new instance.
    pub(crate) image: Image,
    compiled: wasmi::Module,
    functions: BTreeSet<String>,
}

impl CanisterModule {
    /// Loads a module, or returns why it is refused.
    pub(crate) fn load(uploaded: &[u8]) -> Result<Arc<Self>, String> {
        let hash: [u8; 32] = Sha256::digest(uploaded).into();
        let known = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = known().get(&hash) {
            return Ok(Arc::clone(module));
        }
        let module = Arc::new(Self::compile(uploaded, hash)?);
        known().insert(hash, Arc::clone(&module));
        Ok(module)
    }

    fn compile(uploaded: &[u8], hash: [u8; 32]) -> Result<Self, String> {
        let wasm = decompressed(uploaded)?;
        let metadata = metadata(&wasm).map_err(|error| error.to_string())?;
        let Exposed { wasm, globals } = rewrite::expose(&wasm)?;
        let compiled =
            wasmi::Module::new(engine::engine(), &wasm).map_err(|error| error.to_string())?;
        refuse_unknown(&compiled)?;
        let functions = compiled
            .exports()
            .filter(|export| matches!(export.ty(), ExternType::Func(_)))
            .map(|export| export.name().to_owned())
            .collect();
        let mut image = Image::default();
        Instance::new(&compiled, &globals)?.record(&mut image);
        let uploaded = uploaded.to_vec();
        Ok(Self { hash, uploaded, globals, metadata, image, compiled, functions })
    }

    /// A new instance, in the state of [`Self::image`].
    pub(crate) fn instantiate(&self) -> Result<Instance, String> {
        Instance::new(&self.compiled, &self.globals)
    }

    /// Why a state is not one of this module, if it is not.
    pub(crate) fn check(&self, image: &Image) -> Result<(), String> {
        let types = |image: &Image| -> Vec<Option<ValType>> {
            image.globals.iter().map(|value| value.as_ref().map(Val::ty)).collect()
        };
        if types(&self.image) != types(image) {
            return Err(
                "Wasm exported globals of canister module and snapshot metadata do not match."
                    .to_owned(),
            );
        }
        let (least, most) = (self.image.heap.len(), self.most_heap());
        let heap = image.heap.len();
        if (least..=most).contains(&heap) {
            return Ok(());
        }
        Err(format!("a memory of {heap} bytes, and the module's has {least} to {most} bytes"))
    }

    /// How long the heap can become, in bytes.
    fn most_heap(&self) -> usize {
        let memories = self.compiled.exports().filter_map(|export| match export.ty() {
            ExternType::Memory(memory) => Some(memory.maximum().unwrap_or(MAX_WASM_PAGES)),
            _ => None,
        });
        let pages = memories.max().unwrap_or_default().min(MAX_WASM_PAGES);
        usize::try_from(pages * WASM_PAGE).expect("BUG: a memory beyond this machine's addresses")
    }

    /// Whether the module exports a function of this name.
    pub(crate) fn exports(&self, name: &str) -> bool {
        self.functions.contains(name)
    }
}

fn metadata(wasm: &[u8]) -> wasmparser::Result<BTreeMap<String, Metadata>> {
    let mut metadata = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CustomSection(section) = payload? else { continue };
        let (is_public, name) = match section.name().split_once(' ') {
            Some(("icp:public", name)) => (true, name),
            Some(("icp:private", name)) => (false, name),
            _ => continue,
        };
        let content = section.data().to_vec();
        metadata.insert(name.to_owned(), Metadata { is_public, content });
    }
    Ok(metadata)
}

fn decompressed(uploaded: &[u8]) -> Result<Vec<u8>, String> {
    if !uploaded.starts_with(&GZIP_MAGIC) {
        return Ok(uploaded.to_vec());
    }
    let mut wasm = Vec::new();
    GzDecoder::new(uploaded)
        .take(MAX_MODULE_BYTES)
        .read_to_end(&mut wasm)
        .map_err(|error| format!("cannot decompress the module: {error}"))?;
    Ok(wasm)
}

/// Refuses imports and exports that would behave otherwise than on the network, by name.
fn refuse_unknown(module: &wasmi::Module) -> Result<(), String> {
    for import in module.imports() {
        let known = import.module() == "ic0" && engine::knows(import.name());
        if !known {
            let (from, name) = (import.module(), import.name());
            return Err(format!(
                "unknown import `{from}.{name}`: this simulator does not implement it"
            ));
        }
    }
    for export in module.exports() {
        match export.ty() {
            ExternType::Memory(memory) if memory.is_64() => {
                return Err("64-bit memory is not implemented by this simulator".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}
