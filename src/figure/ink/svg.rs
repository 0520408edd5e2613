//! From the SVG that plotters writes to the figure: its size, metadata, markup of labels.

use super::canvas::page_units;
use super::{font, text};
use crate::figure::error::FigureError;

/// The size of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Width and height of the page in nominal pixels.
    pub page: [f64; 2],
    /// The same on paper, in millimetres.
    pub paper: [f64; 2],
}

/// Turns a page as [`super::canvas::paint`] returns it into the figure, as large as it is on paper.
pub fn finish(
    page: &str,
    size: Size,
    metadata: &[(String, String)],
) -> Result<String, FigureError> {
    let lengths = size.paper.map(|length| format!("{length}mm"));
    let mut svg = opening(lengths, size, "xmlns=\"http://www.w3.org/2000/svg\"");
    svg += "<metadata>\n";
    for (key, value) in metadata {
        svg += &format!("{}: {}\n", escape(key), escape(value));
    }
    svg += "</metadata>\n";
    svg += &body(page)?;
    Ok(svg)
}

/// Turns such a page into an element of a page of HTML, with a sentence that says what it shows. On a
/// screen a nominal pixel is a pixel, unless the page of HTML decides otherwise.
pub fn inline(page: &str, size: Size, description: &str) -> Result<String, FigureError> {
    let description = escape(description).replace('"', "&quot;");
    let attributes = format!("role=\"img\" aria-label=\"{description}\"");
    let lengths = size.page.map(|length| length.to_string());
    Ok(opening(lengths, size, &attributes) + &body(page)?)
}

fn opening([width, height]: [String; 2], size: Size, attributes: &str) -> String {
    let [across, down] = page_units(size.page);
    let view = format!("0 0 {across} {down}");
    format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"{view}\" {attributes} \
         stroke-linejoin=\"round\">\n"
    )
}

/// What follows the opening tag.
fn body(page: &str) -> Result<String, FigureError> {
    let body = page
        .split_once(">\n")
        .map(|(_, body)| body)
        .ok_or_else(|| unexpected("opening tag"))?;
    let body = fold_rectangles(body);
    let mut svg = String::with_capacity(body.len());
    let mut rest = body.as_str();
    while let Some(start) = rest.find("<text ") {
        svg += &rest[..start];
        let (element, after) = rest[start..]
            .split_once("\n</text>")
            .ok_or_else(|| unexpected("end of a text"))?;
        svg += &finish_text(element)?;
        rest = after;
    }
    svg += rest;
    Ok(svg)
}

/// Joins rectangles of one colour that follow each other to one path with sharp edges: a map has
/// thousands of them. The first rectangle is the paper and stays as it is.
fn fold_rectangles(body: &str) -> String {
    let mut folded = String::with_capacity(body.len());
    let mut colour: Option<&str> = None;
    let mut paper = true;
    for line in body.split_inclusive('\n') {
        let tile = if paper { None } else { tile(line) };
        paper &= !line.starts_with("<rect ");
        let next = tile.as_ref().map(|(colour, _)| *colour);
        if colour.is_some() && next != colour {
            folded += "\"/>\n";
        }
        match (tile, next == colour) {
            (None, _) => folded += line,
            (Some((_, path)), true) => folded += &path,
            (Some((fill, path)), false) => {
                folded +=
                    &format!("<path fill=\"{fill}\" shape-rendering=\"crispEdges\" d=\"{path}");
            }
        }
        colour = next;
    }
    folded
}

/// Colour and outline of a rectangle as plotters writes it.
fn tile(line: &str) -> Option<(&str, String)> {
    let value = |name| attribute(line.strip_prefix("<rect")?, name).map(|(_, value, _)| value);
    let [x, y, width, height] = [value("x")?, value("y")?, value("width")?, value("height")?];
    let path = format!("M{x} {y}h{width}v{height}h-{width}z");
    Some((value("fill")?, path))
}

fn unexpected(what: &str) -> FigureError {
    FigureError::Backend(format!("plotters wrote no {what} where one was expected"))
}

/// One text element, from its `<text` to its last character.
fn finish_text(element: &str) -> Result<String, FigureError> {
    let (tag, label) = element
        .split_once(">\n")
        .ok_or_else(|| unexpected("text"))?;
    let (before, size, after) =
        attribute(tag, "font-size").ok_or_else(|| unexpected("font size"))?;
    let size: f64 = size.parse().map_err(|_| unexpected("numeric font size"))?;
    let size = text::rounded(size);
    let tag = format!("{before}font-size=\"{size}\"{after}");
    // Texts are placed by their baseline, while plotters shifts all texts by a part of their
    // height.
    let tag = match attribute(&tag, "dy") {
        Some((before, _, after)) => format!("{before}{}", after.trim_start()),
        None => tag,
    };
    let family = format!("font-family=\"{}\"", font::FAMILY);
    let tag = tag.replace(
        &family,
        &format!("font-family=\"{}, sans-serif\"", font::FAMILY),
    );
    Ok(format!(
        "{tag}>{}</text>",
        text::to_tspans(&unescape(label), size)?
    ))
}

/// What stands before an attribute, its value, and what stands after it.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, value) = tag.split_once(&format!(" {name}=\""))?;
    let (value, after) = value.split_once('"')?;
    // The space before the name stays, so that another attribute can follow.
    Some((&tag[..before.len() + 1], value, after))
}

/// The text that plotters escaped.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// Text as XML character data. XML 1.0 has no way to write most control characters, so they become
/// U+FFFD.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '\n' => escaped += "&#10;",
            '\r' => escaped += "&#13;",
            '\t' => escaped.push(c),
            c if c.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::canvas::{Anchor, TextLook, paint};
    use super::super::geometry::{Point, Rect};
    use super::*;

    const SIZE: Size = Size {
        page: [200.25, 100.0],
        paper: [43.5, 21.7],
    };

    fn figure(label: &str, rotated: bool) -> String {
        let look = TextLook {
            rotated,
            ..TextLook::level(15.0, Anchor::Middle, (0, 0, 0))
        };
        let page = paint(SIZE.page, |canvas| {
            canvas.text(label, Point::new(100.0, 50.0), look)
        });
        let metadata = [("a<b".to_owned(), "x & y\nz".to_owned())];
        finish(&page.expect("a page"), SIZE, &metadata).expect("a figure")
    }

    #[test]
    fn metadata_follows_the_opening_tag() {
        let svg = figure("x", false);
        let expected = "<svg width=\"43.5mm\" height=\"21.7mm\" viewBox=\"0 0 801 400\" \
                        xmlns=\"http://www.w3.org/2000/svg\" stroke-linejoin=\"round\">\n\
                        <metadata>\na&lt;b: x &amp; y&#10;z\n</metadata>\n";
        assert!(svg.starts_with(expected), "{svg}");
        assert!(svg.ends_with("</svg>\n"), "{svg}");
    }

    #[test]
    fn element_of_a_page_has_a_description() {
        let page = paint(SIZE.page, |_| Ok(())).expect("a page");
        let svg = inline(&page, SIZE, "a \"b\" < c").expect("a figure");
        let expected = "<svg width=\"200.25\" height=\"100\" viewBox=\"0 0 801 400\" role=\"img\" \
                        aria-label=\"a &quot;b&quot; &lt; c\" stroke-linejoin=\"round\">\n<rect ";
        assert!(svg.starts_with(expected) && !svg.contains("http"), "{svg}");
    }

    #[test]
    fn labels_carry_their_markup() {
        let svg = figure("ζ_{11} < 1", true);
        let expected = "<text x=\"400\" y=\"200\" text-anchor=\"middle\" font-family=\"DejaVu Sans, sans-serif\" \
                        font-size=\"60\" opacity=\"1\" fill=\"#000000\" transform=\"rotate(270, 400, 200)\">\
                        ζ<tspan dy=\"15.6\" font-size=\"42\">11</tspan><tspan dy=\"-15.6\"> &lt; 1</tspan></text>";
        assert!(svg.contains(expected), "{svg}");
    }

    #[test]
    fn rectangles_of_one_colour_become_one_path() {
        let tile = |left: f64| Rect {
            left,
            top: 1.0,
            right: left + 2.0,
            bottom: 2.0,
        };
        let page = paint(SIZE.page, |canvas| {
            canvas.rectangle(&tile(0.0), (255, 0, 0))?;
            canvas.rectangle(&tile(2.0), (255, 0, 0))?;
            canvas.rectangle(&tile(4.0), (0, 0, 255))
        });
        let svg = finish(&page.expect("a page"), SIZE, &[]).expect("a figure");
        let red = "<path fill=\"#FF0000\" shape-rendering=\"crispEdges\" d=\"M0 4h8v4h-8zM8 4h8v4h-8z\"/>\n";
        let blue = "<path fill=\"#0000FF\" shape-rendering=\"crispEdges\" d=\"M16 4h8v4h-8z\"/>\n";
        assert!(svg.contains(&format!("{red}{blue}</svg>")), "{svg}");
        assert_eq!(svg.matches("<rect ").count(), 1, "the paper");
    }
}
