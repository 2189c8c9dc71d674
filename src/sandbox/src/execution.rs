//! Runs one entry point of one instance, and can put the instance back to where it was before.

use crate::call::Closure;
use crate::frame::Frame;
use crate::module::{self, CanisterModule};
use crate::rewrite;
use crate::system_api::Host;
use std::sync::Arc;
use wasmi::errors::ErrorKind;
use wasmi::{Func, Global, Instance, Memory, Store, TrapCode, Val};

const WASM_PAGE: usize = 65_536;

/// The function that an execution begins with.
pub(crate) enum Entry {
    /// An exported function without parameters.
    Export(String),
    /// A function of the table, with its environment.
    Closure(Closure),
}

/// Heap and mutable globals of an instance; a global that holds a reference is `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub(crate) heap: Vec<u8>,
    pub(crate) globals: Vec<Option<Val>>,
}

/// A canister's module in execution.
pub(crate) struct Vm {
    pub(crate) module: Arc<CanisterModule>,
    store: Store<Host>,
    instance: Instance,
    memory: Option<Memory>,
    globals: Vec<Global>,
    /// The image before the running execution; kept to spare an allocation for each message.
    saved: Image,
}

/// How an execution ended.
pub(crate) struct Run {
    pub(crate) frame: Frame,
    /// Why it trapped, if it did.
    pub(crate) result: Result<(), String>,
    /// Fuel that was used.
    pub(crate) instructions: u64,
}

impl Vm {
    /// A fresh instance; the start function has not run.
    pub(crate) fn new(module: &Arc<CanisterModule>) -> Result<Self, String> {
        let linker = module::linker();
        let mut store = Store::new(linker.engine(), Host::default());
        let instance = linker
            .instantiate_and_start(&mut store, &module.compiled)
            .map_err(|error| error.to_string())?;
        let memory = instance.get_memory(&store, rewrite::MEMORY);
        store.data_mut().memory = memory;
        let globals =
            module.globals.iter().filter_map(|name| instance.get_global(&store, name)).collect();
        Ok(Self {
            module: Arc::clone(module),
            store,
            instance,
            memory,
            globals,
            saved: Image::default(),
        })
    }

    /// An instance that continues where the image was taken.
    pub(crate) fn from_image(module: &Arc<CanisterModule>, image: &Image) -> Result<Self, String> {
        let mut vm = Self::new(module)?;
        vm.load(image)?;
        Ok(vm)
    }

    /// A copy of heap and globals.
    pub(crate) fn image(&self) -> Image {
        Image { heap: self.heap().to_vec(), globals: self.read_globals() }
    }

    pub(crate) fn heap(&self) -> &[u8] {
        self.memory.map_or(&[], |memory| memory.data(&self.store))
    }

    /// Remembers the present image, to return to it with [`Self::restore`].
    pub(crate) fn save(&mut self) {
        let mut heap = std::mem::take(&mut self.saved.heap);
        heap.clear();
        heap.extend_from_slice(self.heap());
        self.saved = Image { heap, globals: self.read_globals() };
    }

    /// Returns to the image that was saved last. A trap also gets a new instance, because it can leave a
    /// grown memory or a changed table behind.
    pub(crate) fn restore(&mut self, trapped: bool) {
        let saved = std::mem::take(&mut self.saved);
        if trapped || saved.heap.len() != self.heap().len() {
            *self = Self::from_image(&self.module, &saved)
                .expect("BUG: a module that ran cannot be instantiated again");
        } else {
            self.load(&saved).expect("BUG: an image does not fit the instance it was taken from");
        }
        self.saved = saved;
    }

    fn read_globals(&self) -> Vec<Option<Val>> {
        let read = |global: &Global| match global.get(&self.store) {
            Val::FuncRef(_) | Val::ExternRef(_) => None,
            number => Some(number),
        };
        self.globals.iter().map(read).collect()
    }

    fn load(&mut self, image: &Image) -> Result<(), String> {
        if let Some(memory) = self.memory {
            let missing = image.heap.len().saturating_sub(self.heap().len()) / WASM_PAGE;
            memory.grow(&mut self.store, missing as u64).map_err(|error| error.to_string())?;
            let heap = memory.data_mut(&mut self.store);
            heap.get_mut(..image.heap.len())
                .ok_or("the heap of the image is larger than the memory")?
                .copy_from_slice(&image.heap);
        }
        for (global, value) in self.globals.iter().zip(&image.globals) {
            if let Some(value) = value {
                global.set(&mut self.store, value.clone()).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    /// Runs an entry point to its end.
    pub(crate) fn run(&mut self, entry: &Entry, frame: Frame) -> Run {
        let fuel = frame.kind.fuel();
        self.store.set_fuel(fuel).expect("BUG: the engine does not meter fuel");
        self.store.data_mut().enter(frame);
        let result = self.invoke(entry, fuel);
        let mut frame = self.store.data_mut().leave();
        if let Some(unsent) = frame.draft.take() {
            frame.state.cycles += unsent.cycles;
        }
        Run {
            frame,
            result,
            instructions: fuel.saturating_sub(self.store.get_fuel().unwrap_or_default()),
        }
    }

    fn invoke(&mut self, entry: &Entry, fuel: u64) -> Result<(), String> {
        let (function, parameters) = match entry {
            Entry::Export(name) => (self.instance.get_func(&self.store, name), vec![]),
            Entry::Closure(closure) => {
                let environment = Val::I32(closure.environment.cast_signed());
                (self.table_entry(closure.function), vec![environment])
            }
        };
        let function = function.ok_or("Canister trapped: function not found")?;
        function.call(&mut self.store, &parameters, &mut []).map_err(|error| describe(&error, fuel))
    }

    fn table_entry(&self, index: u32) -> Option<Func> {
        let table = self.instance.get_table(&self.store, rewrite::TABLE)?;
        let entry = table.get(&self.store, u64::from(index))?;
        let function = entry.as_func()?;
        function.val().map(|function| **function)
    }
}

/// Says of a trap what the network would say.
fn describe(error: &wasmi::Error, fuel: u64) -> String {
    let trap = match error.kind() {
        ErrorKind::Message(message) => return message.to_string(),
        _ => error.as_trap_code(),
    };
    match trap {
        Some(TrapCode::OutOfFuel) => format!(
            "Canister exceeded the limit of {fuel} instructions for single message execution."
        ),
        Some(TrapCode::UnreachableCodeReached) => "Canister trapped: unreachable".to_owned(),
        Some(TrapCode::MemoryOutOfBounds) => "Canister trapped: heap out of bounds".to_owned(),
        _ => format!("Canister trapped: {error}"),
    }
}
