//! One mode along a principal direction: the closed form of its growth (decelle2017, linear regime;
//! theory.md section 7).

/// A mode `w u v^T` whose visible vector `u` is a principal direction of variance `c > σ_v²`.
///
/// `ẇ = σ_h² w (c − σ_v²/(1 − σ_v² σ_h² w²))`, which for `y = w²` has the solution
/// `2σ_h²(c − σ_v²) t = ln(y/y_0) − (σ_v²/c) ln((y* − y)/(y* − y_0))`. It is solved for
/// `x = logit(y/y*)` (above `y*` for `x = −ln(y/y* − 1)`), in which it is monotone and in which
/// nothing cancels, at the start and at the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlignedMode {
    /// `y* = w*²`.
    limit: f64,
    /// `2σ_h²(c − σ_v²)`.
    rate: f64,
    /// `r = σ_v²/c`.
    ratio: f64,
    start: Start,
}

/// Where the mode begins.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// Below the limit, at this `x`.
    Below(f64),
    /// At the limit.
    There,
    /// Above the limit, at this `x`.
    Above(f64),
}

impl AlignedMode {
    /// The mode of this variance that begins with the singular value `start`; see
    /// [`super::LinearRbm::aligned_mode`].
    pub(super) fn new(variance: f64, start: f64, visible: f64, hidden: f64) -> Option<Self> {
        let excess = variance - visible;
        // Rounding decides nothing at the border.
        let inside = start > 0.0 && visible * hidden * start * start < 1.0 - 1e-12;
        if excess <= 0.0 || !inside {
            return None;
        }
        let limit = excess / (visible * hidden * variance);
        let begin = start * start;
        let place = (begin / (limit - begin).abs()).ln();
        let start = if begin < limit {
            Start::Below(place)
        } else if begin > limit {
            // y/y* − 1 = e^{−x}.
            Start::Above((limit / (begin - limit)).ln())
        } else {
            Start::There
        };
        Some(Self {
            limit,
            rate: 2.0 * hidden * excess,
            ratio: visible / variance,
            start,
        })
    }

    /// Its equilibrium `w*`.
    pub fn limit(&self) -> f64 {
        self.limit.sqrt()
    }

    /// `w(t)`; time in units of the learning rate, not negative.
    pub fn at(&self, time: f64) -> f64 {
        let grown = self.rate * time;
        let square = match self.start {
            Start::There => self.limit,
            Start::Below(start) => {
                // A tangent of a concave function lies above it: the iterates rise to the root.
                let target = self.below(start) + grown;
                let x = newton(start + grown, |x| {
                    let slope = logistic(-x) + self.ratio * logistic(x);
                    (self.below(x) - target, slope)
                });
                self.limit * logistic(x)
            }
            Start::Above(start) => {
                let target = self.above(start) + grown;
                let slope = |x: f64| self.ratio - logistic(-x);
                // The function is convex: the iterates fall to the root.
                let first = start + grown / slope(start);
                let x = newton(first, |x| (self.above(x) - target, slope(x)));
                self.limit * (1.0 + (-x).exp())
            }
        };
        square.sqrt()
    }

    /// When `w²` is half of its limit (the time at which the mode emerges); `None` where it begins
    /// above.
    pub fn half_rise(&self) -> Option<f64> {
        match self.start {
            Start::Below(start) if start < 0.0 => {
                Some((self.below(0.0) - self.below(start)) / self.rate)
            }
            _ => None,
        }
    }

    /// `ln(y/y*) − r ln((y* − y)/y*)` below the limit.
    fn below(&self, x: f64) -> f64 {
        self.ratio * softplus(x) - softplus(-x)
    }

    /// `ln(y/y*) − r ln((y − y*)/y*)` above the limit.
    fn above(&self, x: f64) -> f64 {
        softplus(-x) + self.ratio * x
    }
}

/// Newton's method for a monotone function that is concave or convex, from the side on which the
/// iterates do not overshoot: until they stand.
fn newton(mut x: f64, function: impl Fn(f64) -> (f64, f64)) -> f64 {
    // The bend between the two slopes takes a few steps, and each further one doubles the digits.
    for _ in 0..100 {
        let (value, slope) = function(x);
        let next = x - value / slope;
        if (next - x).abs() <= 4.0 * f64::EPSILON * x.abs().max(1.0) {
            return next;
        }
        x = next;
    }
    x
}

fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// `ln(1 + e^x)`.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
