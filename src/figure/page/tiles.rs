//! Drawing of cells: in a colour, or hatched where there is none.

use std::collections::HashMap;

use super::plot::Plot;
use crate::figure::data::Cell;
use crate::figure::error::FigureError;
use crate::figure::ink::{Canvas, Point, Rect, snapped};
use crate::figure::style::{Rgb, Stroke};

/// Under the hatching: no colour of any map.
const PALE: Rgb = (235, 235, 235);
const HATCH: Rgb = (110, 110, 110);
const HATCH_WIDTH: f64 = 0.75;
/// Horizontal distance between the lines of the hatching.
const PITCH: f64 = 6.0;

/// Draws cells in their colours, hatched where there is none, clipped to the frame.
pub fn draw<'c>(
    canvas: &Canvas,
    plot: &Plot,
    cells: impl Iterator<Item = (&'c Cell, Option<Rgb>)>,
) -> Result<(), FigureError> {
    let mut hatched = Vec::new();
    let tiles = cells.filter_map(|(cell, colour)| Some((colour, tile(plot, cell)?)));
    for (colour, tile) in merged(tiles.collect()) {
        canvas.rectangle(&tile, colour.unwrap_or(PALE))?;
        if colour.is_none() {
            hatched.push(tile);
        }
    }
    hatch(canvas, &hatched)
}

/// A hatched rectangle.
pub fn draw_hatched(canvas: &Canvas, tile: &Rect) -> Result<(), FigureError> {
    canvas.rectangle(tile, PALE)?;
    hatch(canvas, std::slice::from_ref(tile))
}

/// The part of a cell in the frame, its edges where the canvas can draw them.
fn tile(plot: &Plot, cell: &Cell) -> Option<Rect> {
    let frame = &plot.frame;
    let (from, to) = (
        plot.place(cell.x[0], cell.y[0]),
        plot.place(cell.x[1], cell.y[1]),
    );
    let tile = Rect {
        left: snapped(from.x.max(frame.left)),
        top: snapped(to.y.max(frame.top)),
        right: snapped(to.x.min(frame.right)),
        bottom: snapped(from.y.min(frame.bottom)),
    };
    (tile.left <= tile.right && tile.top <= tile.bottom).then_some(tile)
}

/// Joins neighbours of one colour, first those side by side, then those one above the other. The
/// order is by colour.
fn merged(mut tiles: Vec<(Option<Rgb>, Rect)>) -> Vec<(Option<Rgb>, Rect)> {
    let compare = |a: [f64; 3], b: [f64; 3]| a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal);
    tiles.sort_by(|(a, r), (b, s)| {
        let keys = compare([r.top, r.bottom, r.left], [s.top, s.bottom, s.left]);
        a.cmp(b).then(keys)
    });
    let beside = |a: &mut Rect, b: &Rect| {
        let joins = a.top == b.top && a.bottom == b.bottom && a.right == b.left;
        a.right = if joins { b.right } else { a.right };
        joins
    };
    tiles.dedup_by(|(b_colour, b), (a_colour, a)| a_colour == b_colour && beside(a, b));
    tiles.sort_by(|(a, r), (b, s)| {
        let keys = compare([r.left, r.right, r.top], [s.left, s.right, s.top]);
        a.cmp(b).then(keys)
    });
    let above = |a: &mut Rect, b: &Rect| {
        let joins = a.left == b.left && a.right == b.right && a.bottom == b.top;
        a.bottom = if joins { b.bottom } else { a.bottom };
        joins
    };
    tiles.dedup_by(|(b_colour, b), (a_colour, a)| a_colour == b_colour && above(a, b));
    tiles
}

/// Hatches rectangles. The lines run on from one to the next, so that no border between them shows.
fn hatch(canvas: &Canvas, tiles: &[Rect]) -> Result<(), FigureError> {
    for (from, to) in hatching(tiles) {
        canvas.polyline(&[from, to], &Stroke::solid(HATCH, HATCH_WIDTH))?;
    }
    Ok(())
}

/// Tiles by the places of their edges.
struct Neighbours<'t> {
    by_left: HashMap<u64, Vec<&'t Rect>>,
    by_right: HashMap<u64, Vec<&'t Rect>>,
    by_top: HashMap<u64, Vec<&'t Rect>>,
    by_bottom: HashMap<u64, Vec<&'t Rect>>,
}

impl<'t> Neighbours<'t> {
    fn of(tiles: &'t [Rect]) -> Self {
        let by = |edge: fn(&Rect) -> f64| {
            let mut map: HashMap<u64, Vec<&Rect>> = HashMap::new();
            for tile in tiles {
                map.entry(edge(tile).to_bits()).or_default().push(tile);
            }
            map
        };
        Self {
            by_left: by(|tile| tile.left),
            by_right: by(|tile| tile.right),
            by_top: by(|tile| tile.top),
            by_bottom: by(|tile| tile.bottom),
        }
    }

    /// Whether a tile has a part of an edge in common with another one.
    fn touch(&self, tile: &Rect) -> bool {
        let at = |map: &HashMap<u64, Vec<&'t Rect>>, edge: f64, meets: &dyn Fn(&Rect) -> bool| {
            let tiles = map.get(&edge.to_bits()).into_iter().flatten();
            tiles.into_iter().any(|other| meets(other))
        };
        let level = |other: &Rect| other.top < tile.bottom && tile.top < other.bottom;
        let upright = |other: &Rect| other.left < tile.right && tile.left < other.right;
        at(&self.by_left, tile.right, &level)
            || at(&self.by_right, tile.left, &level)
            || at(&self.by_top, tile.bottom, &upright)
            || at(&self.by_bottom, tile.top, &upright)
    }
}

/// The lines x - y = 0, ±PITCH, … inside the rectangles. They fall on the page, as cells along the
/// diagonal of a two-time function rise.
fn hatching(tiles: &[Rect]) -> Vec<(Point, Point)> {
    // Number of the line, and where it begins and ends horizontally.
    let mut pieces: Vec<(i64, f64, f64)> = Vec::new();
    let mut lines = Vec::new();
    let neighbours = Neighbours::of(tiles);
    for tile in tiles {
        let first = ((tile.left - tile.bottom) / PITCH).ceil() as i64;
        let last = ((tile.right - tile.top) / PITCH).floor() as i64;
        let known = pieces.len();
        pieces.extend((first..=last).map(|line| {
            let shift = line as f64 * PITCH;
            let from = tile.left.max(tile.top + shift);
            (line, from, tile.right.min(tile.bottom + shift))
        }));
        let lengths = pieces[known..].iter().map(|(_, from, to)| to - from);
        // A tile that the lines miss, or nearly so, gets its diagonal, unless it is a part of a larger
        // area, the lines of which explain it.
        let missed = lengths.fold(0.0, f64::max) < 0.5 * tile.width().min(tile.height());
        if missed && !neighbours.touch(tile) {
            let from = Point::new(tile.left, tile.top);
            lines.push((from, Point::new(tile.right, tile.bottom)));
        }
    }
    pieces.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pieces.dedup_by(|next, piece| {
        let joins = next.0 == piece.0 && next.1 <= piece.2;
        piece.2 = if joins { next.2 } else { piece.2 };
        joins
    });
    lines.extend(pieces.into_iter().map(|(line, from, to)| {
        let shift = line as f64 * PITCH;
        (Point::new(from, from - shift), Point::new(to, to - shift))
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect {
            left,
            top,
            right,
            bottom,
        }
    }

    const RED: Option<Rgb> = Some((255, 0, 0));

    #[test]
    fn neighbours_of_one_colour_become_one() {
        let block = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (3.0, 0.0)];
        let tiles = block.map(|(x, y)| (RED, rect(x, y, x + 1.0, y + 1.0)));
        let mut tiles = tiles.to_vec();
        tiles.push((None, rect(2.0, 0.0, 3.0, 1.0)));
        let expected = [
            (None, rect(2.0, 0.0, 3.0, 1.0)),
            (RED, rect(0.0, 0.0, 2.0, 2.0)),
            (RED, rect(3.0, 0.0, 4.0, 1.0)),
        ];
        assert_eq!(merged(tiles), expected);
    }

    #[test]
    fn hatching_runs_through_neighbours() {
        let whole = hatching(&[rect(0.0, 0.0, 20.0, 10.0)]);
        assert_eq!(whole.len(), 5);
        assert_eq!(
            hatching(&[rect(0.0, 0.0, 10.0, 10.0), rect(10.0, 0.0, 20.0, 10.0)]),
            whole
        );
    }

    #[test]
    fn small_cell_has_its_diagonal() {
        let diagonal = (Point::new(3.0, 1.0), Point::new(4.0, 2.0));
        assert_eq!(hatching(&[rect(3.0, 1.0, 4.0, 2.0)]), [diagonal]);
        // Beside a large one it is explained by the lines there.
        let large = rect(4.0, 0.0, 20.0, 10.0);
        let lines = hatching(&[rect(3.0, 1.0, 4.0, 2.0), large]);
        assert_eq!(lines, hatching(&[large]));
    }
}
