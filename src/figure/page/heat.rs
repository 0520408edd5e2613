//! Drawing of a heat map: cells and lines of equal value.

use super::metrics::{CASING, CONTOUR};
use super::plot::Plot;
use super::tiles;
use crate::figure::data::contour::Grid;
use crate::figure::data::smooth::{self, Patch};
use crate::figure::data::{Cell, Cells, ColourScale, Distinct, LEVELS};
use crate::figure::error::FigureError;
use crate::figure::ink::{Canvas, Point};
use crate::figure::spec::HeatSpec;
use crate::figure::style::{INK, PAPER, Rgb, Stroke};

/// Least side of a piece of a smooth cell, in nominal pixels, and how many of them a frame may hold:
/// in a large one they are larger.
const PIECE: f64 = 2.0;
const PIECES: f64 = 100_000.0;

/// Draws cells and lines of equal value.
pub fn draw(
    canvas: &Canvas,
    plot: &Plot,
    heat: &HeatSpec,
    map: &Cells<f64>,
    colours: &ColourScale,
) -> Result<(), FigureError> {
    if heat.smooth {
        let tiles = smooth_tiles(plot, map, colours);
        let tiles = tiles.iter().map(|(cell, colour)| (cell, *colour));
        tiles::draw(canvas, plot, tiles)?;
    } else {
        let cells = map.visible(&plot.x, &plot.y);
        let coloured = cells.map(|(cell, value)| (cell, value.map(|value| colours.colour(value))));
        tiles::draw(canvas, plot, coloured)?;
    }
    let lines = contours(plot, heat, map);
    lines.iter().try_for_each(|line| casing(canvas, line))?;
    let stroke = contour_stroke();
    lines
        .iter()
        .try_for_each(|line| canvas.polyline(line, &stroke))
}

/// The cells of a map with colours that run on: those with a patch in small pieces.
fn smooth_tiles(plot: &Plot, map: &Cells<f64>, colours: &ColourScale) -> Vec<(Cell, Option<Rgb>)> {
    let scales = [plot.x.scale, plot.y.scale];
    let patches = smooth::patches(map, scales, |value| colours.axis.fraction(value));
    let mut tiles = Vec::new();
    for ((cell, value), patch) in map.cells.iter().zip(&map.values).zip(patches) {
        if !cell.meets(&plot.x, &plot.y) {
            continue;
        }
        let Some(patch) = patch else {
            tiles.push((*cell, value.map(|value| colours.colour(value))));
            continue;
        };
        let [xs, ys] = pieces(plot, cell, &patch);
        for (row, y) in ys.windows(2).enumerate() {
            for (column, x) in xs.windows(2).enumerate() {
                let middle = |index: usize, count: usize| (index as f64 + 0.5) / (count - 1) as f64;
                let at = patch.at(middle(column, xs.len()), middle(row, ys.len()));
                let edges = Cell {
                    x: [x[0], x[1]],
                    y: [y[0], y[1]],
                };
                tiles.push((edges, Some(colours.at(at))));
            }
        }
    }
    tiles
}

/// The edges of the pieces of a cell, on either axis: as small as can be seen, but no more than
/// there are colours to show.
fn pieces(plot: &Plot, cell: &Cell, patch: &Patch) -> [Vec<f64>; 2] {
    let [from, to] = [0, 1].map(|end| plot.place(cell.x[end], cell.y[end]));
    let colours = (patch.spread() * f64::from(LEVELS)).ceil();
    let area = plot.frame.width() * plot.frame.height();
    let side = PIECE.max((area / PIECES).sqrt());
    let count = |length: f64| (length.abs() / side).ceil().min(2.0 * colours).max(1.0) as usize;
    let counts = [count(to.x - from.x), count(to.y - from.y)];
    let axes = [(plot.x.scale, cell.x), (plot.y.scale, cell.y)];
    [0, 1].map(|axis| {
        let (scale, [low, high]) = axes[axis];
        let ends = [low, high].map(|end| scale.position(end));
        let inner = (1..counts[axis]).map(|piece| {
            let part = piece as f64 / counts[axis] as f64;
            scale.value(ends[0] + part * (ends[1] - ends[0]))
        });
        // The outer edges stay exactly as they are, so that no gap opens to the neighbours.
        std::iter::once(low).chain(inner).chain([high]).collect()
    })
}

/// The stroke of lines of equal value.
pub fn contour_stroke() -> Stroke {
    Stroke::solid(INK, CONTOUR)
}

/// The white under a line of equal value.
pub fn casing(canvas: &Canvas, line: &[Point]) -> Result<(), FigureError> {
    canvas.polyline(line, &Stroke::solid(PAPER, CASING))
}

/// The lines of equal value in the frame.
pub fn contours(plot: &Plot, heat: &HeatSpec, map: &Cells<f64>) -> Vec<Vec<Point>> {
    if heat.contours.is_empty() {
        return Vec::new();
    }
    // Between centres the number is linear on the page, or its logarithm on a logarithmic colour
    // scale.
    let transformed = |value| heat.color_scale.position(value);
    let places = map.centres.iter().map(|&[x, y]| plot.place(x, y));
    let (xs, ys): (Vec<f64>, Vec<f64>) = places.map(|at| (at.x, at.y)).unzip();
    let (xs, ys) = (Distinct::of(&xs), Distinct::of(&ys));
    let mut grid = Grid {
        columns: xs.values.len(),
        values: vec![None; xs.values.len() * ys.values.len()],
    };
    for ((column, row), value) in xs.places.iter().zip(&ys.places).zip(&map.values) {
        grid.values[row * grid.columns + column] = value.map(transformed);
    }
    let levels = heat.contours.iter().map(|&level| transformed(level));
    let lines = levels.flat_map(|level| grid.contour(level));
    let placed = lines.map(|line| {
        let place = |[x, y]: [f64; 2]| Point::new(between(&xs.values, x), between(&ys.values, y));
        line.into_iter().map(place).collect::<Vec<_>>()
    });
    placed
        .flat_map(|line| plot.frame.clip_polyline(&line))
        .collect()
}

/// The coordinate at a place between two of a list.
fn between(coordinates: &[f64], place: f64) -> f64 {
    let first = (place.floor() as usize).min(coordinates.len().saturating_sub(2));
    let part = place - first as f64;
    coordinates[first] + part * (coordinates[first + 1] - coordinates[first])
}
