//! Tables as people see them.

use super::{Table, printable, printable_line};

impl Table {
    /// The table with a title, headings and aligned columns.
    pub fn for_people(&self) -> String {
        let shown: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                let cells = self.columns.iter().zip(row);
                cells
                    .map(|(column, value)| printable_line(&column.show(value)).into_owned())
                    .collect()
            })
            .collect();
        let headings = self.columns.iter();
        let headings: Vec<String> = headings
            .map(|one| printable_line(&one.heading).into_owned())
            .collect();
        let width = |column: usize| {
            let cells = shown.iter().chain([&headings]);
            cells.map(|row| row[column].chars().count()).max()
        };
        let widths: Vec<usize> = (0..headings.len())
            .map(|column| width(column).unwrap_or(0))
            .collect();
        let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
        let mut text = String::new();
        if !self.title.is_empty() {
            text.push_str(&printable(&self.title));
            text.push('\n');
        }
        for cells in [&headings, &rule].into_iter().chain(&shown) {
            text.push_str(&line(cells, &widths));
        }
        text
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<String> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
        .collect();
    format!("{}\n", padded.join("  ").trim_end())
}
