//! Figures of absurd size: drawn from what can be seen, or refused with the number and the limit.

use super::render as drawn;
use crate::figure::{FigureError, rasterise};

/// A specification with this series, and what follows it.
fn spec(series: &str) -> String {
    format!(
        "data = \"a.csv\"\nsize = [109, 87]\n[[panel]]\n\
         x = {{ label = \"x\", column = \"x\" }}\ny = {{ label = \"y\", column = \"y\" }}\n\
         [[panel.series]]\n{series}\n"
    )
}

/// A table of so many rows, the ordinates of which a function of the row gives.
fn table(rows: usize, y: impl Fn(usize) -> String) -> String {
    let rows = (0..rows).map(|row| format!("{row},{}\n", y(row)));
    format!("x,y\n{}", rows.collect::<String>())
}

fn scattered(row: usize) -> String {
    ((row as u32).wrapping_mul(2_654_435_761) % 1000).to_string()
}

#[track_caller]
fn refused(spec: &str, table: &str, expected: &str) {
    let found = drawn(spec, table).expect_err("too much").to_string();
    assert_eq!(found, expected);
}

#[test]
fn a_line_of_many_rows_is_drawn_from_what_can_be_seen() {
    const LINE: &str = "label = \"s\"\nkind = \"line\"";
    for fields in [
        "",
        "\ndash = \"dotted\"",
        "\ndash = \"dashed\"\nwidth = 0.5",
    ] {
        let spec = spec(&format!("{LINE}{fields}"));
        let svg = drawn(&spec, &table(100_000, scattered)).expect("a figure");
        assert!(svg.len() < 30_000_000, "{}", svg.len());
        if fields.is_empty() {
            assert!(svg.len() < 200_000, "{}", svg.len());
            rasterise(&svg, 96.0).expect("an image");
        }
    }
    let band = spec(&format!("{LINE}\nerror = \"x\"\nband = true"));
    let svg = drawn(&band, &table(100_000, scattered)).expect("a figure");
    assert!(svg.len() < 400_000, "{}", svg.len());
}

#[test]
fn rows_without_a_number_stand_in_the_frame() {
    let spec = spec("label = \"s\"\nkind = \"line\"");
    let missing = |row: usize| {
        if row < 10 {
            row.to_string()
        } else {
            String::new()
        }
    };
    let svg = drawn(&spec, &table(50_000, missing)).expect("a figure");
    assert!(svg.len() < 10_000_000, "{}", svg.len());
    let svg = drawn(
        &spec.replace("label = \"y\"", "label = \"y\", range = [0.5, 1.5]"),
        &table(50_000, scattered),
    )
    .expect("a figure");
    assert!(svg.len() < 1_000_000, "{}", svg.len());
}

#[test]
fn what_no_page_can_hold_is_refused_with_number_and_limit() {
    let points = spec("label = \"s\"\nkind = \"points\"");
    refused(
        &points,
        &table(50_001, scattered),
        "panel 1 has 50001 markers: at most 50000 can be drawn",
    );
    let small = table(4, scattered);
    let series = "[[panel.series]]\nlabel = \"s\"\nkind = \"points\"\n";
    refused(
        &format!("{points}{}", series.repeat(2999)),
        &small,
        "the figure has 3000 series: at most 200 can be drawn",
    );
    refused(
        &format!(
            "{points}{}",
            "[[panel.mark]]\naxis = \"x\"\nvalue = 1\n".repeat(3000)
        ),
        &small,
        "panel 1 has 3000 reference lines: at most 200 can be drawn",
    );
    let heat = spec("kind = \"heat\"\nvalue = \"v\"\nvalue_label = \"v\"\ncontours = LEVELS");
    let levels = format!("[{}]", "0.5,".repeat(100_000));
    refused(
        &heat.replace("LEVELS", &levels),
        &small,
        "panel 1, series 1 `v` has 100000 contours: at most 100 can be drawn",
    );
    let wide: Vec<String> = (0..100_000).map(|column| format!("c{column}")).collect();
    refused(
        &points,
        &wide.join(","),
        "the table has 100000 columns: at most 10000 are possible",
    );
}

#[test]
fn a_scribble_is_refused_before_it_is_drawn() {
    let line = spec("label = \"s\"\nkind = \"line\"\ndash = \"dotted\"\nwidth = 0.25");
    let scribble = table(0, scattered)
        + &(0..60_000)
            .map(|row| format!("{},{}\n", scattered(row), scattered(row + 7777)))
            .collect::<String>();
    let found = drawn(&line, &scribble).expect_err("too much");
    let is_corners = |error: &FigureError| matches!(error, FigureError::TooMany { what, .. } if what.contains("corners"));
    assert!(is_corners(&found), "{found}");
}
