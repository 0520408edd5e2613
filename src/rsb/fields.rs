//! Fields of each level, with `f` and its derivatives, and the tilted laws that lead from one level
//! to the next.

/// Half-width of a kernel, in standard deviations, beside what its tilt adds.
const BAND: f64 = 8.8;

/// `f_i` and its derivatives at the nodes of level `i`, with increasing fields in each block.
#[derive(Debug)]
pub(super) struct Level {
    /// Fields `h`.
    pub h: Vec<f64>,
    /// Interval `dh` that a node stands for; at level 0 its probability.
    pub width: Vec<f64>,
    /// `f_i(h)`.
    pub f: Vec<f64>,
    /// `f_i'(h)`.
    pub slope: Vec<f64>,
    /// `f_i''(h)`, without what jumps of `f_i'` add.
    pub curvature: Vec<f64>,
    /// Whether `f_i'` jumps.
    pub jumps: bool,
}

impl Level {
    pub fn with_capacity(size: usize) -> Self {
        Self {
            h: Vec::with_capacity(size),
            width: Vec::with_capacity(size),
            f: Vec::with_capacity(size),
            slope: Vec::with_capacity(size),
            curvature: Vec::with_capacity(size),
            jumps: false,
        }
    }
}

/// For each field of a level the tilted law of the field above,
/// `P(h' | h) ∝ e^{x f(h')} N(h' − h; Δ)`: a band of probabilities on the nodes of the level above.
#[derive(Debug, Default)]
pub(super) struct Transition {
    /// First node of each band.
    first: Vec<usize>,
    /// End of each band in `probability`.
    end: Vec<usize>,
    probability: Vec<f64>,
}

impl Transition {
    /// The law of the field above, given the law of the one below.
    pub fn ascend(&self, below: &[f64], size: usize) -> Vec<f64> {
        let mut above = vec![0.0; size];
        let mut begin = 0;
        for ((weight, &first), &end) in below.iter().zip(&self.first).zip(&self.end) {
            let band = &self.probability[begin..end];
            for (target, share) in above[first..].iter_mut().zip(band) {
                *target += weight * share;
            }
            begin = end;
        }
        above
    }
}

/// `f_{i−1}(h) = (1/x) log E exp(x f_i(h + √Δ ξ))` and its derivatives at the fields `h`, each with
/// its `width`, from the level `above`; `|f'| ≤ bound`:
///
/// `f_{i−1}' = ⟨f_i'⟩` and `f_{i−1}'' = ⟨f_i''⟩ + x(⟨f_i'²⟩ − ⟨f_i'⟩²)` in the tilted law. Where
/// `f_i'` jumps, `⟨f_i''⟩ = ⟨(h' − h) f_i'⟩/Δ − x⟨f_i'²⟩`, by parts, has the jumps in it. All sums
/// have positive terms, with the largest exponent taken out: the dynamic range of `e^{x f}` costs no
/// digits.
pub(super) fn descend(
    above: &Level,
    x: f64,
    increment: f64,
    bound: f64,
    (h, width): (Vec<f64>, Vec<f64>),
) -> (Level, Transition) {
    let band = BAND * increment.sqrt() + x * increment * bound;
    let half_precision = 0.5 / increment;
    let norm = (2.0 * std::f64::consts::PI * increment).sqrt();
    let mut level = Level::with_capacity(h.len());
    let mut transition = Transition::default();
    for &h in &h {
        let first = above.h.partition_point(|&other| other < h - band);
        let last = above.h.partition_point(|&other| other <= h + band);
        let begin = transition.probability.len();
        let mut peak = f64::NEG_INFINITY;
        for (other, f) in above.h[first..last].iter().zip(&above.f[first..last]) {
            let distance = other - h;
            let exponent = x * f - half_precision * distance * distance;
            peak = peak.max(exponent);
            transition.probability.push(exponent);
        }
        let own = &mut transition.probability[begin..];
        let mut total = 0.0;
        for (share, width) in own.iter_mut().zip(&above.width[first..last]) {
            *share = width * (*share - peak).exp();
            total += *share;
        }
        let (mut slope, mut square, mut curvature) = (0.0, 0.0, 0.0);
        for (share, at) in own.iter_mut().zip(first..) {
            *share /= total;
            let f = above.slope[at];
            slope += *share * f;
            square += *share * f * f;
            curvature += *share
                * if above.jumps {
                    (above.h[at] - h) * f
                } else {
                    above.curvature[at]
                };
        }
        level.f.push((peak + (total / norm).ln()) / x);
        level.slope.push(slope);
        level.curvature.push(if above.jumps {
            curvature / increment - x * slope * slope
        } else {
            curvature + x * (square - slope * slope)
        });
        transition.first.push(first);
        transition.end.push(transition.probability.len());
    }
    (level.at(h, width), transition)
}

impl Level {
    fn at(self, h: Vec<f64>, width: Vec<f64>) -> Self {
        Self { h, width, ..self }
    }
}
