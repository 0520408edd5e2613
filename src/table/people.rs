//! Tables as people see them: on a terminal, in Markdown, in LaTeX.

use super::{Column, Digits, Table, Value, printable, printable_line};

/// How a table is laid out on a terminal.
pub struct Layout<'a> {
    /// Columns of the terminal; a wider table is cut into blocks that each begin with the columns
    /// that name its rows. Nothing for one of any width.
    pub width: Option<usize>,
    /// Gives a padded cell its colour.
    pub paint: &'a dyn Fn(&Column, &Value, String) -> String,
}

impl Default for Layout<'_> {
    fn default() -> Self {
        Self {
            width: None,
            paint: &|_, _, text| text,
        }
    }
}

/// Space between two columns.
const GAP: &str = "  ";

/// Most columns that name a row.
const MOST_KEYS: usize = 3;

impl Table {
    /// A cell for people. Of a number with an error in the same row (a column of the same name and
    /// `_error`, or `quadrature_error`) no digit is shown that the error makes meaningless.
    pub fn shown(&self, row: usize, column: usize) -> String {
        let (own, value) = (&self.columns[column], &self.rows[row][column]);
        let error = || {
            let names = [format!("{}_error", own.name), "quadrature_error".into()];
            let place = names.iter().find_map(|name| self.column(name))?;
            self.rows[row][place].as_number()
        };
        let text = match (own.digits, value) {
            (Digits::ByError, Value::Number(number)) => match error() {
                Some(error) if error > 0.0 => within_error(*number, error),
                _ => own.show(value),
            },
            _ => own.show(value),
        };
        printable_line(&text).into_owned()
    }

    /// The table with a title, headings and aligned columns.
    pub fn for_people(&self) -> String {
        self.laid_out(&Layout::default())
    }

    /// The same on a terminal.
    pub fn laid_out(&self, layout: &Layout) -> String {
        let shown = self.cells_for_people();
        let headings = self.headings();
        let widths: Vec<usize> = (0..headings.len())
            .map(|column| {
                let cells = shown.iter().chain([&headings]);
                let widths = cells.map(|row| row[column].chars().count());
                widths.max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        if !self.title.is_empty() {
            text.push_str(&printable(&self.title));
            text.push('\n');
        }
        for (place, block) in self.blocks(&widths, layout.width).iter().enumerate() {
            if place > 0 {
                text.push('\n');
            }
            let pad = |cells: &[String]| {
                let one = |&at: &usize| padded(&cells[at], widths[at]);
                block.iter().map(one).collect::<Vec<String>>()
            };
            text.push_str(&line(&pad(&headings)));
            let rule: Vec<String> = block.iter().map(|&at| "─".repeat(widths[at])).collect();
            text.push_str(&line(&rule));
            for (row, cells) in self.rows.iter().zip(&shown) {
                let mut own = pad(cells);
                let last = own.len().saturating_sub(1);
                for (place, (&at, cell)) in block.iter().zip(&mut own).enumerate() {
                    if place == last {
                        cell.truncate(cell.trim_end().len());
                    }
                    *cell = (layout.paint)(&self.columns[at], &row[at], std::mem::take(cell));
                }
                text.push_str(&line(&own));
            }
        }
        text
    }

    /// The table in Markdown, as GitHub and Pandoc read it.
    pub fn in_markdown(&self) -> String {
        let escaped = |text: &String| text.replace('\\', "\\\\").replace('|', "\\|");
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = String::new();
        if !self.title.is_empty() {
            text.push_str(&format!("**{}**\n\n", printable_line(&self.title)));
        }
        text.push_str(&line(self.headings().iter().map(escaped).collect()));
        let rule = (0..self.columns.len()).map(|at| match self.is_numeric(at) {
            true => "---:".to_owned(),
            false => "---".to_owned(),
        });
        text.push_str(&line(rule.collect()));
        for cells in self.cells_for_people() {
            text.push_str(&line(cells.iter().map(escaped).collect()));
        }
        text
    }

    /// The table in LaTeX, with the rules of booktabs.
    pub fn in_latex(&self) -> String {
        let line = |cells: Vec<String>| format!("    {} \\\\\n", cells.join(" & "));
        let columns: String = (0..self.columns.len())
            .map(|at| if self.is_numeric(at) { 'r' } else { 'l' })
            .collect();
        let mut text = String::new();
        if !self.title.is_empty() {
            text.push_str(&format!("% {}\n", printable_line(&self.title)));
        }
        text.push_str(&format!("\\begin{{tabular}}{{{columns}}}\n    \\toprule\n"));
        text.push_str(&line(
            self.headings().iter().map(|own| latex(own)).collect(),
        ));
        text.push_str("    \\midrule\n");
        for cells in self.cells_for_people() {
            text.push_str(&line(cells.iter().map(|own| latex(own)).collect()));
        }
        text + "    \\bottomrule\n\\end{tabular}\n"
    }

    fn headings(&self) -> Vec<String> {
        let headings = self.columns.iter();
        let one = |own: &Column| printable_line(&own.heading).into_owned();
        headings.map(one).collect()
    }

    fn cells_for_people(&self) -> Vec<Vec<String>> {
        let columns = 0..self.columns.len();
        let row = |row: usize| columns.clone().map(|at| self.shown(row, at)).collect();
        (0..self.rows.len()).map(row).collect()
    }

    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().map(|row| &row[column]);
        let number = |value: &Value| matches!(value, Value::Number(_) | Value::Missing);
        cells.clone().all(number) && cells.any(|value| !value.is_missing())
    }

    /// The columns of each block: of one, where there is room.
    fn blocks(&self, widths: &[usize], room: Option<usize>) -> Vec<Vec<usize>> {
        let space = |columns: &[usize]| -> usize {
            let own: usize = columns.iter().map(|&at| widths[at]).sum();
            own + GAP.len() * columns.len().saturating_sub(1)
        };
        let all: Vec<usize> = (0..widths.len()).collect();
        let Some(room) = room.filter(|room| space(&all) > *room) else {
            return vec![all];
        };
        let keys = self.keys();
        // A number beside the keys should fit.
        let keys = if space(&all[..keys]) + 13 > room {
            0
        } else {
            keys
        };
        let mut blocks = vec![all[..keys].to_vec()];
        for &column in &all[keys..] {
            let last = blocks.len() - 1;
            let longer = [&blocks[last][..], &[column]].concat();
            if space(&longer) <= room || blocks[last].len() <= keys {
                blocks[last] = longer;
            } else {
                blocks.push([&all[..keys], &[column]].concat());
            }
        }
        blocks
    }

    /// How many of the first columns name a row: counts and words.
    fn keys(&self) -> usize {
        let named = |at: &usize| {
            let counted = self.columns[*at].digits == Digits::Shortest;
            counted || !self.is_numeric(*at)
        };
        let first = (0..self.columns.len()).take(MOST_KEYS);
        first.take_while(named).count().min(self.columns.len() - 1)
    }
}

/// A number with two digits of its error.
fn within_error(number: f64, error: f64) -> String {
    let decimals = (1.0 - error.log10().floor()).clamp(0.0, 9.0);
    format!("{number:.0$}", decimals as usize)
}

fn padded(cell: &str, width: usize) -> String {
    format!("{cell}{}", " ".repeat(width - cell.chars().count()))
}

fn line(cells: &[String]) -> String {
    format!("{}\n", cells.join(GAP).trim_end())
}

/// Text of a cell in LaTeX: symbols and scripts in formulas, and nothing that commands it.
fn latex(text: &str) -> String {
    if text == "—" {
        return "---".into();
    }
    if let Some((digits, power)) = text.split_once('e')
        && let (Ok(_), Ok(power)) = (digits.parse::<f64>(), power.parse::<i32>())
    {
        return format!("${digits}\\times 10^{{{power}}}$");
    }
    if text.parse::<f64>().is_ok() {
        return format!("${text}$");
    }
    let mut all = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '&' | '%' | '#' | '_' | '{' | '}' | '$' => all.extend(['\\', c]),
            '\\' => all.push_str("\\textbackslash{}"),
            '^' => all.push_str("\\^{}"),
            '~' => all.push_str("\\textasciitilde{}"),
            '₀'..='₉' => {
                let letter = letter_before(&mut all);
                let mut own = vec![c];
                while let Some(next) = characters.next_if(|c| matches!(c, '₀'..='₉')) {
                    own.push(next);
                }
                let digit = |c: &char| char::from_digit(*c as u32 - '₀' as u32, 10).unwrap_or(*c);
                let own: String = own.iter().map(digit).collect();
                all.push_str(&format!("${letter}_{{{own}}}$"));
            }
            _ => match SYMBOLS.iter().find(|own| own.0 == c) {
                Some((_, command)) => all.push_str(&format!("${command}$")),
                None => all.push(c),
            },
        }
    }
    // A symbol and its script are one formula.
    all.replace("$$", "")
}

/// A single letter at the end of a text, which is a symbol: it is taken off.
fn letter_before(text: &mut String) -> String {
    let mut last = text.chars().rev();
    let letter = last.next().filter(char::is_ascii_alphabetic);
    let alone = last.next().is_none_or(|c| !c.is_ascii_alphanumeric());
    match letter.filter(|_| alone) {
        Some(letter) => {
            text.pop();
            letter.to_string()
        }
        None => String::new(),
    }
}

/// Symbols of headings and remarks.
const SYMBOLS: [(char, &str); 33] = [
    ('α', "\\alpha"),
    ('β', "\\beta"),
    ('γ', "\\gamma"),
    ('δ', "\\delta"),
    ('ζ', "\\zeta"),
    ('η', "\\eta"),
    ('θ', "\\theta"),
    ('κ', "\\kappa"),
    ('λ', "\\lambda"),
    ('ρ', "\\rho"),
    ('σ', "\\sigma"),
    ('Φ', "\\Phi"),
    ('Σ', "\\Sigma"),
    ('ω', "\\omega"),
    ('ℓ', "\\ell"),
    ('𝓛', "\\mathcal{L}"),
    ('±', "\\pm"),
    ('−', "-"),
    ('√', "\\surd"),
    ('∞', "\\infty"),
    ('→', "\\to"),
    ('≤', "\\le"),
    ('≥', "\\ge"),
    ('≠', "\\ne"),
    ('≈', "\\approx"),
    ('∝', "\\propto"),
    ('·', "\\cdot"),
    ('×', "\\times"),
    ('÷', "\\div"),
    ('²', "^2"),
    ('⁴', "^4"),
    ('⟨', "\\langle"),
    ('⟩', "\\rangle"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = [
            Column::new("solution").digits(Digits::Shortest),
            Column::new("zeta_11").headed("ζ₁₁").digits(Digits::ByError),
            Column::new("zeta_11_error")
                .headed("± ζ₁₁")
                .digits(Digits::Error),
            Column::new("outcome"),
        ];
        let mut table = Table::new("two | rows", columns);
        let rows: [[Value; 4]; 2] = [
            [
                1_usize.into(),
                0.871_650_259.into(),
                0.000_196_7.into(),
                "converged".into(),
            ],
            [
                2_usize.into(),
                Value::Missing,
                Value::Missing,
                "left_domain & more".into(),
            ],
        ];
        rows.into_iter().for_each(|row| table.push(row.to_vec()));
        table
    }

    #[test]
    fn a_wide_table_is_cut_into_blocks_that_name_their_rows() {
        let table = table();
        let whole = table.for_people();
        assert!(
            whole.contains("1         0.87165  2.0e-4  converged"),
            "{whole}"
        );
        for room in [12, 20, 24, 30, 60] {
            let layout = Layout {
                width: Some(room),
                ..Layout::default()
            };
            let text = table.laid_out(&layout);
            for cell in [
                "ζ₁₁",
                "0.87165",
                "2.0e-4",
                "converged",
                "left_domain & more",
            ] {
                assert!(text.contains(cell), "{room}: {text}");
            }
            let longest = text.lines().skip(1).map(|line| line.chars().count()).max();
            // One column and its key may be wider than the room.
            assert!(longest <= Some(room.max(28)), "{room}: {text}");
        }
    }

    #[test]
    fn no_digit_is_shown_that_its_error_makes_meaningless() {
        for (error, shown) in [
            (0.2, "0.87"),
            (0.03, "0.872"),
            (4.4e-6, "0.8716503"),
            (1e-14, "0.871650259"),
            (7.0, "0.9"),
            (70.0, "1"),
        ] {
            assert_eq!(within_error(0.871_650_259, error), shown, "{error}");
        }
    }

    #[test]
    fn other_programs_read_it() {
        let table = table();
        assert_eq!(
            table.in_markdown(),
            "**two | rows**\n\n| solution | ζ₁₁ | ± ζ₁₁ | outcome |\n| ---: | ---: | ---: | --- |\n\
             | 1 | 0.87165 | 2.0e-4 | converged |\n| 2 | — | — | left_domain & more |\n"
        );
        assert_eq!(
            table.in_latex(),
            "% two | rows\n\\begin{tabular}{rrrl}\n    \\toprule\n    \
             solution & $\\zeta_{11}$ & $\\pm$ $\\zeta_{11}$ & outcome \\\\\n    \\midrule\n    \
             $1$ & $0.87165$ & $2.0\\times 10^{-4}$ & converged \\\\\n    \
             $2$ & --- & --- & left\\_domain \\& more \\\\\n    \\bottomrule\n\\end{tabular}\n"
        );
    }
}
