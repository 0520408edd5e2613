//! Leaving out the points of a line that nobody can see.

use super::canvas::unit_of;
use super::geometry::Point;

/// Lines of up to so many points are drawn as they are.
const DENSE: usize = 2000;

/// The points of a line without those that change nothing on the page; all of them of a line of up
/// to 2000 points.
///
/// A line is drawn in whole drawing units (a quarter of a pixel). Of points that follow each other
/// in one column of units there remain the first, the highest, the lowest and the last, in their
/// order; then of points that follow each other in one row the first, the leftmost, the rightmost
/// and the last. Either way the line covers the same units as before. Of up to four points that
/// follow each other in a column or a row, all remain.
pub fn thinned(points: &[Point]) -> Vec<Point> {
    if points.len() <= DENSE {
        return points.to_vec();
    }
    let columns = extremes(points, |point| unit_of(point.x), |point| point.y);
    extremes(&columns, |point| unit_of(point.y), |point| point.x)
}

/// The first, the last and the outermost of neighbours in one lane.
fn extremes(
    points: &[Point],
    lane: impl Fn(&Point) -> f64,
    across: impl Fn(&Point) -> f64,
) -> Vec<Point> {
    let mut kept = Vec::new();
    for run in points.chunk_by(|a, b| lane(a) == lane(b)) {
        if run.len() <= 4 {
            kept.extend_from_slice(run);
            continue;
        }
        let (mut low, mut high) = (0, 0);
        for (index, point) in run.iter().enumerate() {
            if across(point) < across(&run[low]) {
                low = index;
            }
            if across(point) > across(&run[high]) {
                high = index;
            }
        }
        let mut places = [0, low.min(high), low.max(high), run.len() - 1].to_vec();
        places.dedup();
        kept.extend(places.into_iter().map(|place| run[place]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_of_a_column_remain_in_their_order() {
        let line = [3.0, 9.0, 4.0, 1.0, 2.0, 5.0];
        // As often as makes a dense line; the repetitions stand in the same column.
        let ys = [&line[..5], &line[1..].repeat(DENSE)].concat();
        let points: Vec<Point> = ys.iter().map(|y| Point::new(10.0 + 1e-3 * y, *y)).collect();
        let kept: Vec<f64> = thinned(&points).iter().map(|point| point.y).collect();
        assert_eq!(kept, [3.0, 9.0, 1.0, 5.0]);
        let swapped = points.iter().map(|point| Point::new(point.y, point.x));
        let swapped: Vec<Point> = swapped.collect();
        let kept: Vec<f64> = thinned(&swapped).iter().map(|point| point.x).collect();
        assert_eq!(kept, [3.0, 9.0, 1.0, 5.0]);
    }

    #[test]
    fn points_that_can_be_told_apart_remain() {
        let points: Vec<Point> = (0..4000)
            .map(|index| Point::new(0.25 * f64::from(index), f64::from(index % 7)))
            .collect();
        assert_eq!(thinned(&points), points);
        let level: Vec<Point> = points
            .iter()
            .map(|point| Point::new(point.x, 1.0))
            .collect();
        assert_eq!(thinned(&level), [level[0], level[3999]]);
        assert_eq!(thinned(&level[..DENSE]), level[..DENSE]);
    }

    #[test]
    fn a_dense_line_has_few_points_and_its_full_height() {
        let height = |index: u32| f64::from(index.wrapping_mul(2_654_435_761) % 1000);
        let points: Vec<Point> = (0..1_000_000)
            .map(|index| Point::new(4e-4 * f64::from(index), height(index)))
            .collect();
        let kept = thinned(&points);
        assert!(kept.len() <= 4 * (4 * 400 + 1), "{}", kept.len());
        let ends = |points: &[Point]| {
            let start = (f64::INFINITY, f64::NEG_INFINITY);
            let ends =
                |(low, high): (f64, f64), point: &Point| (low.min(point.y), high.max(point.y));
            points.iter().fold(start, ends)
        };
        assert_eq!(ends(&kept), ends(&points));
        assert_eq!((kept[0], kept.last()), (points[0], points.last()));
    }
}
