//! Laws of hidden units and signals: tilted averages of the former, nodes and weights of the
//! latter.

use std::f64::consts::{PI, SQRT_2};

/// Law of one hidden unit.
#[derive(Debug, Clone, PartialEq)]
pub enum UnitLaw {
    Atoms {
        values: Vec<f64>,
        weights: Vec<f64>,
    },
    /// Uniform on `[−√3, √3]`.
    Uniform,
}

/// Law of all `k` hidden units, without their biases.
#[derive(Debug, Clone, PartialEq)]
pub enum HiddenLaw {
    Independent(UnitLaw),
    /// Points of `k = 2` units and their weights.
    Joint(Vec<([f64; 2], f64)>),
}

/// `η1`, its gradient `f` and Hessian `D` at one point; entries beyond `k` are 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tilt {
    pub eta: f64,
    pub mean: [f64; 2],
    pub covariance: [[f64; 2]; 2],
}

/// Law of one signal, unit variance and mean 0; signals are independent.
#[derive(Debug, Clone, PartialEq)]
pub enum SignalLaw {
    Gaussian,
    Nodes { values: Vec<f64>, weights: Vec<f64> },
}

/// Number in the brackets of `name(key=number)`, or after the name.
fn parameter(name: &str) -> Option<f64> {
    name.split_once('=')?.1.trim_end_matches(')').parse().ok()
}

/// `P(±1/√ρ) = ρ/2` each, `P(0) = 1 − ρ`.
fn sparse_ternary(rho: f64) -> (Vec<f64>, Vec<f64>) {
    let height = 1.0 / rho.sqrt();
    (
        vec![-height, 0.0, height],
        vec![rho / 2.0, 1.0 - rho, rho / 2.0],
    )
}

/// Atoms of a discrete scalar law by its name: a shipped one, or `atoms(v1 v2;w1 w2)`.
pub fn atoms(name: &str) -> Option<(Vec<f64>, Vec<f64>)> {
    match name {
        "rademacher" => return Some((vec![-1.0, 1.0], vec![0.5, 0.5])),
        "ternary" => return Some(sparse_ternary(2.0 / 3.0)),
        _ => {}
    }
    if name.starts_with("sparse-ternary") {
        return Some(sparse_ternary(parameter(name)?));
    }
    let (values, weights) = name
        .strip_prefix("atoms(")?
        .strip_suffix(')')?
        .split_once(';')?;
    let numbers = |text: &str| text.split(' ').map(|x| x.parse().unwrap()).collect();
    Some((numbers(values), numbers(weights)))
}

impl HiddenLaw {
    /// The law of this name, as the command line of `onsager` reads it (see [`atoms`] for the one
    /// without a name).
    ///
    /// # Panics
    /// For an unknown name.
    pub fn named(name: &str) -> Self {
        match name {
            "one-hot-2" => Self::Joint(vec![([1.0, 0.0], 0.5), ([0.0, 1.0], 0.5)]),
            "uniform" => Self::Independent(UnitLaw::Uniform),
            _ => {
                let (values, weights) = atoms(name).expect("a known hidden law");
                Self::Independent(UnitLaw::Atoms { values, weights })
            }
        }
    }

    /// Smallest and largest value of each unit.
    pub fn range(&self) -> (f64, f64) {
        let of = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(x), b.max(x)))
        };
        match self {
            Self::Independent(UnitLaw::Uniform) => (-3f64.sqrt(), 3f64.sqrt()),
            Self::Independent(UnitLaw::Atoms { values, .. }) => of(&mut values.iter().copied()),
            Self::Joint(points) => of(&mut points.iter().map(|(point, _)| point[0])),
        }
    }

    /// Roughly the distance of the singularities of `f` from the real axis: `π` over the largest
    /// gap between atoms.
    pub fn strip(&self) -> f64 {
        match self {
            Self::Independent(UnitLaw::Atoms { values, .. }) => {
                let gaps = values.windows(2).map(|pair| pair[1] - pair[0]);
                PI / gaps.fold(0.0, f64::max)
            }
            Self::Independent(UnitLaw::Uniform) => PI / 3f64.sqrt(),
            Self::Joint(_) => PI,
        }
    }

    /// `η1`, `f`, `D` at `z`, where `z` already contains the bias.
    pub fn tilt(&self, z: &[f64]) -> Tilt {
        match self {
            Self::Independent(unit) => {
                let mut all = Tilt::default();
                for (a, &z) in z.iter().enumerate() {
                    let (eta, mean, variance) = unit.tilt(z);
                    all.eta += eta;
                    all.mean[a] = mean;
                    all.covariance[a][a] = variance;
                }
                all
            }
            Self::Joint(points) => tilt_of_points(points, [z[0], z[1]]),
        }
    }

    /// `sup_z` of the largest eigenvalue of `D(z)`, by a scan: exponential tilts of these laws vary
    /// over `|z| < 12`.
    pub fn largest_variance(&self) -> f64 {
        let variance = |z: f64| match self {
            Self::Independent(unit) => unit.tilt(z).2,
            Self::Joint(points) => {
                let covariance = tilt_of_points(points, [z, 0.0]).covariance;
                largest_eigenvalue(covariance)
            }
        };
        let best = (-1200..=1200)
            .map(|i| 0.01 * f64::from(i))
            .max_by(|&a, &b| variance(a).total_cmp(&variance(b)))
            .unwrap();
        golden_maximum(variance, best - 0.01, best + 0.01)
    }

    /// Points `h` and logarithms of weights `P_h(h) e^{b·h}` of all `k` units, for averages under
    /// `e^{½ h^T Q h}`.
    pub fn weighted_points(&self, bias: &[f64]) -> Vec<([f64; 2], f64)> {
        let scalar = |unit: &UnitLaw, b: f64| -> Vec<(f64, f64)> {
            let (values, weights) = match unit {
                UnitLaw::Atoms { values, weights } => (values.clone(), weights.clone()),
                UnitLaw::Uniform => {
                    let (x, w) = gauss_legendre(36);
                    let stretch = |x: &f64| 3f64.sqrt() * x;
                    (
                        x.iter().map(stretch).collect(),
                        w.iter().map(|w| w / 2.0).collect(),
                    )
                }
            };
            let pairs = values.iter().zip(&weights);
            pairs.map(|(&h, w)| (h, w.ln() + b * h)).collect()
        };
        match self {
            Self::Joint(points) => points
                .iter()
                .map(|&(h, w)| (h, w.ln() + bias[0] * h[0] + bias[1] * h[1]))
                .collect(),
            Self::Independent(unit) => {
                let first = scalar(unit, bias[0]);
                let Some(&b) = bias.get(1) else {
                    return first.iter().map(|&(h, w)| ([h, 0.0], w)).collect();
                };
                let second = scalar(unit, b);
                let pairs = first
                    .iter()
                    .flat_map(|&(h, w)| second.iter().map(move |&(g, v)| ([h, g], w + v)));
                pairs.collect()
            }
        }
    }
}

impl UnitLaw {
    /// `η1`, `f`, `D` of one unit.
    pub fn tilt(&self, z: f64) -> (f64, f64, f64) {
        match self {
            Self::Uniform => tilt_of_uniform(z),
            Self::Atoms { values, weights } => {
                let top = values.iter().map(|h| h * z).fold(f64::MIN, f64::max);
                let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
                for (&h, w) in values.iter().zip(weights) {
                    let weight = w * (h * z - top).exp();
                    sum += weight;
                    first += weight * h;
                    second += weight * h * h;
                }
                let mean = first / sum;
                (top + sum.ln(), mean, (second / sum - mean * mean).max(0.0))
            }
        }
    }
}

/// `log(sinh u/u)` and its derivatives, `u = √3 z`; by series where the closed form cancels.
fn tilt_of_uniform(z: f64) -> (f64, f64, f64) {
    let root = 3f64.sqrt();
    let u = root * z;
    let s = u * u;
    if s < 0.04 {
        let eta = s / 6.0 - s * s / 180.0 + s.powi(3) / 2835.0 - s.powi(4) / 37800.0
            + s.powi(5) / 467_775.0;
        let f = u
            * (1.0 / 3.0 - s / 45.0 + 2.0 * s * s / 945.0 - s.powi(3) / 4725.0
                + 2.0 * s.powi(4) / 93555.0);
        let d = 1.0 / 3.0 - s / 15.0 + 2.0 * s * s / 189.0 - s.powi(3) / 675.0
            + 2.0 * s.powi(4) / 10395.0;
        return (eta, root * f, 3.0 * d);
    }
    let a = u.abs();
    let decay = (-2.0 * a).exp();
    let eta = a + (0.5 * (1.0 - decay) / a).ln();
    let coth = (1.0 + decay) / (1.0 - decay);
    let f = (coth - 1.0 / a).copysign(u);
    let inverse_sinh_squared = 4.0 * decay / ((1.0 - decay) * (1.0 - decay));
    (eta, root * f, 3.0 * (1.0 / s - inverse_sinh_squared))
}

/// `η1`, `f`, `D` of two units with a joint discrete law.
fn tilt_of_points(points: &[([f64; 2], f64)], z: [f64; 2]) -> Tilt {
    let exponent = |h: &[f64; 2]| h[0] * z[0] + h[1] * z[1];
    let top = points
        .iter()
        .map(|(h, _)| exponent(h))
        .fold(f64::MIN, f64::max);
    let (mut sum, mut mean, mut second) = (0.0, [0.0; 2], [[0.0; 2]; 2]);
    for (h, w) in points {
        let weight = w * (exponent(h) - top).exp();
        sum += weight;
        for a in 0..2 {
            mean[a] += weight * h[a];
            for b in 0..2 {
                second[a][b] += weight * h[a] * h[b];
            }
        }
    }
    let mean = mean.map(|x| x / sum);
    let mut covariance = [[0.0; 2]; 2];
    for a in 0..2 {
        for b in 0..2 {
            covariance[a][b] = second[a][b] / sum - mean[a] * mean[b];
        }
    }
    Tilt {
        eta: top + sum.ln(),
        mean,
        covariance,
    }
}

/// Largest eigenvalue of a symmetric 2×2 matrix.
pub fn largest_eigenvalue(x: [[f64; 2]; 2]) -> f64 {
    let (half, difference) = (0.5 * (x[0][0] + x[1][1]), 0.5 * (x[0][0] - x[1][1]));
    half + difference.hypot(x[0][1])
}

/// Maximum of `f` on `[a, b]` by golden section.
fn golden_maximum(f: impl Fn(f64) -> f64, mut a: f64, mut b: f64) -> f64 {
    let ratio = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..60 {
        let (c, d) = (b - ratio * (b - a), a + ratio * (b - a));
        if f(c) > f(d) { b = d } else { a = c }
    }
    f(0.5 * (a + b))
}

impl SignalLaw {
    /// The law of this name. Continuous laws other than the Gaussian become nodes; `fine` sets how
    /// many.
    ///
    /// # Panics
    /// For an unknown name.
    pub fn named(name: &str, fine: bool) -> Self {
        let (values, weights) = match name {
            "gaussian" => return Self::Gaussian,
            "uniform" => {
                let (x, w) = gauss_legendre(if fine { 26 } else { 12 });
                let stretch = |x: &f64| 3f64.sqrt() * x;
                (
                    x.iter().map(stretch).collect(),
                    w.iter().map(|w| w / 2.0).collect(),
                )
            }
            "laplace" => laplace_nodes(fine),
            _ => atoms(name).expect("a known signal law"),
        };
        Self::Nodes { values, weights }
    }

    /// Joint nodes of `r` signals; those that together carry less than `1e−15` each are left out.
    pub fn joint_nodes(&self, r: usize) -> Vec<([f64; 3], f64)> {
        let Self::Nodes { values, weights } = self else {
            return Vec::new();
        };
        let mut nodes = vec![([0.0; 3], 1.0)];
        for a in 0..r {
            let extended = nodes.iter().flat_map(|&(node, weight)| {
                values.iter().zip(weights).map(move |(&u, w)| {
                    let mut node = node;
                    node[a] = u;
                    (node, weight * w)
                })
            });
            nodes = extended.filter(|(_, w)| *w > 1e-15).collect();
        }
        nodes
    }
}

/// Nodes of the Laplace density `e^{−√2|u|}/√2`: Gauss–Legendre on panels, because the density has
/// a cusp at 0 and what it multiplies is a Gaussian of a width that Gauss–Laguerre rules resolve
/// badly.
fn laplace_nodes(fine: bool) -> (Vec<f64>, Vec<f64>) {
    let panels: &[(f64, f64, usize)] = if fine {
        &[
            (0.0, 1.5, 12),
            (1.5, 3.0, 12),
            (3.0, 5.0, 12),
            (5.0, 8.0, 12),
            (8.0, 12.0, 10),
            (12.0, 19.0, 8),
        ]
    } else {
        &[(0.0, 2.0, 7), (2.0, 5.0, 6), (5.0, 13.0, 5)]
    };
    let (mut values, mut weights) = (Vec::new(), Vec::new());
    for &(from, to, count) in panels {
        let (x, w) = gauss_legendre(count);
        for (x, w) in x.iter().zip(&w) {
            let u = 0.5 * (from + to) + 0.5 * (to - from) * x;
            let weight = 0.5 * (to - from) * w * (-SQRT_2 * u).exp() / SQRT_2;
            for sign in [-1.0, 1.0] {
                values.push(sign * u);
                weights.push(weight);
            }
        }
    }
    (values, weights)
}

/// Gauss–Legendre nodes and weights on `[−1, 1]` by Newton's method on the Legendre polynomial.
pub fn gauss_legendre(count: usize) -> (Vec<f64>, Vec<f64>) {
    let n = count as f64;
    let node = |i: usize| {
        let mut x = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            let (value, derivative) = legendre(count, x);
            slope = derivative;
            let step = value / derivative;
            x -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..count).map(node).unzip()
}

/// Legendre polynomial of degree `n` and its derivative.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut now) = (1.0, x);
    for j in 2..=n {
        let j = j as f64;
        (before, now) = (now, ((2.0 * j - 1.0) * x * now - (j - 1.0) * before) / j);
    }
    (now, n as f64 * (x * now - before) / (x * x - 1.0))
}
