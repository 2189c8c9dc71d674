//! The interpreter and the System API, shared by all sandboxes of a process.

use crate::vm::system_api::{self, host::Host};
use std::sync::LazyLock;
use wasmi::{CompilationMode, Config, Engine, Linker};

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

/// The interpreter.
pub(crate) fn engine() -> &'static Engine {
    &ENGINE
}

/// The linker that knows the System API.
pub(crate) fn linker() -> &'static Linker<Host> {
    &LINKER
}

/// Whether the System API has a function of this name.
pub(crate) fn knows(function: &str) -> bool {
    system_api::knows(function)
}
