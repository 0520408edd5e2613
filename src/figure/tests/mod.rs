//! Tests of whole figures.

mod caption;
mod heat;
mod print;
mod regions;
mod sizes;

use super::*;

const SPEC: &str = r#"
    title = "demonstration"
    data = "demo.csv"
    size = [109, 87]
    [[panel]]
    x = { label = "*λ*", column = "x" }
    y = { label = "ζ_{11}", column = "y", range = [0.0, 1.0] }
    [[panel.series]]
    label = "theory"
    kind = "line"
    where = { source = "amp" }
    color = "blue"
    alternate = { where = { stable = "false" }, label = "unstable", dash = "dotted" }
    [[panel.series]]
    label = "simulation"
    kind = "points"
    where = { source = "sim" }
    error = "e"
    color = "orange"
    marker = "square"
    filled = false
"#;

const TABLE: &str = "\
# seed: 7 & more
source,x,y,e,stable
amp,1,0.1,,true
amp,2,0.4,,false
amp,3,0.8,,true
amp,4,0.9,,true
sim,1,0.2,0.05,true
sim,3,0.7,0.05,true
";

const BLUE: &str = "#0072B2";
const ORANGE: &str = "#E69F00";
const FAILURE_ENTRY: &str = "no number obtained";
const BEYOND_ENTRY: &str = "beyond the axis range";

fn render(spec: &str, table: &str) -> Result<String, FigureError> {
    render_svg(&FigureSpec::parse(spec)?, &Table::read(table)?)
}

/// Number of elements of a kind in a colour.
fn count(svg: &str, element: &str, colour: &str) -> usize {
    let start = format!("<{element} ");
    svg.lines()
        .filter(|line| line.starts_with(&start) && line.contains(colour))
        .count()
}

#[test]
fn two_renders_are_identical() {
    let svg = render(SPEC, TABLE).expect("a figure");
    assert_eq!(render(SPEC, TABLE), Ok(svg.clone()));
    assert!(svg.contains("<metadata>\nseed: 7 &amp; more\n</metadata>"));
    assert!(!svg.contains(FAILURE_ENTRY) && !svg.contains(BEYOND_ENTRY));
    assert_eq!(rasterise(&svg, 96.0), rasterise(&svg, 96.0));
}

#[test]
fn empty_cell_is_drawn_as_failure_and_never_as_zero() {
    let whole = render(SPEC, TABLE).expect("a figure");
    let failed = TABLE.replace("sim,3,0.7,0.05", "sim,3,,");
    let svg = render(SPEC, &failed).expect("a figure");
    assert_eq!(svg.matches(FAILURE_ENTRY).count(), 1);
    // One square less (rim and error bar with two caps), but a cross of two strokes.
    let lines = |svg: &str| count(svg, "polyline", ORANGE);
    assert_eq!(lines(&svg) + 4, lines(&whole) + 2);
}

#[test]
fn line_is_broken_where_a_number_is_missing() {
    let solid = SPEC.replace(
        "where = { stable = \"false\" }",
        "where = { stable = \"true\" }",
    );
    let whole = render(&solid.replace("dotted", "dashed"), TABLE).expect("a figure");
    let failed = TABLE.replace("amp,2,0.4", "amp,2,");
    let svg = render(SPEC, &failed).expect("a figure");
    // The first point has lost its neighbour and becomes a dot.
    assert_eq!(
        count(&svg, "circle", BLUE),
        count(&whole, "circle", BLUE) + 1
    );
    assert_eq!(svg.matches(FAILURE_ENTRY).count(), 1);
}

#[test]
fn numbers_beyond_the_range_get_triangles() {
    let beyond = TABLE.replace("sim,3,0.7", "sim,3,1.7");
    let svg = render(SPEC, &beyond).expect("a figure");
    assert_eq!(svg.matches(BEYOND_ENTRY).count(), 1);
    assert_eq!(count(&svg, "polygon", ORANGE), 1);
    let log = SPEC.replace("range = [0.0, 1.0]", "range = [0.01, 1.0], scale = \"log\"");
    let zero = TABLE.replace("sim,3,0.7", "sim,3,0");
    let svg = render(&log, &zero).expect("a figure");
    assert_eq!(count(&svg, "polygon", ORANGE), 1);
}

#[test]
fn missing_error_is_ringed() {
    let svg = render(SPEC, &TABLE.replace("sim,3,0.7,0.05", "sim,3,0.7,")).expect("a figure");
    assert_eq!(svg.matches("no error obtained").count(), 1);
}

#[test]
fn selections_without_rows_name_panel_and_series() {
    let message = |spec: &str| match render(spec, TABLE) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        message(&SPEC.replace("\"sim\"", "\"sym\"")),
        "panel 1, series 2 `simulation`: no row of the table has source = \"sym\""
    );
    assert_eq!(
        message(&SPEC.replace("\"false\"", "\"False\"")),
        "panel 1, series 1 `theory`: no row of the table has stable = \"False\""
    );
    assert_eq!(
        message(&SPEC.replace("error = \"e\"", "error = \"se\"")),
        "panel 1, series 2 `simulation`: the table has no column `se`, it has source, x, y, e, stable"
    );
}

#[test]
fn cells_without_a_number_are_named() {
    for (cell, expected) in [
        ("0.7", "0.7x"),
        ("0.7", "NaN"),
        ("0.05,true\n", "-1,true\n"),
    ] {
        let found = render(SPEC, &TABLE.replace(cell, expected));
        assert!(
            matches!(found, Err(FigureError::BadCell { .. })),
            "{found:?}"
        );
    }
    let found = render(SPEC, &TABLE.replace("0.7", "abc")).expect_err("no number");
    let message = found.to_string();
    assert!(
        message.contains("series 2 `simulation`: row 6, column `y` holds `abc`"),
        "{message}"
    );
    let found = render(SPEC, &TABLE.replace("sim,3", "sim,"));
    assert!(matches!(found, Err(FigureError::BadCell { row: 6, .. })));
}

#[test]
fn legend_refuses_one_label_for_two_styles() {
    let found = render(&SPEC.replace("\"simulation\"", "\"theory\""), TABLE);
    assert_eq!(found, Err(FigureError::AmbiguousLabel("theory".into())));
}

#[test]
fn figure_that_is_too_small_is_refused() {
    for size in ["[109, 30]", "[24, 87]"] {
        let found = render(&SPEC.replace("[109, 87]", size), TABLE);
        assert!(
            matches!(found, Err(FigureError::DoesNotFit { .. })),
            "{found:?}"
        );
    }
    let long = SPEC.replace("ζ_{11}", &"ζ".repeat(80));
    assert!(matches!(
        render(&long, TABLE),
        Err(FigureError::DoesNotFit { .. })
    ));
}

#[test]
fn everything_drawn_lies_inside_the_page() {
    let grid = format!(
        "{}\n[[panel]]\n{}",
        SPEC.replace(
            "size = [109, 87]",
            "size = [152, 152]\ncolumns = 1\nlegend = \"right\""
        ),
        SPEC.split_once("[[panel]]").map_or("", |(_, panel)| panel)
    );
    let svg = render(&grid, TABLE).expect("a figure");
    let tree = ink::tree(&svg).expect("good SVG");
    let drawn = tree.root().abs_bounding_box();
    // The paper may end a quarter of a nominal pixel beyond the page.
    let edge = 152.0 / 25.4 * 96.0 + 0.25;
    assert!(drawn.left() >= 0.0 && drawn.right() <= edge, "{drawn:?}");
    assert!(drawn.top() >= 0.0 && drawn.bottom() <= edge, "{drawn:?}");
}

#[test]
fn curve_and_mark_may_have_a_part_only() {
    let short = SPEC.replace("error = \"e\"", "error = \"e\"\nspan = [0.5, 2.0]");
    // One of two squares with its rim, error bar and two caps; the other sample is in the legend.
    let squares = |spec: &str| count(&render(spec, TABLE).expect("a figure"), "polyline", ORANGE);
    assert_eq!(squares(SPEC) - squares(&short), 4);
    assert_eq!(
        render(&short.replace("[0.5, 2.0]", "[7.0, 8.0]"), TABLE),
        Err(FigureError::EmptySelection {
            place: "panel 1, series 2 `simulation`".into(),
            selection: "an abscissa from 7 to 8, its `span`".into(),
        })
    );
    let length = |span: &str| {
        let mark = format!("[[panel.mark]]\naxis = \"x\"\nvalue = 2.0\ndash = \"solid\"\n{span}\n");
        let svg = render(&format!("{SPEC}{mark}"), TABLE).expect("a figure");
        let mut lines = svg.lines().filter(|line| line.contains("#808080"));
        let (_, points) = lines
            .next()
            .and_then(|line| line.split_once("points=\""))
            .expect("a line");
        let ends = points
            .split_whitespace()
            .filter_map(|point| point.trim_end_matches('"').split_once(','));
        let heights: Vec<f64> = ends
            .filter_map(|(_, y)| y.split('"').next()?.parse().ok())
            .collect();
        (heights[0] - heights[1]).abs()
    };
    let away = "[[panel.mark]]\naxis = \"x\"\nvalue = 2.0\nspan = [1.5, 2.5]\n";
    let found = render(&format!("{SPEC}{away}"), TABLE).expect_err("out of sight");
    assert!(
        found
            .to_string()
            .starts_with("panel 1, mark 1: span is [1.5, 2.5]"),
        "{found}"
    );
    let (whole, part) = (length(""), length("span = [0.25, 0.75]"));
    assert!((part / whole - 0.5).abs() < 0.01, "{part} of {whole}");
}
