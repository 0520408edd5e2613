//! Tests of whole figures with captions.

use super::heat::{message, render};
use crate::figure::page::metrics;
use crate::figure::{FigureError, FigureSpec, NOMINAL_DPI, ink};
use resvg::usvg::{Group, Node};

const SPEC: &str = r#"
    data = "a.csv"
    size = [109, 87]
    [[panel]]
    x = { label = "*λ*", column = "x" }
    y = { label = "ζ_{11}", column = "y" }
    [[panel.series]]
    label = "theory"
    kind = "line"
"#;

const TABLE: &str = "\
# largest residual: 8.9e-13
# cell: *α* = 2, λ_{1} = 1.1
# failed: 3
x,y
1,0.1
2,0.4
";

const GREY: &str = "fill=\"#606060\"";

fn captioned(caption: &str) -> String {
    SPEC.replace("size =", &format!("caption = {caption:?}\nsize ="))
}

/// The elements of the caption.
fn caption_lines(svg: &str) -> Vec<&str> {
    svg.lines()
        .filter(|line| line.starts_with("<text ") && line.contains(GREY))
        .collect()
}

/// Content and tight extent of a text: left, top, right, bottom.
pub type Extent = (String, [f64; 4]);

/// All texts as the rasteriser sets them, in their order.
pub fn texts(svg: &str) -> Vec<Extent> {
    let tree = ink::tree(svg).expect("good SVG");
    let mut found = Vec::new();
    collect(tree.root(), &mut found);
    found
}

fn collect(group: &Group, found: &mut Vec<Extent>) {
    for node in group.children() {
        match node {
            Node::Group(group) => collect(group, found),
            Node::Text(text) => {
                let content = text.chunks().iter().map(|chunk| chunk.text()).collect();
                let extent = text.flattened().abs_bounding_box();
                let extent = [extent.left(), extent.top(), extent.right(), extent.bottom()];
                let nominal = f64::from(NOMINAL_DPI) / 96.0;
                found.push((content, extent.map(|at| nominal * f64::from(at))));
            }
            _ => {}
        }
    }
}

#[test]
fn placeholders_show_the_metadata_of_the_table() {
    let spec =
        captioned("largest residual {largest residual}, {{{failed}}} of 2500 *cells* failed");
    let svg = render(&spec, TABLE).expect("a figure");
    let lines = caption_lines(&svg);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains(">largest residual 8.9e-13, {3} of 2500 "));
    assert!(lines[0].contains("<tspan font-style=\"italic\">cells</tspan> failed</text>"));
}

#[test]
fn metadata_in_a_caption_are_no_markup() {
    let svg = render(&captioned("at {cell} & below"), TABLE).expect("a figure");
    let lines = caption_lines(&svg);
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].ends_with(">at *α* = 2, λ_{1} = 1.1 &amp; below</text>"),
        "{}",
        lines[0]
    );
}

#[test]
fn unknown_key_is_named_with_the_known_ones() {
    assert_eq!(
        message(&captioned("residual {residual}"), TABLE),
        "caption: the table has no metadata `residual`, it has largest residual, cell, failed"
    );
    assert_eq!(
        message(&captioned("{}"), "x,y\n1,1\n2,2\n"),
        "caption: the table has no metadata ``, it has none at all"
    );
    // A caption that no table can satisfy is refused without one.
    assert!(matches!(
        FigureSpec::parse(&captioned("residual {residual")),
        Err(FigureError::InvalidField { .. })
    ));
}

#[test]
fn long_caption_wraps_under_everything_else() {
    let words = "Σ_{1}^{2} of a cell ".repeat(30);
    let legends = ["below", "right"].map(|place| format!("legend = {place:?}\nsize ="));
    for legend in legends {
        let spec = captioned(words.trim_end()).replace("size =", &legend);
        let svg = render(&spec, TABLE).expect("a figure");
        let page = FigureSpec::parse(&spec).expect("a specification").page();
        let texts = texts(&svg);
        let lines = caption_lines(&svg).len();
        assert!(lines > 2, "{lines}");
        // The caption is drawn last. Its first line begins under the legend and the labels of the
        // axes.
        let (others, caption) = texts.split_at(texts.len() - lines);
        assert!(others.iter().any(|(content, _)| content == "theory"));
        let mut above = others
            .iter()
            .map(|(_, extent)| extent[3])
            .fold(0.0, f64::max);
        for (content, [left, top, right, bottom]) in caption {
            assert!(*top > above, "{content}: {top} under {above}");
            assert!(*left >= metrics::MARGIN - 1.0, "{content}: {left}");
            assert!(
                *right <= page[0] - metrics::MARGIN + 1.0,
                "{content}: {right}"
            );
            above = *bottom;
        }
        assert!(above <= page[1] - metrics::MARGIN, "{above}");
        let content: Vec<&str> = caption.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(content.join(" "), "Σ12 of a cell ".repeat(30).trim_end());
    }
}

#[test]
fn caption_takes_its_height_from_the_frames() {
    let lowest = |caption: &str| {
        let texts = texts(&render(&captioned(caption), TABLE).expect("a figure"));
        let label = texts.iter().find(|(content, _)| content == "λ");
        label.map(|(_, extent)| extent[3]).expect("a label")
    };
    let (one, two) = (lowest("short"), lowest(&"word ".repeat(30)));
    assert!(
        (one - two - 1.25 * metrics::CAPTION_FONT).abs() < 0.3,
        "{one}, {two}"
    );
    // A caption without words is none.
    let none = render(SPEC, TABLE);
    assert_eq!(render(&captioned(" "), TABLE), none);
    assert!(caption_lines(&none.expect("a figure")).is_empty());
}

#[test]
fn caption_that_does_not_fit_is_refused() {
    let found = message(&captioned(&"word ".repeat(1000)), TABLE);
    assert!(found.starts_with("the caption does not fit:"), "{found}");
    let found = message(&captioned(&"word".repeat(100)), TABLE);
    assert!(
        found.starts_with("the longest word of the caption does not fit:"),
        "{found}"
    );
}
