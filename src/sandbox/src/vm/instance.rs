//! An instance of a module in the interpreter.

use crate::model::call::Closure;
use crate::vm::{
    engine,
    frame::Frame,
    image::Image,
    rewrite::{MEMORY, TABLE},
    system_api::host::Host,
};
use wasmi::{Func, Global, Memory, Store, TrapCode, Val, errors::ErrorKind};

const WASM_PAGE: usize = 65_536;

/// The function that an execution begins with.
pub(crate) enum Entry {
    /// An exported function without parameters.
    Export(String),
    /// A function of the table, with its environment.
    Closure(Closure),
}

/// An instance of a module.
pub(crate) struct Instance {
    store: Store<Host>,
    exports: wasmi::Instance,
    memory: Option<Memory>,
    globals: Vec<Global>,
}

/// How an execution ended.
pub(crate) struct Run {
    pub(crate) frame: Frame,
    /// Why it trapped, if it did.
    pub(crate) result: Result<(), String>,
    /// Fuel that was used.
    pub(crate) instructions: u64,
}

impl Instance {
    /// A new instance of a rewritten module with these exported globals; the start function has not run.
    pub(crate) fn new(module: &wasmi::Module, globals: &[String]) -> Result<Self, String> {
        let linker = engine::linker();
        let mut store = Store::new(linker.engine(), Host::default());
        let exports =
            linker.instantiate_and_start(&mut store, module).map_err(|error| error.to_string())?;
        let memory = exports.get_memory(&store, MEMORY);
        store.data_mut().memory = memory;
        let globals = globals.iter().filter_map(|name| exports.get_global(&store, name)).collect();
        Ok(Self { store, exports, memory, globals })
    }

    fn heap(&self) -> &[u8] {
        self.memory.map_or(&[], |memory| memory.data(&self.store))
    }

    /// Brings an image up to date; it shares with its former self what has not changed.
    pub(crate) fn record(&self, image: &mut Image) {
        image.heap.resize_bytes(self.heap().len());
        image.heap.record(self.heap());
        image.globals = self.read_globals();
    }

    fn read_globals(&self) -> Vec<Option<Val>> {
        let read = |global: &Global| match global.get(&self.store) {
            Val::FuncRef(_) | Val::ExternRef(_) => None,
            number => Some(number),
        };
        self.globals.iter().map(read).collect()
    }

    /// Continues where the image was recorded. False if that is impossible because the memory is larger now:
    /// then a new instance is needed.
    ///
    /// # Panics
    ///
    /// If the image is that of another module.
    pub(crate) fn restore(&mut self, image: &Image) -> bool {
        if self.heap().len() > image.heap.len() {
            return false;
        }
        if let Some(memory) = self.memory {
            let missing = (image.heap.len() - self.heap().len()) / WASM_PAGE;
            memory
                .grow(&mut self.store, missing as u64)
                .expect("BUG: the memory of an image is larger than its module allows");
            image.heap.restore(memory.data_mut(&mut self.store));
        }
        for (global, value) in self.globals.iter().zip(&image.globals) {
            if let Some(value) = value {
                global
                    .set(&mut self.store, value.clone())
                    .expect("BUG: a global of an image has another type in its module");
            }
        }
        true
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
            Entry::Export(name) => (self.exports.get_func(&self.store, name), vec![]),
            Entry::Closure(closure) => {
                let environment = Val::I32(closure.environment.cast_signed());
                (self.table_entry(closure.function), vec![environment])
            }
        };
        let function = function.ok_or("Canister trapped: function not found")?;
        function.call(&mut self.store, &parameters, &mut []).map_err(|error| describe(&error, fuel))
    }

    fn table_entry(&self, index: u32) -> Option<Func> {
        let table = self.exports.get_table(&self.store, TABLE)?;
        let entry = table.get(&self.store, u64::from(index))?;
        let function = entry.as_func()?;
        function.val().map(|function| **function)
    }
}

/// The message of a trap, as the network words it.
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
