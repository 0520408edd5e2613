//! Lines of equal value on a rectangular grid, by marching squares.

use std::collections::BTreeMap;

/// Numbers on a rectangular grid, row by row; `None` where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Length of a row.
    pub columns: usize,
    /// The numbers.
    pub values: Vec<Option<f64>>,
}

/// The edge from one place of the grid to the next one in its row, or in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: usize,
    upright: bool,
}

impl Grid {
    /// The lines on which the number is `level`, as places in units of columns and rows. Between
    /// neighbours the number is taken as linear; in squares that lack a corner there is no line.
    pub fn contour(&self, level: f64) -> Vec<Vec<[f64; 2]>> {
        let mut links: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
        let rows = self.values.len() / self.columns.max(1);
        for row in 1..rows {
            for column in 1..self.columns {
                for [a, b] in self.segments((row - 1) * self.columns + column - 1, level) {
                    links.entry(a).or_default().push(b);
                    links.entry(b).or_default().push(a);
                }
            }
        }
        let place = |edge| self.crossing(edge, level);
        chains(links)
            .into_iter()
            .map(|chain| chain.into_iter().filter_map(place).collect())
            .collect()
    }

    /// The pieces of the line in one square, given by its first corner: each joins two edges.
    fn segments(&self, first: usize, level: f64) -> Vec<[Edge; 2]> {
        let above = first + self.columns;
        let corners = [first, first + 1, above + 1, above].map(|corner| self.values[corner]);
        let [Some(a), Some(b), Some(c), Some(d)] = corners else {
            return Vec::new();
        };
        let edge = |from, upright| Edge { from, upright };
        // Each edge ends at the corner of the same number, and the next one begins there.
        let edges = [
            edge(first, true),
            edge(first, false),
            edge(first + 1, true),
            edge(above, false),
        ];
        let high = [a, b, c, d].map(|value| value >= level);
        let crossed = |side: usize| high[(side + 3) % 4] != high[side];
        let crossed: Vec<usize> = (0..4).filter(|&side| crossed(side)).collect();
        match crossed[..] {
            [one, other] => vec![[edges[one], edges[other]]],
            [_, _, _, _] => {
                // In a saddle, the corners that differ from the middle are cut off one by one.
                let middle = (a + b + c + d) / 4.0 >= level;
                let apart = (0..4).filter(|&corner| high[corner] != middle);
                apart
                    .map(|corner| [edges[corner], edges[(corner + 1) % 4]])
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Where the line crosses an edge.
    fn crossing(&self, edge: Edge, level: f64) -> Option<[f64; 2]> {
        let step = if edge.upright { self.columns } else { 1 };
        let (from, to) = (self.values[edge.from]?, self.values[edge.from + step]?);
        let (column, row) = (edge.from % self.columns, edge.from / self.columns);
        let (column, row) = (column as f64, row as f64);
        let part = (level - from) / (to - from);
        Some(if edge.upright {
            [column, row + part]
        } else {
            [column + part, row]
        })
    }
}

/// Joins the links to lines, as long as they go; a closed line ends where it begins.
fn chains(mut links: BTreeMap<Edge, Vec<Edge>>) -> Vec<Vec<Edge>> {
    let ends = links.iter().filter(|(_, next)| next.len() == 1);
    let starts: Vec<Edge> = ends
        .map(|(edge, _)| *edge)
        .chain(links.keys().copied())
        .collect();
    let mut lines = Vec::new();
    for start in starts {
        let mut line = vec![start];
        let mut here = start;
        while let Some(next) = links.get_mut(&here).and_then(Vec::pop) {
            if let Some(back) = links.get_mut(&next) {
                back.retain(|edge| *edge != here);
            }
            line.push(next);
            here = next;
        }
        if line.len() > 1 {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of this size with the numbers of a function of column and row.
    fn grid(columns: usize, rows: usize, value: impl Fn(f64, f64) -> f64) -> Grid {
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
        let values = places.map(|(column, row)| Some(value(column as f64, row as f64)));
        let values = values.collect();
        Grid { columns, values }
    }

    #[test]
    fn contour_of_a_plane_is_straight() {
        let grid = grid(6, 5, |x, y| 2.0 * x + y);
        let lines = grid.contour(4.5);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0]
                .iter()
                .all(|[x, y]| (2.0 * x + y - 4.5).abs() < 1e-12)
        );
        let (first, last) = (lines[0][0], lines[0][lines[0].len() - 1]);
        let mut ends = [first[1], last[1]];
        ends.sort_by(f64::total_cmp);
        assert_eq!(ends, [0.0, 4.0]);
        // Through corners of the grid, too.
        assert!(
            grid.contour(4.0)[0]
                .iter()
                .all(|[x, y]| (2.0 * x + y - 4.0).abs() < 1e-12)
        );
        assert!(grid.contour(-0.5).is_empty() && grid.contour(20.0).is_empty());
    }

    #[test]
    fn contour_around_a_summit_is_closed() {
        let lines = grid(7, 7, |x, y| -(x - 3.0).hypot(y - 3.0)).contour(-2.2);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        let near = |[x, y]: &[f64; 2]| ((x - 3.0).hypot(y - 3.0) - 2.2).abs() < 0.1;
        assert!(lines[0].len() > 10 && lines[0].iter().all(near));
    }

    #[test]
    fn squares_without_a_corner_have_no_line() {
        let mut grid = grid(5, 5, |x, _| x);
        assert_eq!(grid.contour(1.5)[0].len(), 5);
        grid.values[2 * 5 + 2] = None;
        let lines = grid.contour(1.5);
        assert_eq!(lines, [[[1.5, 0.0], [1.5, 1.0]], [[1.5, 3.0], [1.5, 4.0]]]);
    }

    #[test]
    fn saddle_keeps_its_middle_together() {
        let saddle = |middle: f64| {
            let values = [1.0, -0.5, 1.0, -0.5].map(|value| Some(value + middle));
            let [a, b, c, d] = values;
            let grid = Grid {
                columns: 2,
                values: vec![a, b, d, c],
            };
            grid.contour(0.0)
        };
        // The middle is above zero: the two low corners are cut off; else the two high ones.
        let lengths = |lines: Vec<Vec<[f64; 2]>>, corner: [f64; 2]| {
            assert_eq!(lines.len(), 2);
            let near = |p: &[f64; 2]| (p[0] - corner[0]).abs() + (p[1] - corner[1]).abs() < 1.0;
            lines.iter().any(|line| line.iter().all(near))
        };
        assert!(lengths(saddle(0.0), [1.0, 0.0]));
        assert!(lengths(saddle(-0.4), [0.0, 0.0]));
    }
}
