//! The geometry of cells: from their centres to their edges.

use std::collections::BTreeMap;

use crate::figure::spec::Scale;

/// Coordinates this close, in fractions of their extent, count as one: tables have a limited number
/// of digits, and no figure could show the difference.
const SAME: f64 = 1e-6;

/// A cell of a map in units of the data: on either axis the lower and the upper edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Left and right edge.
    pub x: [f64; 2],
    /// Lower and upper edge.
    pub y: [f64; 2],
}

/// Coordinates without repetitions.
#[derive(Debug, Clone, PartialEq)]
pub struct Distinct {
    /// The different coordinates, rising.
    pub values: Vec<f64>,
    /// For each of the given coordinates, its place among the different ones.
    pub places: Vec<usize>,
}

impl Distinct {
    /// The different ones among some coordinates; those that nearly agree count as one.
    pub fn of(coordinates: &[f64]) -> Self {
        let start = [f64::INFINITY, f64::NEG_INFINITY];
        let ends = |[low, high]: [f64; 2], &c: &f64| [low.min(c), high.max(c)];
        let [low, high] = coordinates.iter().fold(start, ends);
        Self::apart(coordinates, SAME * (high - low))
    }

    /// The different ones, those at most `same` above another counting as that one.
    fn apart(coordinates: &[f64], same: f64) -> Self {
        let mut order: Vec<usize> = (0..coordinates.len()).collect();
        order.sort_by(|&a, &b| coordinates[a].total_cmp(&coordinates[b]));
        let mut values: Vec<f64> = Vec::new();
        let mut places = vec![0; coordinates.len()];
        for index in order {
            let value = coordinates[index];
            if values.last().is_none_or(|last| value - last > same) {
                values.push(value);
            }
            places[index] = values.len() - 1;
        }
        Self { values, places }
    }
}

/// The edges of cells with these centres: in the middle between neighbours, outermost cells
/// symmetric, all in the scale of the axis. `None` if there is one centre only, which has no
/// neighbour to tell the width.
pub fn between(scale: Scale, centres: &[f64]) -> Option<Vec<[f64; 2]>> {
    let centres: Vec<f64> = centres.iter().map(|&c| scale.position(c)).collect();
    let Distinct { values, places } = Distinct::of(&centres);
    let [first, second, ..] = values[..] else {
        return None;
    };
    let [.., before, last] = values[..] else {
        return None;
    };
    let middles = values.windows(2).map(|pair| 0.5 * (pair[0] + pair[1]));
    let edges: Vec<f64> = std::iter::once(first - 0.5 * (second - first))
        .chain(middles)
        .chain(std::iter::once(last + 0.5 * (last - before)))
        .map(|edge| scale.value(edge))
        .collect();
    let of = |place: usize| [edges[place], edges[place + 1]];
    Some(places.into_iter().map(of).collect())
}

/// The edges of cells with these centres and full widths. On a log axis the centre is the geometric
/// mean of the edges. Edges that nearly agree are made equal.
pub fn around(scale: Scale, centres: &[f64], widths: &[f64]) -> Vec<[f64; 2]> {
    let pairs = centres.iter().zip(widths);
    let edges = pairs.flat_map(|(&centre, &width)| match scale {
        Scale::Linear => [centre - 0.5 * width, centre + 0.5 * width],
        // a b = centre² and b - a = width.
        Scale::Log => {
            let upper = 0.5 * width + centre.hypot(0.5 * width);
            [centre * (centre / upper), upper].map(f64::ln)
        }
    });
    let Distinct { values, places } = Distinct::of(&edges.collect::<Vec<_>>());
    let of = |pair: &[usize]| [values[pair[0]], values[pair[1]]].map(|edge| scale.value(edge));
    places.chunks_exact(2).map(of).collect()
}

/// Two cells that overlap, if there are some: one would hide a part of the other.
pub fn overlap(cells: &[Cell]) -> Option<[usize; 2]> {
    let edges = |edges: fn(&Cell) -> [f64; 2]| {
        let edges: Vec<f64> = cells.iter().flat_map(edges).collect();
        Distinct::apart(&edges, 0.0).places
    };
    let (x, y) = (edges(|cell| cell.x), edges(|cell| cell.y));
    let extended = |&cell: &usize| x[2 * cell] < x[2 * cell + 1] && y[2 * cell] < y[2 * cell + 1];
    // A vertical line moves to the right; the cells that it cuts, by their lower edges, are `open`.
    let sides = (0..cells.len()).filter(extended);
    let sides = sides.flat_map(|cell| [(2 * cell, true), (2 * cell + 1, false)]);
    let mut sides: Vec<(usize, bool)> = sides.collect();
    sides.sort_by_key(|&(edge, opens)| (x[edge], opens));
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    for (edge, opens) in sides {
        let cell = edge / 2;
        let (low, high) = (y[2 * cell], y[2 * cell + 1]);
        if !opens {
            open.remove(&low);
            continue;
        }
        // Of those that begin below its upper edge, the highest one reaches highest.
        if let Some((_, &other)) = open.range(..high).next_back()
            && y[2 * other + 1] > low
        {
            return Some([cell.min(other), cell.max(other)]);
        }
        open.insert(low, cell);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_edges_lie_in_the_middle() {
        let found = between(Scale::Linear, &[2.0, 0.0, 1.0, 4.0, 1.0]);
        let expected = vec![[1.5, 3.0], [-0.5, 0.5], [0.5, 1.5], [3.0, 5.0], [0.5, 1.5]];
        assert_eq!(found, Some(expected));
        assert_eq!(between(Scale::Linear, &[3.0, 3.0]), None);
        assert_eq!(between(Scale::Linear, &[]), None);
    }

    #[test]
    fn log_edges_are_geometric_means() {
        let found = between(Scale::Log, &[1.0, 4.0, 100.0]).expect("three centres");
        let expected = [[0.5, 2.0], [2.0, 20.0], [20.0, 500.0]];
        for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
            assert!((found / expected - 1.0).abs() < 1e-12, "{found}");
        }
        assert_eq!(found[0][1], found[1][0]);
    }

    #[test]
    fn rounding_makes_no_sliver() {
        let found = between(Scale::Linear, &[0.1 + 0.2, 0.3, 1.3]).expect("two centres");
        assert_eq!(found[0], found[1]);
        let found = around(Scale::Linear, &[0.1, 0.3, 0.7], &[0.2, 0.2, 0.6]);
        assert_eq!([found[0][1], found[1][1]], [found[1][0], found[2][0]]);
    }

    #[test]
    fn given_widths_are_met_on_both_scales() {
        let found = around(Scale::Linear, &[1.0, 4.0], &[2.0, 4.0]);
        assert_eq!(found, [[0.0, 2.0], [2.0, 6.0]]);
        let found = around(Scale::Log, &[2.0], &[3.0])[0];
        assert!((found[0] - 1.0).abs() < 1e-12 && (found[1] - 4.0).abs() < 1e-12);
    }

    #[test]
    fn overlapping_cells_are_found() {
        let cell = |x, y| Cell { x, y };
        // Two small cells beside a large one.
        let mut cells = vec![
            cell([0.0, 2.0], [0.0, 2.0]),
            cell([2.0, 3.0], [0.0, 1.0]),
            cell([2.0, 3.0], [1.0, 2.0]),
        ];
        assert_eq!(overlap(&cells), None);
        cells.push(cell([0.5, 1.0], [0.5, 1.0]));
        assert_eq!(overlap(&cells), Some([0, 3]));
        cells[3] = cell([1.5, 2.5], [1.5, 3.0]);
        assert_eq!(overlap(&cells), Some([0, 3]));
        cells[3] = cell([2.0, 3.0], [0.0, 1.0]);
        assert_eq!(overlap(&cells), Some([1, 3]));
    }
}
