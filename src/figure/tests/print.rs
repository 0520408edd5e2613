//! Tests of what makes a figure fit for print: its size, letters, the strip for rows without a
//! number, labels beside lines, and legends of panels.

use super::caption::texts;
use super::{ORANGE, SPEC, TABLE, render};
use crate::figure::page::{Caption, Entries, Layout, Legend, metrics};
use crate::figure::{FigureError, FigureSpec, Table, data, pdf, rasterise};

/// The places in a figure without a caption.
fn layout(spec: &str, table: &str) -> Layout {
    let spec = FigureSpec::parse(spec).expect("a specification");
    let table = Table::read(table).expect("a table");
    let data = data::resolve(&spec, &table).expect("numbers");
    let entries = Entries::collect(&spec, &data).expect("entries");
    let legend = Legend::wide(entries, spec.page()[0] - 2.0 * metrics::MARGIN).expect("a legend");
    Layout::new(&spec, &data, &legend, &Caption::default()).expect("enough room")
}

/// The specification with a second panel like the first.
fn doubled(fields: &str) -> String {
    let (head, panel) = SPEC.split_once("[[panel]]").expect("a panel");
    let head = head.replace("[109, 87]", "[178, 87]");
    format!("{head}{fields}\n[[panel]]{panel}[[panel]]\ntitle = \"more\"{panel}")
}

fn contents(svg: &str) -> Vec<String> {
    texts(svg).into_iter().map(|(content, _)| content).collect()
}

#[test]
fn a_figure_has_its_size_on_paper_in_every_format() {
    let svg = render(SPEC, TABLE).expect("a figure");
    assert!(svg.starts_with("<svg width=\"109mm\" height=\"87mm\" viewBox=\"0 0 2008 1603\""));
    // Tick labels of 7.4 pt, on a page of 109 mm that is 2008 units wide.
    let units = 12.0 * 4.0 / 2008.0 * 109.0 / 25.4 * 72.0;
    assert!(svg.contains("font-size=\"48\"") && (units - 7.38_f64).abs() < 0.01);
    let png = rasterise(&svg, 300.0).expect("an image");
    // 109 and 87 mm at 300 pixels per inch.
    let sides = [1287_u32, 1028].map(u32::to_be_bytes).concat();
    assert_eq!(png[16..24], sides);
    assert!(png.windows(4).any(|name| name == b"pHYs"));
    let file = pdf(&svg).expect("a file");
    assert!(file.starts_with(b"%PDF-"));
    let file = String::from_utf8_lossy(&file);
    let (_, page) = file.split_once("/MediaBox [0 0 ").expect("a page");
    let (page, _) = page.split_once(']').expect("its end");
    let page: Vec<f64> = page
        .split(' ')
        .map(|side| side.parse().expect("a number"))
        .collect();
    let expected = [109.0, 87.0].map(|side| side / 25.4 * 72.0);
    assert!(
        page.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01),
        "{page:?}"
    );
}

#[test]
fn panels_are_lettered_unless_there_is_one() {
    let found = |spec: &str| {
        let all = contents(&render(spec, TABLE).expect("a figure"));
        let letters = ["(a)", "(b) more", "more"];
        letters.map(|letter| all.iter().filter(|text| *text == letter).count())
    };
    assert_eq!(found(SPEC), [0, 0, 0]);
    assert_eq!(found(&doubled("")), [1, 1, 0]);
    assert_eq!(found(&doubled("letters = false")), [0, 0, 1]);
    let spec = FigureSpec::parse(&doubled("")).expect("a specification");
    assert_eq!(spec.letter(27).as_deref(), Some("(ab)"));
}

#[test]
fn rows_without_a_number_stand_under_the_frame() {
    let failed = TABLE
        .replace("sim,3,0.7,0.05", "sim,3,,")
        .replace("amp,2,0.4", "amp,2,");
    let svg = render(SPEC, &failed).expect("a figure");
    let panel = &layout(SPEC, &failed).panels[0];
    // A line for each of the two series, between the frame and its ticks.
    assert!((panel.x_edge - panel.frame.bottom - 23.0).abs() < 1e-9);
    assert_eq!(
        layout(SPEC, TABLE).panels[0].x_edge,
        layout(SPEC, TABLE).panels[0].frame.bottom
    );
    let strokes = svg.lines().filter(|line| {
        line.starts_with("<polyline ")
            && line.contains(ORANGE)
            && line.contains("stroke-width=\"6\"")
    });
    let heights = strokes.flat_map(|line| {
        let (_, points) = line.split_once("points=\"").expect("points");
        let (points, _) = points.split_once('"').expect("their end");
        let ends = points.split_whitespace().map(|point| {
            let (_, y) = point.split_once(',').expect("two coordinates");
            y.parse::<f64>().expect("a number") / 4.0
        });
        ends.collect::<Vec<f64>>()
    });
    let heights: Vec<f64> = heights.collect();
    assert_eq!(heights.len(), 4);
    let outside = |y: &f64| *y > panel.frame.bottom + 1.0 && *y < panel.x_edge;
    assert!(heights.iter().all(outside), "{heights:?}");
}

#[test]
fn label_stands_beside_its_line_and_not_in_the_legend() {
    let labelled = |place: &str| {
        SPEC.replace(
            "color = \"blue\"",
            &format!("color = \"blue\"\nlabel_at = {place}"),
        )
    };
    for (place, from, to) in [
        ("\"end\"", 0.7, 1.0),
        ("\"start\"", 0.0, 0.3),
        ("2.5", 0.2, 0.8),
    ] {
        let spec = labelled(place);
        let svg = render(&spec, TABLE).expect("a figure");
        let frame = layout(&spec, TABLE).panels[0].frame;
        let all = texts(&svg);
        let found: Vec<_> = all.iter().filter(|(text, _)| text == "theory").collect();
        let [(_, [left, top, right, bottom])] = found[..] else {
            panic!("{place}: {found:?}");
        };
        assert!(*left >= frame.left && *right <= frame.right, "{place}");
        assert!(*top >= frame.top && *bottom <= frame.bottom, "{place}");
        let middle = (0.5 * (left + right) - frame.left) / frame.width();
        assert!((from..=to).contains(&middle), "{place}: {middle}");
    }
    // Its alternate part is still explained there.
    let svg = render(&labelled("\"end\""), TABLE).expect("a figure");
    assert!(contents(&svg).contains(&"unstable".to_owned()));
    let found = render(&labelled("9.5"), TABLE)
        .expect_err("no line there")
        .to_string();
    assert!(found.contains("series 1 `theory`: label_at is"), "{found}");
    let long = labelled("\"end\"").replace("\"theory\"", &format!("\"{}\"", "theory ".repeat(30)));
    let found = render(&long, TABLE).expect_err("no room");
    assert!(
        matches!(found, FigureError::NoRoomForLabel { .. }),
        "{found}"
    );
}

#[test]
fn labels_beside_lines_keep_apart() {
    let three = |n: usize| {
        let label = format!("label = \"line {n}\"\nkind = \"line\"\nlabel_at = \"end\"\n");
        format!("[[panel.series]]\n{label}where = {{ source = \"amp\" }}\n")
    };
    let head = SPEC.split_once("[[panel.series]]").expect("series").0;
    let spec = format!("{head}{}{}{}", three(1), three(2), three(3));
    let all = texts(&render(&spec, TABLE).expect("a figure"));
    let labels: Vec<_> = all
        .iter()
        .filter(|(text, _)| text.starts_with("line "))
        .collect();
    assert_eq!(labels.len(), 3);
    for (index, (_, a)) in labels.iter().enumerate() {
        for (_, b) in &labels[..index] {
            assert!(a[3] <= b[1] || b[3] <= a[1] || a[2] <= b[0] || b[2] <= a[0]);
        }
    }
}

#[test]
fn panels_may_have_legends_of_their_own() {
    let own = doubled("legend = \"panels\"");
    let count = |spec: &str| {
        let all = contents(&render(spec, TABLE).expect("a figure"));
        all.iter().filter(|text| *text == "theory").count()
    };
    assert_eq!([count(&doubled("")), count(&own)], [1, 2]);
    let all = texts(&render(&own, TABLE).expect("a figure"));
    let layout = layout(&own, TABLE);
    let entries = all.iter().filter(|(text, _)| text == "theory");
    for ((_, [left, top, right, _]), panel) in entries.zip(&layout.panels) {
        assert!(*left >= panel.cell.left && *right <= panel.cell.right);
        assert!(*top > panel.x_label);
    }
}

#[test]
fn line_and_points_of_one_colour_share_an_entry() {
    let joined = SPEC
        .replace("\"simulation\"", "\"theory\"")
        .replace("\"orange\"", "\"blue\"");
    let all = contents(&render(&joined, TABLE).expect("a figure"));
    assert_eq!(all.iter().filter(|text| *text == "theory").count(), 1);
    let two = joined.replace("marker = \"square\"", "marker = \"square\"\nwidth = 3.0");
    let again = two.replace("kind = \"points\"", "kind = \"line\"");
    assert_eq!(
        render(&again, TABLE),
        Err(FigureError::AmbiguousLabel("theory".into()))
    );
}

#[test]
fn long_titles_are_broken_into_lines() {
    let title = "a title that needs more than one line ".repeat(3);
    let long = doubled("").replace("\"more\"", &format!("{title:?}"));
    let svg = render(&long, TABLE).expect("a figure");
    let panels = layout(&long, TABLE).panels;
    assert!(panels[1].texts.title.lines.len() > 1);
    assert_eq!(panels[0].frame.top, panels[1].frame.top);
    assert_eq!(
        contents(&svg)
            .iter()
            .filter(|text| text.contains("title"))
            .count(),
        panels[1].texts.title.lines.len()
    );
}
