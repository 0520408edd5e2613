//! One axis of a tensor grid: where its nodes lie.
//!
//! A denoiser varies over a length 1 of its field, and saturates beyond. Where the noise is much
//! wider, by a factor `L`, a uniform grid would need `L` times as many nodes. Here it is uniform in
//! `s` with
//!
//! ```text
//! y = W arsinh(sinh(s/W)/L),
//! ```
//!
//! whose spacing is `1/L` of that of `s` near `y = 0` and the same far away: `2 W ln L` more units
//! in all. `tanh(L y)` as a function of `s`, with `W = 1`, has its poles where
//! `sinh s = iL sin(π/(2L))`, that is `i` or farther on the imaginary axis: at a distance of `π/2`
//! from the real one, whatever `L ≥ 1`, where the branch points of the map lie, too. The trapezoid
//! rule converges as fast as for `L = 1`.

use std::f64::consts::PI;

/// Spacing of the coarsest grid, in units of the fields over which the denoiser varies: the
/// trapezoid error of `tanh`, with poles at distance π/2, is then about `exp(−π²/0.5)` = 3e-9.
const COARSE: f64 = 0.5;

/// Beyond it `sinh x` is `e^x/2` to rounding.
const FAR: f64 = 20.0;

/// Where the nodes of one axis lie.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// Distance of neighbouring nodes, in `s`.
    spacing: f64,
    /// The nodes of an axis that is not uniform.
    table: Option<Table>,
}

/// All nodes of an axis.
#[derive(Debug, Clone)]
struct Table {
    /// Index of the first one.
    first: i64,
    places: Vec<Place>,
}

/// The map of an axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// `L`.
    pub factor: f64,
    /// `W`.
    pub width: f64,
}

/// A node on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// `y`, from the centre of the axis.
    pub y: f64,
    /// `dy/ds`.
    pub slope: f64,
}

impl Stretch {
    fn place(self, s: f64) -> Place {
        let Self { factor, width } = self;
        let t = s / width;
        if t.abs() > FAR + factor.ln() {
            let y = width * (t.abs() - factor.ln()).copysign(t);
            return Place { y, slope: 1.0 };
        }
        let sinh = t.sinh();
        Place {
            y: width * (sinh / factor).asinh(),
            slope: t.cosh() / (factor * factor + sinh * sinh).sqrt(),
        }
    }

    /// `s` at `y`.
    fn inverse(self, y: f64) -> f64 {
        let Self { factor, width } = self;
        let t = y / width;
        if t.abs() > FAR {
            return width * (t.abs() + factor.ln()).copysign(t);
        }
        width * (factor * t.sinh()).asinh()
    }
}

impl Axis {
    /// Nodes at this distance in `s`, for `y` in `[low, high]` from the centre.
    pub fn new(spacing: f64, stretch: Option<Stretch>, [low, high]: [f64; 2]) -> Self {
        let table = stretch.map(|stretch| {
            let index = |y: f64| stretch.inverse(y) / spacing;
            let (first, last) = (index(low).floor() as i64, index(high).ceil() as i64);
            let place = |index: i64| stretch.place(spacing * index as f64);
            let places = (first..=last).map(place).collect();
            Table { first, places }
        });
        Self { spacing, table }
    }

    /// Distance of neighbouring nodes, in `s`.
    pub fn spacing(&self) -> f64 {
        self.spacing
    }

    /// First and last index of the nodes with `y` in `[low, high]`, which lies in what the axis was
    /// made for.
    #[inline]
    pub fn indices(&self, low: f64, high: f64) -> [i64; 2] {
        match &self.table {
            Some(Table { first, places }) => {
                let below = places.partition_point(|place| place.y < low);
                let inside = places[below..].partition_point(|place| place.y <= high);
                [first + below as i64, first + (below + inside) as i64 - 1]
            }
            None => {
                let (low, high) = (low / self.spacing, high / self.spacing);
                [low.ceil() as i64, high.floor() as i64]
            }
        }
    }

    /// The node of an index that [`Axis::indices`] gave.
    #[inline]
    pub fn place(&self, index: i64) -> Place {
        match &self.table {
            Some(Table { first, places }) => places[(index - first) as usize],
            None => Place {
                y: self.spacing * index as f64,
                slope: 1.0,
            },
        }
    }
}

/// Spacing of the coarsest grid along an axis whose unit is this many units of the denoiser's
/// fields, in that unit.
///
/// With a pole at distance `p = π/2` by the length, the trapezoid error of the Gaussian density
/// times `tanh` at spacing `h` is about `exp(−2πp/h + p²/2)`, less where the probability `share` of
/// the fields near the pole is small; that of the density alone, without poles so near,
/// `exp(−2π²/h²)`. Both are here as large as that of [`COARSE`] at length 1.
pub(super) fn coarse(length: f64, share: f64) -> f64 {
    let pole = PI / (2.0 * length);
    let left = EXPONENT + share.ln();
    if left <= 0.5 * pole * pole {
        return widest();
    }
    widest().min(2.0 * PI * pole / (left + 0.5 * pole * pole))
}

/// Logarithm of the error of the coarsest grid.
const EXPONENT: f64 = PI * PI / COARSE - PI * PI / 8.0;

/// Spacing of the coarsest grid for a Gaussian density of width 1 without poles near by.
pub(super) fn widest() -> f64 {
    2.0 * PI / (2.0 * EXPONENT).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_has_its_inverse_and_its_slope() {
        for (factor, width) in [(1.0, 1.0), (5.5, 1.0), (300.0, 1.7)] {
            let stretch = Stretch { factor, width };
            for s in [-90.0, -31.0, -3.0, -0.2, 0.0, 0.01, 1.4, 12.0, 41.0] {
                let place = stretch.place(s);
                let again = stretch.inverse(place.y);
                assert!((again - s).abs() < 1e-12 * s.abs().max(1.0), "{s} {again}");
                let step = 1e-5;
                let moved = stretch.place(s + step).y - stretch.place(s - step).y;
                assert!((moved / (2.0 * step) - place.slope).abs() < 1e-8);
            }
        }
    }

    /// `∫ tanh²(L y) φ(y − m) dy` on the coarsest grid: as good for every `L`.
    #[test]
    fn convergence_does_not_depend_on_the_stretch() {
        for factor in [1.0, 2.0, 8.0, 60.0] {
            let integral = |spacing: f64| {
                let stretch = Stretch { factor, width: 1.0 };
                let axis = Axis::new(spacing, Some(stretch), [-10.0, 10.0]);
                let [first, last] = axis.indices(-10.0, 10.0);
                let node = |index: i64| {
                    let Place { y, slope } = axis.place(index);
                    let tanh = (factor * y).tanh();
                    tanh * tanh * (-0.5 * (y - 0.3).powi(2)).exp() * slope * spacing
                };
                (first..=last).map(node).sum::<f64>()
            };
            let fine = integral(0.1);
            assert!((integral(0.5) - fine).abs() < 2e-6, "{factor}");
            assert!((integral(0.25) - fine).abs() < 1e-12, "{factor}");
        }
    }

    #[test]
    fn small_shares_and_short_lengths_need_fewer_nodes() {
        assert!((coarse(1.0, 1.0) - COARSE).abs() < 1e-12);
        assert!((coarse(4.0, 1.0) - COARSE / 4.0).abs() < 0.02);
        assert_eq!(coarse(1e-3, 1.0), widest());
        assert_eq!(coarse(6.0, 1e-30), widest());
        assert!(coarse(6.0, 1e-3) > coarse(6.0, 1.0));
    }
}
