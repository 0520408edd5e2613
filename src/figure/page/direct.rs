//! Labels beside their lines, inside the frame.

use super::metrics::{HALF_DIGIT, LABEL_FONT};
use super::plot::Plot;
use super::series::SeriesPainter;
use crate::figure::error::FigureError;
use crate::figure::ink::{Anchor, Canvas, Point, Rect, TextLook, text};
use crate::figure::spec::{CurveSpec, LabelPlace, LineEnd, PanelSpec, panel_place, series_place};
use crate::figure::style::{PAPER, SeriesStyle, legible};

/// From a line to its label, and from a label to the frame and to others.
const GAP: f64 = 2.5;
/// How far a label may stand from its line, and the steps in which a place is looked for.
const REACH: f64 = 42.0;
const STEP: f64 = 1.5;
/// What a pixel of line, and a marker, under a label weigh against a pixel of distance.
const LINE_WEIGHT: f64 = 4.0;
const MARKER_WEIGHT: f64 = 40.0;
/// Opacity of the paper under a label.
const VEIL: f64 = 0.75;

/// What a panel has drawn already.
struct Drawn {
    frame: Rect,
    lines: Vec<Vec<Point>>,
    markers: Vec<Point>,
    labels: Vec<Rect>,
}

/// The lines and markers near a label.
struct Around {
    segments: Vec<(Point, Point)>,
    markers: Vec<Point>,
}

/// Draws the labels of the series of a panel that stand beside their lines, in the order of the
/// specification.
pub fn draw(
    canvas: &Canvas,
    plot: &Plot,
    panel: &PanelSpec,
    index: usize,
    painters: &[SeriesPainter],
) -> Result<(), FigureError> {
    let all = panel.series.iter().enumerate();
    let curves: Vec<(usize, &CurveSpec)> = all
        .filter_map(|(index, one)| Some((index, one.curve()?)))
        .collect();
    if curves.iter().all(|(_, curve)| curve.label_at.is_none()) {
        return Ok(());
    }
    let mut drawn = Drawn::new(plot.frame, painters);
    for ((number, curve), painter) in curves.into_iter().zip(painters) {
        let Some(wanted) = curve.label_at else {
            continue;
        };
        let place = series_place(&panel_place(index), number, &curve.label);
        let near = anchor(plot, painter, wanted, &place)?;
        let size = [text::width(&curve.label, LABEL_FONT)?, LABEL_FONT];
        let area = drawn.place(near, size);
        let area = area.ok_or(FigureError::NoRoomForLabel { place })?;
        canvas.fill(&area.corners(), PAPER, VEIL)?;
        let baseline = 0.5 * (area.top + area.bottom) + HALF_DIGIT * LABEL_FONT;
        let colour = legible(SeriesStyle::of(curve).colour);
        let look = TextLook::level(LABEL_FONT, Anchor::Start, colour);
        canvas.text(&curve.label, Point::new(area.left, baseline), look)?;
        drawn.labels.push(area);
    }
    Ok(())
}

/// The point of a line that its label is for.
fn anchor(
    plot: &Plot,
    series: &SeriesPainter,
    wanted: LabelPlace,
    place: &str,
) -> Result<Point, FigureError> {
    let lines = series.stretches();
    let found = match wanted {
        LabelPlace::End(LineEnd::Start) => lines.first().and_then(|line| line.first()).copied(),
        LabelPlace::End(LineEnd::End) => lines.last().and_then(|line| line.last()).copied(),
        LabelPlace::At(x) => {
            let x = plot.place(x, plot.y.low).x;
            let pairs = lines.iter().flat_map(|line| line.windows(2));
            let mut met = pairs.filter_map(|pair| crossing(pair[0], pair[1], x));
            met.next()
        }
    };
    found.ok_or_else(|| FigureError::InvalidField {
        field: format!("{place}: label_at"),
        got: match wanted {
            LabelPlace::End(LineEnd::Start) => "\"start\"".into(),
            LabelPlace::End(LineEnd::End) => "\"end\"".into(),
            LabelPlace::At(x) => x.to_string(),
        },
        allowed: "a place where the series has a line in the frame".to_owned(),
    })
}

/// Where a segment meets an upright line.
fn crossing(a: Point, b: Point, x: f64) -> Option<Point> {
    let [low, high] = [a.x.min(b.x), a.x.max(b.x)];
    let part = if high > low {
        (x - a.x) / (b.x - a.x)
    } else {
        0.0
    };
    (low..=high)
        .contains(&x)
        .then(|| Point::new(x, a.y + part * (b.y - a.y)))
}

impl Drawn {
    fn new(frame: Rect, series: &[SeriesPainter]) -> Self {
        Self {
            frame,
            lines: series.iter().flat_map(SeriesPainter::stretches).collect(),
            markers: series
                .iter()
                .flat_map(|one| one.markers().map(|(at, _)| at))
                .collect(),
            labels: Vec::new(),
        }
    }

    /// The free place for a label of this size near a point that costs least, if there is one.
    fn place(&self, near: Point, [width, height]: [f64; 2]) -> Option<Rect> {
        let steps = (REACH / STEP) as i32;
        let shifts = [-1.0, -0.75, -0.5, -0.25, 0.0].map(|part| part * width);
        let ups = (-steps..=steps).map(|step| f64::from(step) * STEP);
        let places = ups.flat_map(|up| shifts.map(|shift| [shift, up]));
        let sides = places.chain([[GAP, 0.0], [-width - GAP, 0.0]]);
        let areas = sides.map(|[shift, up]| Rect {
            left: near.x + shift,
            top: near.y + up - 0.5 * height,
            right: near.x + shift + width,
            bottom: near.y + up + 0.5 * height,
        });
        let free = areas
            .map(|area| self.kept_inside(area))
            .filter(|area| self.is_free(area));
        let around = self.around(near, width);
        let priced = free.map(|area| (around.cost(&area, near), area));
        let best = priced.min_by(|a, b| a.0.total_cmp(&b.0));
        best.map(|(_, area)| area)
    }

    /// An area shifted sideways to stay in the frame.
    fn kept_inside(&self, area: Rect) -> Rect {
        let over = (area.right - self.frame.right + GAP).max(0.0);
        let under = (self.frame.left + GAP - area.left).max(0.0);
        Rect {
            left: area.left - over + under,
            right: area.right - over + under,
            ..area
        }
    }

    fn is_free(&self, area: &Rect) -> bool {
        let frame = &self.frame;
        let inside = area.left >= frame.left + 0.5 * GAP
            && area.right <= frame.right - 0.5 * GAP
            && area.top >= frame.top + 0.5 * GAP
            && area.bottom <= frame.bottom - 0.5 * GAP;
        inside && !self.labels.iter().any(|other| other.meets(area))
    }

    /// What is drawn near a point.
    fn around(&self, near: Point, width: f64) -> Around {
        let (across, down) = (2.0 * width + REACH, REACH + LABEL_FONT);
        let area = Rect {
            left: near.x - across,
            top: near.y - down,
            right: near.x + across,
            bottom: near.y + down,
        };
        let pairs = self.lines.iter().flat_map(|line| line.windows(2));
        let markers = self.markers.iter().copied();
        Around {
            segments: pairs
                .filter_map(|pair| area.clip_segment(pair[0], pair[1]))
                .collect(),
            markers: markers.filter(|at| area.holds(*at)).collect(),
        }
    }
}

impl Around {
    /// Distance from the point, and what the label would cover.
    fn cost(&self, area: &Rect, near: Point) -> f64 {
        let wide = Rect {
            left: area.left - GAP,
            top: area.top - 0.4 * GAP,
            right: area.right + GAP,
            bottom: area.bottom + 0.4 * GAP,
        };
        let segments = self.segments.iter();
        let inside = segments.filter_map(|&(a, b)| wide.clip_segment(a, b));
        let covered: f64 = inside.map(|(a, b)| (b.x - a.x).hypot(b.y - a.y)).sum();
        let markers = self.markers.iter().filter(|at| wide.holds(**at)).count();
        let across = (0.5 * (area.left + area.right) - near.x).abs();
        let down = (0.5 * (area.top + area.bottom) - near.y).abs();
        0.2 * across + down + LINE_WEIGHT * covered + MARKER_WEIGHT * markers as f64
    }
}
