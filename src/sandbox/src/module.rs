//! Loads a canister's Wasm module: decompression, the refusal of what this simulator does not know, and
//! compilation, which is done once for each module in a process.

use crate::rewrite::{self, Exposed};
use crate::system_api::{self, Host};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use wasmi::{CompilationMode, Config, Engine, ExternType, Linker};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What a module may be after decompression, as on the network.
const MAX_MODULE_BYTES: u64 = 100 * 1024 * 1024;

/// The interpreter and the System API, shared by all sandboxes of a process.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::default();
    // Eager, because compilation on first use would be charged to whichever message comes first.
    config
        .consume_fuel(true)
        .compilation_mode(CompilationMode::Eager)
        .set_max_stack_height(16 * 1024 * 1024)
        .set_max_recursion_depth(50_000);
    Engine::new(&config)
});

static LINKER: LazyLock<Linker<Host>> = LazyLock::new(|| system_api::linker(&ENGINE));

/// Compiled modules by the hash of what was uploaded.
static COMPILED: Mutex<BTreeMap<[u8; 32], Arc<CanisterModule>>> = Mutex::new(BTreeMap::new());

/// A module that is ready to be instantiated.
pub(crate) struct CanisterModule {
    /// SHA-256 of the module as it was uploaded, so of the compressed bytes if it came compressed.
    pub(crate) hash: [u8; 32],
    /// The module as it was uploaded.
    pub(crate) uploaded: Vec<u8>,
    /// The exported names of the mutable globals.
    pub(crate) globals: Vec<String>,
    pub(crate) compiled: wasmi::Module,
    functions: BTreeSet<String>,
}

impl CanisterModule {
    /// Loads a module, or says why it is refused.
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
        let Exposed { wasm, globals } = rewrite::expose(&decompressed(uploaded)?)?;
        let compiled = wasmi::Module::new(&ENGINE, &wasm).map_err(|error| error.to_string())?;
        refuse_unknown(&compiled)?;
        let functions = compiled
            .exports()
            .filter(|export| matches!(export.ty(), ExternType::Func(_)))
            .map(|export| export.name().to_owned())
            .collect();
        Ok(Self { hash, uploaded: uploaded.to_vec(), globals, compiled, functions })
    }

    /// Whether the module exports a function of this name.
    pub(crate) fn exports(&self, name: &str) -> bool {
        self.functions.contains(name)
    }
}

/// The linker that knows the System API.
pub(crate) fn linker() -> &'static Linker<Host> {
    &LINKER
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
        let known = import.module() == "ic0" && system_api::knows(import.name());
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
