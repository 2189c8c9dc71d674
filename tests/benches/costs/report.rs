//! The table on the terminal, and the same figures for a program to read.

use std::{fmt::Write as _, fs, path::Path};

/// Figures in the order in which they were measured.
#[derive(Default)]
pub struct Report {
    rows: Vec<(String, f64, &'static str)>,
}

impl Report {
    /// Adds a figure and prints it.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        let name = name.into();
        println!("{name:<52} {:>18} {unit}", shown(value));
        self.rows.push((name, value, unit));
    }

    /// Writes `target/bench.tsv`.
    pub fn finish(self) {
        let mut lines = String::new();
        for (name, value, unit) in self.rows {
            writeln!(lines, "{name}\t{}\t{unit}", shown(value)).expect("a string takes all");
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench.tsv");
        fs::write(&path, lines).expect("target/bench.tsv can be written");
    }
}

/// Whole numbers whole, ratios with three digits.
fn shown(value: f64) -> String {
    if value >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}
