//! Tables for a terminal.

use backup_journal::text::visible;
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

/// A table in which some columns are of numbers.
pub fn table<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    numbers: &[usize],
) -> String {
    let mut table = Table::new();
    table
        .load_preset(ASCII_MARKDOWN)
        .set_header(header)
        .add_rows(rows.map(|row| row.map(|cell| visible(&cell).into_owned())));
    for column in numbers {
        let column = table.column_mut(*column).expect("BUG: a column is missing");
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}
