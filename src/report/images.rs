//! Weights as images.

use super::markup::{element, escaped, number, section as headed};
use crate::error::{Error, Result};
use crate::experiment::Analyzed;
use crate::figure::{FigureSpec, NOMINAL_DPI, render_inline};
use crate::numerics::Matrix;
use crate::table::{Column, Table, Value};

/// Pixels of the page in a millimetre, as sizes of figures are given.
const PX_PER_MM: f64 = NOMINAL_DPI as f64 / 25.4;

/// Most pixels of all images together.
const MOST_PIXELS: usize = 300_000;

/// Most images.
const MOST_IMAGES: usize = 30;

/// Images side by side.
const ACROSS: usize = 5;

/// Width of the figure, its margins with the colour bar, and what stands beside each frame, over and
/// under it, and what the legend needs.
const WIDTH: f64 = 860.0;
const MARGINS: f64 = 115.0;
const BESIDE: f64 = 56.0;
const OVER: f64 = 86.0;
const LEGEND: f64 = 31.0;

/// Largest side of an image.
const LARGEST: f64 = 240.0;

/// Ratios of width and height at which an image is drawn true to its shape.
const SHAPES: [f64; 2] = [0.25, 4.0];

/// The section, where a shape was given.
///
/// # Errors
/// Names `image`.
pub fn section(found: &Analyzed, image: Option<[usize; 2]>) -> Result<String> {
    let Some([rows, columns]) = image else {
        return Ok(String::new());
    };
    check(found.settings.columns, [rows, columns])?;
    let obtained = found.obtained.as_ref();
    let content = match obtained.and_then(|obtained| obtained.weights.as_ref()) {
        Some(weights) => images(found, weights, [rows, columns])?,
        None => element(
            "p",
            "There are no weights to show: none were trained (--units and --train) or loaded, or training failed.",
        ),
    };
    Ok(headed("Weights as images", &content))
}

/// Checks the rows and columns of images against the number of columns that there are.
pub fn check(there: usize, [rows, columns]: [usize; 2]) -> Result<()> {
    let pixels = rows.checked_mul(columns);
    let got = format!("{rows}x{columns}");
    if pixels != Some(there) {
        let allowed = format!("rows times columns must be {there}, the columns of the file");
        return Err(Error::invalid("image", got, allowed));
    }
    if there > MOST_PIXELS {
        let allowed = format!("at most {MOST_PIXELS} pixels can be shown: leave it out");
        return Err(Error::invalid("image", got, allowed));
    }
    Ok(())
}

fn images(found: &Analyzed, weights: &Matrix, [rows, columns]: [usize; 2]) -> Result<String> {
    let shown = weights.ncols().min(MOST_IMAGES);
    let shown = shown.min((MOST_PIXELS / (rows * columns)).max(1));
    let kept = found.settings.kept();
    let mut table = Table::new("", ["unit", "x", "y", "size", "weight"].map(Column::new));
    for unit in 0..shown {
        let mut pixels = vec![Value::Missing; rows * columns];
        for (column, weight) in kept.iter().zip(weights.column(unit).iter()) {
            pixels[column - 1] = (*weight).into();
        }
        for (at, weight) in pixels.into_iter().enumerate() {
            let (row, column) = (at / columns, at % columns);
            let y = (rows - row) as f64;
            let x = (column + 1) as f64;
            table.push(vec![
                (unit + 1).into(),
                x.into(),
                y.into(),
                1.0.into(),
                weight,
            ]);
        }
    }
    let largest = weights.columns(0, shown).amax();
    let limit = if largest > 0.0 { largest } else { 1.0 };
    let left_out = rows * columns - kept.len();
    let spec = FigureSpec::parse(&spec(shown, [rows, columns], limit, left_out > 0))?;
    let description = format!(
        "Weights of {shown} units as images of {rows} × {columns} pixels, blue below 0 and red above, up to {}; {left_out} pixels are left out and hatched.",
        number(limit)
    );
    let svg = render_inline(&spec, &table, &description)?;
    let more = match weights.ncols() - shown {
        0 => String::new(),
        more => format!(" {more} more units are not shown."),
    };
    let hatched = match left_out {
        0 => String::new(),
        _ => format!(" Hatched: {left_out} columns that are left out, or do not vary."),
    };
    let caption = format!(
        "Weights of the units, {rows} × {columns} pixels, on one scale for all units; the sign of a unit is arbitrary.{hatched}{more}"
    );
    Ok(format!(
        "<figure>\n{svg}<figcaption>{}</figcaption>\n</figure>\n",
        escaped(&caption)
    ))
}

/// The specification of so many images.
fn spec(images: usize, [rows, columns]: [usize; 2], limit: f64, hatched: bool) -> String {
    let across = images.min(ACROSS);
    let down = images.div_ceil(across);
    let [least, most] = SHAPES;
    let aspect = (columns as f64 / rows as f64).clamp(least, most);
    let room = (WIDTH - MARGINS) / across as f64 - BESIDE;
    let width = room.min(LARGEST).min(LARGEST * aspect);
    let page = MARGINS + across as f64 * (width + BESIDE);
    // A frame that is not high has room for its colour bar.
    let height = (width / aspect).max(70.0) + OVER;
    let mut spec = format!(
        "data = \"report.csv\"\nsize = [{:.1}, {:.1}]\ncolumns = {across}\nletters = false\naspect = {aspect}\n",
        page / PX_PER_MM,
        (down as f64 * height + if hatched { LEGEND } else { 0.0 } + 8.0) / PX_PER_MM
    );
    for unit in 1..=images {
        let bar = unit == across;
        spec += &format!(
            "[[panel]]\ntitle = \"unit {unit}\"\nx = {{ label = \"\", column = \"x\", ticks = \"none\" }}\n\
             y = {{ label = \"\", column = \"y\", ticks = \"none\" }}\n\
             [[panel.series]]\nkind = \"heat\"\nvalue = \"weight\"\nvalue_label = \"weight\"\nwhere = {{ unit = \"{unit}\" }}\n\
             cell_width = \"size\"\ncell_height = \"size\"\nmap = \"diverging\"\nlimits = [{:e}, {limit:e}]\nmissing = \"left out\"\nbar = {bar}\n",
            -limit
        );
    }
    spec
}
