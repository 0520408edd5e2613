//! Numbers between the centres of cells: where a function is smooth, a map need not show steps.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{Cell, Distinct};
use super::map::Cells;
use crate::figure::spec::Scale;

/// Neighbours that differ by more than this, in fractions of the colour scale, are taken for the two
/// sides of a jump.
const JUMP: f64 = 0.2;

/// The numbers of a smooth cell, as fractions of the colour scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patch {
    /// At the corners: lower left, lower right, upper left, upper right.
    corners: [f64; 4],
    /// At the centre.
    centre: f64,
}

impl Patch {
    /// The number at a place of the cell, given by fractions of its width and height: bilinear
    /// between the corners, and lifted inside to meet the number at the centre.
    pub fn at(&self, x: f64, y: f64) -> f64 {
        let [a, b, c, d] = self.corners;
        let bilinear = (1.0 - y) * ((1.0 - x) * a + x * b) + y * ((1.0 - x) * c + x * d);
        let lift = self.centre - (a + b + c + d) / 4.0;
        bilinear + 16.0 * x * (1.0 - x) * y * (1.0 - y) * lift
    }

    /// The difference between its greatest and its least number at corners and centre.
    pub fn spread(&self) -> f64 {
        let start = [self.centre; 2];
        let ends = |[low, high]: [f64; 2], v: &f64| [low.min(*v), high.max(*v)];
        let [low, high] = self.corners.iter().fold(start, ends);
        high - low
    }
}

/// A place of the lattice that all edges of cells form.
type Node = [usize; 2];

/// Which cells meet where.
struct Meetings {
    /// Edges of the cells on the lattice: left, right, lower, upper.
    edges: Vec<[usize; 4]>,
    /// The cells that meet at each corner of a cell, with the corner in the order of columns.
    meet: BTreeMap<Node, Vec<usize>>,
    /// The same corners in the order of rows.
    rows: BTreeSet<Node>,
    /// Positions of the lattice on either axis, in fractions of its extent.
    positions: [Vec<f64>; 2],
}

/// The patches of the cells of a heat map on axes of these scales; none for cells that are to keep
/// one colour. `fraction` gives the place of a number on the colour scale.
///
/// A cell has a patch if it and all cells that it touches, be it at a corner, have a number, belong
/// to one group, and differ from it by at most a fifth of the colour scale. The number at a corner
/// is the mean of those of the cells that meet there, each weighted by the inverse of its centre's
/// distance; so patches of neighbours of one size agree along their common edge. Along an edge with
/// two smaller neighbours they may differ a little in its middle.
pub fn patches(
    map: &Cells<f64>,
    scales: [Scale; 2],
    fraction: impl Fn(f64) -> f64,
) -> Vec<Option<Patch>> {
    let numbers: Vec<Option<f64>> = map.values.iter().map(|v| v.map(&fraction)).collect();
    let meetings = Meetings::of(&map.cells, scales);
    let patch = |cell: usize| {
        let centre = numbers[cell]?;
        let alike = |other: &usize| {
            let near = numbers[*other].is_some_and(|value| (value - centre).abs() <= JUMP);
            near && map.groups[*other] == map.groups[cell]
        };
        let corner = |node: Node| meetings.mean(node, &numbers);
        let [left, right, low, high] = meetings.edges[cell];
        let nodes = [[left, low], [right, low], [left, high], [right, high]];
        let smooth = meetings.touching(cell).iter().all(alike);
        smooth.then(|| Patch {
            corners: nodes.map(corner),
            centre,
        })
    };
    (0..map.cells.len()).map(patch).collect()
}

impl Meetings {
    fn of(cells: &[Cell], scales: [Scale; 2]) -> Self {
        let axis = |scale: Scale, edges: fn(&Cell) -> [f64; 2]| {
            let edges = cells.iter().flat_map(edges);
            Distinct::of(&edges.map(|edge| scale.position(edge)).collect::<Vec<_>>())
        };
        let (x, y) = (
            axis(scales[0], |cell| cell.x),
            axis(scales[1], |cell| cell.y),
        );
        let places = |cell: usize| [2 * cell, 2 * cell + 1];
        let edges = (0..cells.len()).map(|cell| {
            let [xs, ys] = [&x, &y].map(|axis| places(cell).map(|edge| axis.places[edge]));
            [xs[0], xs[1], ys[0], ys[1]]
        });
        let mut meetings = Self {
            edges: edges.collect(),
            meet: BTreeMap::new(),
            rows: BTreeSet::new(),
            positions: [x.values, y.values].map(fractions),
        };
        for &[left, right, low, high] in &meetings.edges {
            for node in [[left, low], [right, low], [left, high], [right, high]] {
                meetings.meet.entry(node).or_default();
                meetings.rows.insert([node[1], node[0]]);
            }
        }
        for cell in 0..cells.len() {
            for node in meetings.nodes(cell) {
                meetings.meet.entry(node).or_default().push(cell);
            }
        }
        meetings
    }

    /// The corners of cells that lie on the rim of this one.
    fn nodes(&self, cell: usize) -> BTreeSet<Node> {
        let [left, right, low, high] = self.edges[cell];
        let columns = [left, right].into_iter();
        let columns = columns.flat_map(|x| self.meet.range([x, low]..=[x, high]));
        let rows = [low, high].into_iter();
        let rows = rows.flat_map(|y| self.rows.range([y, left]..=[y, right]));
        let columns = columns.map(|(node, _)| *node);
        columns.chain(rows.map(|[y, x]| [*x, *y])).collect()
    }

    /// The cells that a cell touches, with itself.
    fn touching(&self, cell: usize) -> BTreeSet<usize> {
        let nodes = self.nodes(cell).into_iter();
        let cells = nodes.filter_map(|node| self.meet.get(&node));
        cells.flatten().copied().collect()
    }

    /// The mean of the numbers of the cells that meet at a corner.
    fn mean(&self, node: Node, numbers: &[Option<f64>]) -> f64 {
        let at = |axis: usize, place: usize| self.positions[axis][place];
        let (mut sum, mut weights) = (0.0, 0.0);
        for &cell in self.meet.get(&node).into_iter().flatten() {
            let [left, right, low, high] = self.edges[cell];
            let x = 0.5 * (at(0, left) + at(0, right)) - at(0, node[0]);
            let y = 0.5 * (at(1, low) + at(1, high)) - at(1, node[1]);
            if let Some(number) = numbers[cell] {
                // A cell that rounding has left no extent still has a weight.
                let weight = 1.0 / x.hypot(y).max(f64::EPSILON);
                sum += weight * number;
                weights += weight;
            }
        }
        sum / weights
    }
}

/// Rising positions as fractions of their extent.
fn fractions(positions: Vec<f64>) -> Vec<f64> {
    let first = positions.first().copied().unwrap_or(0.0);
    let extent = positions.last().map_or(1.0, |last| last - first);
    positions.iter().map(|at| (at - first) / extent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells of side 1, or as given, with a number and a group.
    fn map(cells: &[([f64; 2], f64, Option<f64>, usize)]) -> Cells<f64> {
        let edges = |centre: f64, side: f64| [centre - 0.5 * side, centre + 0.5 * side];
        let cell = |&([x, y], side, ..): &([f64; 2], f64, Option<f64>, usize)| Cell {
            x: edges(x, side),
            y: edges(y, side),
        };
        Cells {
            cells: cells.iter().map(cell).collect(),
            centres: cells.iter().map(|one| one.0).collect(),
            values: cells.iter().map(|one| one.2).collect(),
            groups: cells.iter().map(|one| one.3).collect(),
        }
    }

    fn square(side: usize, value: impl Fn(f64, f64) -> (Option<f64>, usize)) -> Cells<f64> {
        let places = (0..side * side).map(|i| [(i % side) as f64, (i / side) as f64]);
        let cells = places.map(|[x, y]| {
            let (number, group) = value(x, y);
            ([x, y], 1.0, number, group)
        });
        map(&cells.collect::<Vec<_>>())
    }

    fn found(map: &Cells<f64>) -> Vec<Option<Patch>> {
        patches(map, [Scale::Linear; 2], |value| value)
    }

    #[test]
    fn a_plane_is_met_inside() {
        let plane = |x: f64, y: f64| 0.03 * x + 0.05 * y;
        let found = found(&square(5, |x, y| (Some(plane(x, y)), 0)));
        let middle = found[12].expect("smooth");
        for (u, v) in [(0.0, 0.0), (0.3, 0.9), (0.5, 0.5), (1.0, 0.2)] {
            let expected = plane(1.5 + u, 1.5 + v);
            assert!((middle.at(u, v) - expected).abs() < 1e-12);
        }
        assert!((middle.spread() - 0.08).abs() < 1e-12);
        // Neighbours agree along their common edge.
        let right = found[13].expect("smooth");
        assert!((middle.at(1.0, 0.7) - right.at(0.0, 0.7)).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_interpolated_across_a_region_a_gap_or_a_jump() {
        let smooth =
            |map: &Cells<f64>| -> Vec<bool> { found(map).iter().map(Option::is_some).collect() };
        let columns = [true, true, false, false, true, true].repeat(6);
        let regions = square(6, |x, _| (Some(0.01 * x), usize::from(x > 2.5)));
        assert_eq!(smooth(&regions), columns);
        let jump = square(6, |x, _| (Some(if x > 2.5 { 0.5 } else { 0.2 }), 0));
        assert_eq!(smooth(&jump), columns);
        // A cell without a number keeps all eight around it as they are.
        let gap = square(6, |x, y| ((x != 2.0 || y != 2.0).then_some(0.3), 0));
        let kept = smooth(&gap).iter().filter(|smooth| !**smooth).count();
        assert_eq!(kept, 9);
    }

    #[test]
    fn small_neighbours_count_too() {
        let coarse = ([1.0, 1.0], 2.0, Some(0.5), 0);
        let fine = |x: f64, y: f64, group| ([x, y], 1.0, Some(0.4), group);
        let all = |group| map(&[coarse, fine(2.5, 0.5, 0), fine(2.5, 1.5, group)]);
        let same = found(&all(0));
        assert!(same.iter().all(Option::is_some));
        // At the corner in the middle of its edge the coarse cell counts, and less than the others.
        let at = same[1].expect("smooth").at(0.0, 1.0);
        assert!(at > 0.4 && at < 0.45, "{at}");
        assert_eq!(found(&all(1))[0], None);
    }
}
