//! Tests of whole figures with heat maps.

use crate::figure::page::{Caption, Entries, Layout, Legend};
use crate::figure::{
    ColourMap, FigureError, FigureSpec, NOMINAL_DPI, Table, data, rasterise, render_svg, style,
};
use resvg::tiny_skia::Pixmap;

const SPEC: &str = r#"
    data = "map.csv"
    size = [109, 87]
    [[panel]]
    x = { label = "*t*", column = "t" }
    y = { label = "*s*", column = "s" }
    [[panel.series]]
    kind = "heat"
    value = "q"
    value_label = "*Q*(*t*, *s*)"
"#;

const TABLE: &str = "\
t,s,q
0,0,1
1,0,0.5
2,0,0
1,1,1
2,1,0.5
2,2,1
";

const HATCHED_ENTRY: &str = "no number";

/// The figure.
pub fn render(spec: &str, table: &str) -> Result<String, FigureError> {
    render_svg(&FigureSpec::parse(spec)?, &Table::read(table)?)
}

/// The message of the error, empty if there is none.
pub fn message(spec: &str, table: &str) -> String {
    match render(spec, table) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

/// The colours of the image in the frame of the only panel, but for its outermost pixels.
pub fn colours(spec: &str, table: &str) -> Vec<(u8, u8, u8)> {
    let svg = render(spec, table).expect("a figure");
    let (spec, table) = (FigureSpec::parse(spec), Table::read(table));
    let (spec, table) = (spec.expect("a specification"), table.expect("a table"));
    let data = data::resolve(&spec, &table).expect("numbers");
    let entries = Entries::collect(&spec, &data).expect("entries");
    let legend = Legend::wide(entries, 400.0).expect("a legend");
    let layout = Layout::new(&spec, &data, &legend, &Caption::default()).expect("enough room");
    let frame = layout.panels[0].frame;
    let image = rasterise(&svg, 2.0 * NOMINAL_DPI).expect("an image");
    let image = Pixmap::decode_png(&image).expect("a PNG");
    let pixels = |low: f64, high: f64| (2.0 * low) as u32 + 3..(2.0 * high) as u32 - 3;
    let rows = pixels(frame.top, frame.bottom);
    let places = rows.flat_map(|y| pixels(frame.left, frame.right).map(move |x| (x, y)));
    let colours = places.filter_map(|(x, y)| image.pixel(x, y));
    colours.map(|c| (c.red(), c.green(), c.blue())).collect()
}

#[test]
fn cells_fill_the_frame_and_absent_rows_are_white() {
    let pixels = colours(SPEC, TABLE);
    let share = |colour: (u8, u8, u8)| {
        let count = pixels.iter().filter(|&&pixel| pixel == colour).count();
        9.0 * count as f64 / pixels.len() as f64
    };
    // Of nine cells three are 1, two are 0.5, one is 0, and three are absent.
    let expected = [
        ((253, 231, 37), 3.0),
        (ColourMap::Viridis.at(128.0 / 255.0), 2.0),
        ((68, 1, 84), 1.0),
        (style::PAPER, 3.0),
    ];
    for (colour, cells) in expected {
        assert!(
            (share(colour) - cells).abs() < 0.1,
            "{colour:?}: {}",
            share(colour)
        );
    }
}

#[test]
fn there_are_no_gaps_between_cells() {
    let mut table = "t,s,q\n".to_owned();
    for t in 0..37 {
        for s in 0..23 {
            table += &format!("{t},{s},{}\n", (t + s) % 2);
        }
    }
    let pixels = colours(SPEC, &table);
    let ends = [(253, 231, 37), (68, 1, 84)];
    let other = pixels.iter().find(|pixel| !ends.contains(pixel));
    assert_eq!(other, None);
}

#[test]
fn cell_without_a_number_is_hatched_and_explained() {
    assert!(
        !render(SPEC, TABLE)
            .expect("a figure")
            .contains(HATCHED_ENTRY)
    );
    let failed = TABLE.replace("2,0,0\n", "2,0,\n");
    let svg = render(SPEC, &failed).expect("a figure");
    assert_eq!(svg.matches(HATCHED_ENTRY).count(), 1);
    // There are hatching lines, and not only in the legend: a second such cell has more.
    let lines = |svg: &str| svg.matches("#6E6E6E").count();
    let more = render(SPEC, &failed.replace("1,1,1\n", "1,1,\n")).expect("a figure");
    assert!(lines(&more) > lines(&svg) + 5);
    let named = SPEC.replace("value =", "missing = \"diverged\"\nvalue =");
    assert!(
        render(&named, &failed)
            .expect("a figure")
            .contains(">diverged<")
    );
    let all = "t,s,q\n0,0,\n1,0,\n0,1,\n1,1,\n";
    assert_eq!(message(SPEC, all), "");
    // Out of sight it needs no explanation.
    let zoomed = SPEC.replace("\"*t*\",", "\"*t*\", range = [-0.5, 1.5],");
    let svg = render(&zoomed, &failed).expect("a figure");
    assert!(!svg.contains(HATCHED_ENTRY));
}

#[test]
fn explicit_range_cuts_cells() {
    let zoomed = SPEC.replace("\"*t*\",", "\"*t*\", range = [1.0, 3.5],");
    let pixels = colours(&zoomed, TABLE);
    let yellow = pixels.iter().filter(|&&pixel| pixel == (253, 231, 37));
    let share = yellow.count() as f64 / pixels.len() as f64;
    // Half of one cell and a whole one, of 2.5 × 3.
    assert!((share - 1.5 / 7.5).abs() < 0.01, "{share}");
    let away = SPEC.replace("\"*t*\",", "\"*t*\", range = [2.5, 3.5],");
    assert_eq!(
        message(&away, TABLE),
        "panel 1, series 1 `*Q*(*t*, *s*)`: no cell lies in the ranges of the axes"
    );
}

#[test]
fn numbers_beyond_the_limits_get_a_pointed_bar() {
    let points = |fields: &str| {
        let spec = SPEC.replace("value =", &format!("{fields}\nvalue ="));
        let svg = render(&spec, TABLE).expect("a figure");
        svg.lines()
            .filter(|line| line.starts_with("<polygon "))
            .count()
    };
    assert_eq!(points(""), 0);
    assert_eq!(points("limits = [0, 1]"), 0);
    assert_eq!(points("limits = [0.2, 1]"), 1);
    assert_eq!(points("limits = [0.2, 0.8]"), 2);
}

#[test]
fn curves_lie_on_top_of_maps() {
    let both = format!(
        "{}\n[[panel.series]]\nlabel = \"theory\"\nkind = \"line\"\ncolor = \"orange\"\n",
        SPEC
    );
    let svg = render(&both, TABLE).expect("a figure");
    let curve = svg.find("#E69F00").expect("a curve");
    let cells = svg.find("crispEdges").expect("cells");
    assert!(cells < curve);
    // The curve has an entry in the legend, the map has none.
    assert_eq!(svg.matches(">theory<").count(), 1);
}

#[test]
fn thousands_of_cells_stay_small() {
    let mut table = "t,s,q\n".to_owned();
    for cell in 0..40_000_u32 {
        let (t, s, noise) = (
            cell / 200,
            cell % 200,
            cell.wrapping_mul(2_654_435_761) >> 8,
        );
        table += &format!("{t},{s},{noise}\n");
    }
    let svg = render(SPEC, &table).expect("a figure");
    assert!(svg.len() < 1_200_000, "{} bytes", svg.len());
}

#[test]
fn bad_cells_are_named() {
    let name = "panel 1, series 1 `*Q*(*t*, *s*)`";
    for (from, to, expected) in [
        (
            "2,1,0.5",
            "2,1,x",
            "row 5, column `q` holds `x`, expected a finite number",
        ),
        ("2,1,0.5", "2,1,inf", "row 5, column `q` holds `inf`"),
        (
            "2,1,0.5",
            ",1,0.5",
            "row 5, column `t` holds ``, expected a number",
        ),
        (
            "2,1,0.5",
            "1,0,0.5",
            "the cells of rows 2 and 5 overlap; select one",
        ),
        (
            "t,s,q",
            "t,s,p",
            "the table has no column `q`, it has t, s, p",
        ),
    ] {
        let found = message(SPEC, &TABLE.replace(from, to));
        assert!(found.starts_with(&format!("{name}: {expected}")), "{found}");
    }
    let log = SPEC.replace("value =", "color_scale = \"log\"\nvalue =");
    let found = message(&log, TABLE);
    assert!(
        found.contains("row 3, column `q` holds `0`, expected a positive number"),
        "{found}"
    );
    let log = SPEC.replace("column = \"s\"", "column = \"s\", scale = \"log\"");
    let found = message(&log, TABLE);
    assert!(
        found.contains("row 1, column `s` holds `0`, expected a positive number"),
        "{found}"
    );
    let found = message(SPEC, "t,s,q\n0,0,1\n1,0,1\n");
    assert!(
        found.contains("cell_height is absent: all cells stand side by side"),
        "{found}"
    );
}

#[test]
fn refined_cells_have_their_own_extents() {
    let spec = SPEC.replace(
        "value =",
        "cell_width = \"w\"\ncell_height = \"w\"\nvalue =",
    );
    // A coarse column of two cells beside four fine cells.
    let table = "t,s,q,w\n1,1,1,2\n1,3,1,2\n2.5,0.5,0,1\n3.5,0.5,0,1\n2.5,1.5,0,1\n3.5,1.5,0,1\n";
    let pixels = colours(&spec, table);
    let share = |colour| {
        let count = pixels.iter().filter(|&&pixel| pixel == colour).count();
        count as f64 / pixels.len() as f64
    };
    assert!((share((253, 231, 37)) - 0.5).abs() < 0.01);
    assert!((share((68, 1, 84)) - 0.25).abs() < 0.01);
    assert!((share(style::PAPER) - 0.25).abs() < 0.01);
    let found = message(&spec, &table.replace("3.5,1.5,0,1", "3.5,1.5,0,3"));
    assert!(found.contains("the cells of rows"), "{found}");
    let found = message(&spec, &table.replace("3.5,1.5,0,1", "3.5,1.5,0,0"));
    assert!(
        found.contains("row 6, column `w` holds `0`, expected the extent of a cell"),
        "{found}"
    );
}

#[test]
fn contours_are_drawn_and_explained() {
    let spec = SPEC.replace(
        "value =",
        "contours = [1.5]\ncontour_label = \"half\"\nvalue =",
    );
    let mut table = "t,s,q\n".to_owned();
    for t in 0..4 {
        for s in 0..3 {
            table += &format!("{t},{s},{t}\n");
        }
    }
    let svg = render(&spec, &table).expect("a figure");
    assert_eq!(svg.matches(">half<").count(), 1);
    // An upright line in the middle, on its casing; one more on the bar, and one in the legend.
    let lines = |width: &str| {
        let width = format!("stroke-width=\"{width}\"");
        let lines = svg.lines().filter(|line| line.starts_with("<polyline "));
        lines.filter(|line| line.contains(&width)).count()
    };
    assert_eq!((lines("5"), lines("11")), (3, 2));
    let none = render(&spec.replace("1.5", "7.5"), &table).expect("a figure");
    assert!(!none.contains(">half<"));
}

#[test]
fn contours_without_a_label_are_explained_by_their_numbers() {
    let spec = SPEC.replace("value =", "contours = [0.25, 0.75]\nvalue =");
    let svg = render(&spec, TABLE).expect("a figure");
    assert!(svg.contains(") = 0.25, 0.75</"), "{svg}");
    // Their numbers stand on the bar as well.
    assert!(svg.contains(">0.25<") && svg.contains(">0.75<"));
    let marked = SPEC.replace("value =", "bar_marks = [0.33]\nvalue =");
    assert!(render(&marked, TABLE).expect("a figure").contains(">0.33<"));
}

#[test]
fn smooth_map_has_more_colours_but_none_between_groups() {
    let mut table = "t,s,q,g\n".to_owned();
    for (t, s) in (0..8).flat_map(|t| (0..6).map(move |s| (t, s))) {
        let group = if t < 4 { "low" } else { "high" };
        let value = if t < 4 { 0.0 } else { 0.9 } + 0.02 * f64::from(s);
        table += &format!("{t},{s},{value},{group}\n");
    }
    let smooth = SPEC.replace("value =", "smooth = true\nsmooth_within = \"g\"\nvalue =");
    let different = |spec: &str| {
        let mut all = colours(spec, &table);
        all.sort_unstable();
        all.dedup();
        all
    };
    let (plain, run_on) = (different(SPEC), different(&smooth));
    assert_eq!(plain.len(), 12);
    assert!(run_on.len() > 2 * plain.len(), "{}", run_on.len());
    // Between 0.1 and 0.9 of the bar there is nothing.
    let middle = |colour: &(u8, u8, u8)| {
        (30..=220).any(|level| ColourMap::Viridis.at(f64::from(level) / 255.0) == *colour)
    };
    assert!(!run_on.iter().any(middle));
    let found = message(
        &SPEC.replace("value =", "smooth_within = \"g\"\nvalue ="),
        &table,
    );
    assert!(
        found.contains("smooth_within is given: only a map with `smooth = true`"),
        "{found}"
    );
}

#[test]
fn smooth_map_leaves_no_gap_between_cells() {
    let mut table = "t,s,q\n".to_owned();
    for (t, s) in (0..13).flat_map(|t| (0..11).map(move |s| (t, s))) {
        table += &format!("{t},{s},{}\n", t + s);
    }
    let smooth = SPEC.replace("value =", "smooth = true\nvalue =");
    assert!(!colours(&smooth, &table).contains(&style::PAPER));
}

#[test]
fn curves_on_a_map_have_white_under_them() {
    let both = format!(
        "{SPEC}\n[[panel.series]]\nlabel = \"theory\"\nkind = \"line\"\nwidth = 2.0\ncolor = \"orange\"\n"
    );
    let svg = render(&both, TABLE).expect("a figure");
    let white = |line: &&str| line.starts_with("<polyline ") && line.contains("stroke=\"#FFFFFF\"");
    // 2 px and 1.5 px more, in quarters.
    assert!(
        svg.lines()
            .filter(white)
            .all(|line| line.contains("stroke-width=\"14\""))
    );
    assert_eq!(svg.lines().filter(white).count(), 1);
}
