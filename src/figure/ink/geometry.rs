//! Points, rectangles, clipping and dashes, all in nominal pixels with y growing downwards.

/// A place on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Distance from the left.
    pub x: f64,
    /// Distance from the top.
    pub y: f64,
}

impl Point {
    /// The point with these coordinates.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    fn towards(self, other: Self, t: f64) -> Self {
        Self::new(
            self.x + t * (other.x - self.x),
            self.y + t * (other.y - self.y),
        )
    }

    fn distance(self, other: Self) -> f64 {
        (other.x - self.x).hypot(other.y - self.y)
    }
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Rect {
    /// Horizontal extent.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Vertical extent.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The corners, clockwise from the upper left.
    pub fn corners(&self) -> [Point; 4] {
        [
            Point::new(self.left, self.top),
            Point::new(self.right, self.top),
            Point::new(self.right, self.bottom),
            Point::new(self.left, self.bottom),
        ]
    }

    /// Whether a point is inside.
    pub fn holds(&self, point: Point) -> bool {
        (self.left..=self.right).contains(&point.x) && (self.top..=self.bottom).contains(&point.y)
    }

    /// Whether two rectangles have more than an edge in common.
    pub fn meets(&self, other: &Self) -> bool {
        let beside = self.right <= other.left || other.right <= self.left;
        let above = self.bottom <= other.top || other.bottom <= self.top;
        !beside && !above
    }

    /// The part of the segment from `a` to `b` inside (Liang and Barsky).
    pub fn clip_segment(&self, a: Point, b: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let edges = [
            (-dx, a.x - self.left),
            (dx, self.right - a.x),
            (-dy, a.y - self.top),
            (dy, self.bottom - a.y),
        ];
        for (speed, room) in edges {
            if speed == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if speed < 0.0 {
                enter = enter.max(room / speed);
            } else {
                leave = leave.min(room / speed);
            }
        }
        (enter <= leave).then(|| (a.towards(b, enter), a.towards(b, leave)))
    }

    /// The parts of a polyline inside.
    pub fn clip_polyline(&self, points: &[Point]) -> Vec<Vec<Point>> {
        let mut pieces: Vec<Vec<Point>> = Vec::new();
        for pair in points.windows(2) {
            let Some((a, b)) = self.clip_segment(pair[0], pair[1]) else {
                continue;
            };
            match pieces.last_mut() {
                Some(piece) if piece.last() == Some(&a) => piece.push(b),
                _ => pieces.push(vec![a, b]),
            }
        }
        pieces
    }

    /// The part of a polygon inside (Sutherland and Hodgman); empty if there is none.
    pub fn clip_polygon(&self, polygon: &[Point]) -> Vec<Point> {
        // Each edge as the signed distance to it, positive inside.
        let edges: [&dyn Fn(Point) -> f64; 4] = [
            &|p| p.x - self.left,
            &|p| self.right - p.x,
            &|p| p.y - self.top,
            &|p| self.bottom - p.y,
        ];
        let mut current = polygon.to_vec();
        for inside in edges {
            let mut kept = Vec::with_capacity(current.len() + 4);
            for (index, &end) in current.iter().enumerate() {
                let start = current[(index + current.len() - 1) % current.len()];
                let (from, to) = (inside(start), inside(end));
                if (from < 0.0) != (to < 0.0) {
                    kept.push(start.towards(end, from / (from - to)));
                }
                if to >= 0.0 {
                    kept.push(end);
                }
            }
            current = kept;
        }
        current
    }
}

/// Length of a polyline.
pub fn length(points: &[Point]) -> f64 {
    let segments = points.windows(2);
    segments.map(|pair| pair[0].distance(pair[1])).sum()
}

/// Cuts a polyline into dashes: the pattern has lengths of ink and of gap in turn. It runs on around
/// the corners.
pub fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let Some(&first) = points.first() else {
        return pieces;
    };
    let mut drawing = true;
    let mut lengths = pattern.iter().cycle().copied();
    let mut left = lengths.next().unwrap_or(f64::INFINITY);
    let mut piece = vec![first];
    for pair in points.windows(2) {
        let length = pair[0].distance(pair[1]);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let cut = pair[0].towards(pair[1], done / length);
            if drawing {
                piece.push(cut);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![cut];
            }
            drawing = !drawing;
            left = lengths.next().unwrap_or(f64::INFINITY);
        }
        left -= length - done;
        if drawing {
            piece.push(pair[1]);
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 1.0,
        bottom: 1.0,
    };

    fn line(coordinates: &[(f64, f64)]) -> Vec<Point> {
        coordinates.iter().map(|&(x, y)| Point::new(x, y)).collect()
    }

    #[test]
    fn polyline_that_leaves_and_returns_is_cut_in_two() {
        let path = line(&[(0.25, 0.5), (0.5, -0.5), (0.75, 0.5), (2.0, 0.5)]);
        let expected = [
            line(&[(0.25, 0.5), (0.375, 0.0)]),
            line(&[(0.625, 0.0), (0.75, 0.5), (1.0, 0.5)]),
        ];
        assert_eq!(UNIT.clip_polyline(&path), expected);
    }

    #[test]
    fn polygon_is_cut_at_the_border() {
        let square = line(&[(0.5, 0.5), (1.5, 0.5), (1.5, 1.5), (0.5, 1.5)]);
        let mut cut = UNIT.clip_polygon(&square);
        cut.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
        assert_eq!(cut, line(&[(0.5, 0.5), (0.5, 1.0), (1.0, 0.5), (1.0, 1.0)]));
        assert_eq!(
            UNIT.clip_polygon(&line(&[(2.0, 2.0), (3.0, 2.0), (2.0, 3.0)])),
            []
        );
    }

    #[test]
    fn dashes_run_on_around_corners() {
        let found = dashes(&line(&[(0.0, 0.0), (5.0, 0.0), (5.0, 6.0)]), &[3.0, 1.0]);
        let expected = [
            line(&[(0.0, 0.0), (3.0, 0.0)]),
            line(&[(4.0, 0.0), (5.0, 0.0), (5.0, 2.0)]),
            line(&[(5.0, 3.0), (5.0, 6.0)]),
        ];
        assert_eq!(found, expected);
    }
}
