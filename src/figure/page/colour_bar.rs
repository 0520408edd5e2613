//! The colour bar of a heat map, right of the frame: its room, its place, its drawing. Its label
//! stands over it, where it can be taken for none of the next panel.

use super::grid::vertical_labels;
use super::heat;
use super::metrics::{
    BAR_GAP, BAR_POINT, BAR_WIDTH, FRAME, HALF_DIGIT, MINOR_TICK, TICK, TICK_FONT, TICK_GAP,
};
use super::ticks::{Tick, axis_ticks};
use crate::figure::data::{ColourScale, LEVELS, Side};
use crate::figure::error::FigureError;
use crate::figure::ink::{Anchor, Canvas, Point, Rect, TextLook, text};
use crate::figure::style::{INK, Rgb, Stroke};

/// Place of a colour bar.
#[derive(Debug, Clone, PartialEq)]
pub struct BarLayout {
    /// The bar without its pointed ends.
    pub body: Rect,
    /// Ticks on its right side.
    pub ticks: Vec<Tick>,
}

impl BarLayout {
    /// The bar beside a frame, with ticks at round numbers and at those that are marked.
    pub fn new(colours: &ColourScale, frame: &Rect, marked: &[f64]) -> Self {
        let point = |there: bool| if there { BAR_POINT } else { 0.0 };
        let left = frame.right + BAR_GAP;
        let body = Rect {
            left,
            top: frame.top + point(colours.above),
            right: left + BAR_WIDTH,
            bottom: frame.bottom - point(colours.below),
        };
        Self {
            body,
            ticks: bar_ticks(colours, frame.height(), marked),
        }
    }

    /// Where a number stands on the bar.
    fn place(&self, colours: &ColourScale, value: f64) -> f64 {
        self.body.bottom - colours.axis.fraction(value) * self.body.height()
    }
}

/// Ticks at round numbers and at those that are marked, whose labels displace others that are too
/// near.
fn bar_ticks(colours: &ColourScale, height: f64, marked: &[f64]) -> Vec<Tick> {
    let axis = &colours.axis;
    let mut ticks = axis_ticks(axis, vertical_labels(height));
    let inside = |value: &&f64| axis.side(**value) == Side::Inside;
    for &value in marked.iter().filter(inside) {
        let apart = |tick: &Tick| (axis.fraction(tick.value) - axis.fraction(value)).abs() * height;
        let known = ticks
            .iter()
            .any(|tick| tick.label.is_some() && apart(tick) < 0.5);
        if known {
            continue;
        }
        for tick in ticks.iter_mut().filter(|tick| apart(tick) < TICK_FONT) {
            tick.label = tick.label.take().filter(|_| marked.contains(&tick.value));
        }
        let label = value.to_string().replace('-', "\u{2212}");
        let free = !ticks
            .iter()
            .any(|tick| tick.label.is_some() && apart(tick) < TICK_FONT);
        let label = free.then_some(label);
        ticks.push(Tick { value, label });
    }
    ticks
}

/// Width of the widest tick label of a bar beside a frame of this height.
pub fn tick_label_width(
    colours: &ColourScale,
    height: f64,
    marked: &[f64],
) -> Result<f64, FigureError> {
    let ticks = bar_ticks(colours, height, marked);
    let mut labels = ticks.iter().filter_map(|tick| tick.label.as_ref());
    labels.try_fold(0.0, |widest: f64, label| {
        Ok(widest.max(text::width(label, TICK_FONT)?))
    })
}

/// The room that a bar needs right of the frame, with tick labels of this width.
pub fn room(tick_labels: f64) -> f64 {
    BAR_GAP + BAR_WIDTH + TICK + TICK_GAP + tick_labels
}

/// Draws the bar with its ticks and a line at each number that is marked; its label is drawn with
/// those of the axes.
pub fn draw(
    canvas: &Canvas,
    colours: &ColourScale,
    layout: &BarLayout,
    marked: &[f64],
) -> Result<(), FigureError> {
    let body = &layout.body;
    let middle = 0.5 * (body.left + body.right);
    let above = Point::new(middle, body.top - BAR_POINT);
    let below = Point::new(middle, body.bottom + BAR_POINT);
    // The points reach a little into the body, which is drawn over them, so that no gap shows.
    if colours.above {
        let colour = colours.level(LEVELS - 1);
        draw_point(canvas, body, body.top + 1.0, above, colour)?;
    }
    if colours.below {
        draw_point(canvas, body, body.bottom - 1.0, below, colours.level(0))?;
    }
    for level in 0..LEVELS {
        let edge = |level: u32| body.bottom - f64::from(level) / f64::from(LEVELS) * body.height();
        let slice = Rect {
            top: edge(level + 1),
            bottom: edge(level),
            ..*body
        };
        canvas.rectangle(&slice, colours.level(level))?;
    }
    for &level in marked
        .iter()
        .filter(|&&level| colours.axis.side(level) == Side::Inside)
    {
        let y = layout.place(colours, level);
        let line = [Point::new(body.left, y), Point::new(body.right, y)];
        heat::casing(canvas, &line)?;
        canvas.polyline(&line, &heat::contour_stroke())?;
    }
    let ends = [
        colours.above.then_some(above),
        colours.below.then_some(below),
    ];
    canvas.outline(&outline(body, ends), &Stroke::solid(INK, FRAME))?;
    for tick in &layout.ticks {
        draw_tick(canvas, body.right, layout.place(colours, tick.value), tick)?;
    }
    Ok(())
}

/// A pointed end, its base across the body at `base`.
fn draw_point(
    canvas: &Canvas,
    body: &Rect,
    base: f64,
    tip: Point,
    colour: Rgb,
) -> Result<(), FigureError> {
    let corners = [
        Point::new(body.left, base),
        tip,
        Point::new(body.right, base),
    ];
    canvas.fill(&corners, colour, 1.0)
}

/// The corners of the bar, with the tips of its pointed ends.
fn outline(body: &Rect, [above, below]: [Option<Point>; 2]) -> Vec<Point> {
    let mut outline = vec![
        Point::new(body.left, body.bottom),
        Point::new(body.left, body.top),
    ];
    outline.extend(above);
    outline.extend([
        Point::new(body.right, body.top),
        Point::new(body.right, body.bottom),
    ]);
    outline.extend(below);
    outline
}

fn draw_tick(canvas: &Canvas, edge: f64, y: f64, tick: &Tick) -> Result<(), FigureError> {
    let length = if tick.label.is_some() {
        TICK
    } else {
        MINOR_TICK
    };
    let ends = [Point::new(edge, y), Point::new(edge + length, y)];
    canvas.polyline(&ends, &Stroke::solid(INK, FRAME))?;
    let Some(label) = &tick.label else {
        return Ok(());
    };
    let look = TextLook::level(TICK_FONT, Anchor::Start, INK);
    let baseline = y + HALF_DIGIT * TICK_FONT;
    canvas.text(label, Point::new(edge + TICK + TICK_GAP, baseline), look)
}

#[cfg(test)]
mod tests {
    use super::super::caption::Caption;
    use super::super::layout::Layout;
    use super::super::legend::Legend;
    use super::super::legend_entries::Entries;
    use super::super::metrics::PANEL_GAP;
    use super::*;
    use crate::figure::data;
    use crate::figure::spec::FigureSpec;
    use crate::table::Table;

    const PANEL: &str = r#"
        [[panel]]
        x = { label = "x", column = "x" }
        y = { label = "y", column = "y" }
        [[panel.series]]
        kind = "heat"
        value = "v"
        value_label = "v"
        limits = [0.0, 1.0]
    "#;

    fn layout(table: &str) -> Layout {
        let spec = format!("data = \"a.csv\"\nsize = [178, 65]\n{PANEL}{PANEL}");
        let spec = FigureSpec::parse(&spec).expect("a specification");
        let table = Table::read(table).expect("a table");
        let data = data::resolve(&spec, &table).expect("numbers");
        let legend = Legend::tall(Entries::default()).expect("a legend");
        Layout::new(&spec, &data, &legend, &Caption::default()).expect("enough room")
    }

    #[test]
    fn bars_have_room_beside_their_frames() {
        let layout = layout("x,y,v\n0,0,0.5\n1,0,0.5\n0,1,0.5\n1,1,0.5\n");
        let [first, second] = &layout.panels[..] else {
            panic!("two panels");
        };
        for panel in [first, second] {
            let bar = panel.bar.as_ref().expect("a bar");
            assert!(bar.body.left > panel.frame.right);
            let widest = text::width("0.2", TICK_FONT).expect("a known font");
            assert!(bar.body.right + TICK + TICK_GAP + widest <= panel.cell.right + 1e-9);
            assert_eq!(panel.texts.bar_label.lines, ["v"]);
            assert_eq!(
                (bar.body.top, bar.body.bottom),
                (panel.frame.top, panel.frame.bottom)
            );
        }
        assert!((first.cell.right + PANEL_GAP - second.cell.left).abs() < 1e-9);
        assert!((first.frame.width() - second.frame.width()).abs() < 1e-9);
    }

    #[test]
    fn pointed_end_stays_beside_the_frame() {
        let layout = layout("x,y,v\n0,0,0.5\n1,0,0.5\n0,1,0.5\n1,1,1.5\n");
        let panel = &layout.panels[0];
        let body = panel.bar.as_ref().map(|bar| bar.body).expect("a bar");
        assert_eq!(
            (body.top, body.bottom),
            (panel.frame.top + BAR_POINT, panel.frame.bottom)
        );
    }
}
