//! Drawing of a heat map: cells and lines of equal value.

use super::metrics::{CASING, CONTOUR};
use super::plot::Plot;
use super::tiles;
use crate::figure::data::contour::Grid;
use crate::figure::data::{Cells, ColourScale, Distinct};
use crate::figure::error::FigureError;
use crate::figure::ink::{Canvas, Point};
use crate::figure::spec::HeatSpec;
use crate::figure::style::{INK, PAPER, Stroke};

/// Draws cells and lines of equal value.
pub fn draw(
    canvas: &Canvas,
    plot: &Plot,
    heat: &HeatSpec,
    map: &Cells<f64>,
    colours: &ColourScale,
) -> Result<(), FigureError> {
    let cells = map.visible(&plot.x, &plot.y);
    let coloured = cells.map(|(cell, value)| (cell, value.map(|value| colours.colour(value))));
    tiles::draw(canvas, plot, coloured)?;
    let lines = contours(plot, heat, map);
    lines.iter().try_for_each(|line| casing(canvas, line))?;
    let stroke = contour_stroke();
    lines
        .iter()
        .try_for_each(|line| canvas.polyline(line, &stroke))
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
