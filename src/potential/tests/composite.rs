//! The ±1 RBM by sums over its components and its noise, and its state evolution as the map of both
//! half steps one after the other: written apart from the library, to compare it with.

use super::independent::ln_2cosh;
use crate::numerics::symmetric::eigenvalues;
use nalgebra::DMatrix;
use std::f64::consts::{PI, SQRT_2};

/// Laws of the components, by their names.
pub const LAWS: [&str; 4] = ["bernoulli", "uniform", "gaussian", "laplace"];

/// Fourth moment of a component.
pub fn kurtosis(law: &str) -> f64 {
    match law {
        "bernoulli" => 1.0,
        "uniform" => 1.8,
        "gaussian" => 3.0,
        "laplace" => 6.0,
        other => panic!("no law {other}"),
    }
}

/// One RBM.
#[derive(Debug, Clone)]
pub struct Rbm {
    pub law: &'static str,
    pub w: Vec<f64>,
    pub sigma: f64,
    pub kappa: f64,
    pub eta: Vec<f64>,
    pub theta: Vec<f64>,
}

/// Averages over the field of one layer.
#[derive(Debug, Clone)]
pub struct Layer {
    /// `E[û_a tanh h]`.
    pub magnetisations: Vec<f64>,
    /// `E tanh² h`.
    pub overlap: f64,
    /// `E ln 2cosh h`.
    pub logarithm: f64,
    /// `E sech⁴ h`.
    pub fourth: f64,
}

/// Values and weights of Gauss and Legendre on `[a, b]`.
fn gauss_legendre(count: usize, a: f64, b: f64) -> Vec<(f64, f64)> {
    let node = |index: usize| {
        let mut x = (PI * (index as f64 + 0.75) / (count as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..50 {
            let (mut last, mut value) = (1.0, x);
            for n in 2..=count {
                let n = n as f64;
                (last, value) = (value, ((2.0 * n - 1.0) * x * value - (n - 1.0) * last) / n);
            }
            slope = count as f64 * (x * value - last) / (x * x - 1.0);
            x -= value / slope;
        }
        let weight = 2.0 / ((1.0 - x * x) * slope * slope);
        (0.5 * (a + b) + 0.5 * (b - a) * x, 0.5 * (b - a) * weight)
    };
    (0..count).map(node).collect()
}

fn normal_nodes(spacing: f64) -> Vec<(f64, f64)> {
    let last = (9.0 / spacing) as i32;
    let node = |index: i32| {
        let z = spacing * f64::from(index);
        (z, spacing * (-0.5 * z * z).exp() / (2.0 * PI).sqrt())
    };
    (-last..=last).map(node).collect()
}

/// Values of a component of unit variance, and their weights.
fn components(law: &str) -> Vec<(f64, f64)> {
    match law {
        "bernoulli" => vec![(-1.0, 0.5), (1.0, 0.5)],
        "gaussian" => normal_nodes(0.25),
        "uniform" => {
            let end = 3f64.sqrt();
            let nodes = gauss_legendre(40, -end, end).into_iter();
            nodes.map(|(u, weight)| (u, weight / (2.0 * end))).collect()
        }
        "laplace" => {
            let ends = [0.0, 1.2, 4.0, 10.0, 24.0];
            let panels = ends
                .windows(2)
                .flat_map(|pair| gauss_legendre(12, pair[0], pair[1]));
            let density = |u: f64| (-SQRT_2 * u).exp() / SQRT_2;
            let half: Vec<_> = panels.map(|(u, weight)| (u, weight * density(u))).collect();
            half.iter()
                .map(|(u, weight)| (-u, *weight))
                .chain(half.iter().copied())
                .collect()
        }
        other => panic!("no law {other}"),
    }
}

impl Rbm {
    /// Without biases.
    pub fn new(law: &'static str, w: &[f64], sigma: f64, kappa: f64) -> Self {
        Self {
            law,
            w: w.to_vec(),
            sigma,
            kappa,
            eta: vec![0.0; w.len()],
            theta: vec![0.0; w.len()],
        }
    }

    pub fn modes(&self) -> usize {
        self.w.len()
    }

    fn averaged(&self, drifts: &[f64], variance: f64) -> Layer {
        let components = components(self.law);
        let spread = variance.sqrt();
        let noise = normal_nodes(0.25 / (1.0 + spread));
        let mut sums = vec![0.0; drifts.len() + 3];
        let total = components.len().pow(drifts.len() as u32);
        for number in 0..total {
            let (mut rest, mut weight, mut centre) = (number, 1.0, 0.0);
            let mut values = Vec::with_capacity(drifts.len());
            for drift in drifts {
                let (value, part) = components[rest % components.len()];
                rest /= components.len();
                weight *= part;
                centre += drift * value;
                values.push(value);
            }
            // What weighs nothing. The image of `h` under `u → −u`, `x → −x` is `−h`, which has
            // the same part in every average.
            if weight < 1e-18 || values[0] < 0.0 {
                continue;
            }
            if values[0] > 0.0 {
                weight *= 2.0;
            }
            let mut own = [0.0; 4];
            match variance == 0.0 {
                true => add(&mut own, centre, 1.0),
                false => noise
                    .iter()
                    .for_each(|(x, part)| add(&mut own, centre + spread * x, *part)),
            }
            for (sum, value) in sums.iter_mut().zip(&values) {
                *sum += weight * value * own[0];
            }
            for (sum, own) in sums[drifts.len()..].iter_mut().zip(&own[1..]) {
                *sum += weight * own;
            }
        }
        Layer {
            magnetisations: sums[..drifts.len()].to_vec(),
            overlap: sums[drifts.len()],
            logarithm: sums[drifts.len() + 1],
            fourth: sums[drifts.len() + 2],
        }
    }

    /// Visible units in the field of the hidden order parameters.
    pub fn visible(&self, m: &[f64], q: f64) -> Layer {
        let scale = self.kappa.powf(0.25);
        let drift = |a: usize| scale * (self.w[a] * m[a] + self.eta[a]);
        let drifts: Vec<f64> = (0..self.modes()).map(drift).collect();
        self.averaged(&drifts, (scale * self.sigma).powi(2) * q)
    }

    /// Hidden units in the field of the visible order parameters.
    pub fn hidden(&self, mbar: &[f64], qbar: f64) -> Layer {
        let scale = self.kappa.powf(-0.25);
        let drift = |a: usize| scale * (self.w[a] * mbar[a] + self.theta[a]);
        let drifts: Vec<f64> = (0..self.modes()).map(drift).collect();
        self.averaged(&drifts, (scale * self.sigma).powi(2) * qbar)
    }

    /// `(m, q) ↦ (m̄, q̄)`.
    pub fn up(&self, hidden: &[f64]) -> Vec<f64> {
        let (m, q) = hidden.split_at(self.modes());
        let layer = self.visible(m, q[0]);
        let scale = self.kappa.powf(-0.25);
        let m = layer.magnetisations.iter().map(|m| scale * m);
        m.chain([layer.overlap]).collect()
    }

    /// `(m̄, q̄) ↦ (m, q)`.
    pub fn down(&self, visible: &[f64]) -> Vec<f64> {
        let (mbar, qbar) = visible.split_at(self.modes());
        let layer = self.hidden(mbar, qbar[0]);
        let scale = self.kappa.powf(0.25);
        let m = layer.magnetisations.iter().map(|m| scale * m);
        m.chain([layer.overlap]).collect()
    }

    /// The map of both half steps.
    pub fn composite(&self, hidden: &[f64]) -> Vec<f64> {
        self.down(&self.up(hidden))
    }

    /// `Φ`, also away from stationary points.
    pub fn value(&self, hidden: &[f64], visible: &[f64]) -> f64 {
        let modes = self.modes();
        let (m, q, mbar, qbar) = (
            &hidden[..modes],
            hidden[modes],
            &visible[..modes],
            visible[modes],
        );
        let coupling: f64 = (0..modes).map(|a| self.w[a] * m[a] * mbar[a]).sum();
        let root = self.kappa.sqrt();
        0.5 * self.sigma.powi(2) * (1.0 - q) * (1.0 - qbar) - coupling
            + self.visible(m, q).logarithm / root
            + self.hidden(mbar, qbar).logarithm * root
    }

    /// `λ_AT = σ⁴ E sech⁴ h E sech⁴ h̄`.
    pub fn replicon(&self, hidden: &[f64], visible: &[f64]) -> f64 {
        let modes = self.modes();
        let a = self.visible(&hidden[..modes], hidden[modes]).fourth;
        let b = self.hidden(&visible[..modes], visible[modes]).fourth;
        self.sigma.powi(4) * a * b
    }

    /// Largest real part of an eigenvalue of the composite map's Jacobian, from differences.
    pub fn largest_eigenvalue(&self, hidden: &[f64]) -> f64 {
        const STEP: f64 = 1e-3;
        let size = hidden.len();
        let mut jacobian = DMatrix::zeros(size, size);
        for column in 0..size {
            let at = |steps: f64| {
                let mut moved = hidden.to_vec();
                moved[column] += steps * STEP;
                self.composite(&moved)
            };
            let (far, near) = ([at(2.0), at(-2.0)], [at(1.0), at(-1.0)]);
            for row in 0..size {
                let slope = 8.0 * (near[0][row] - near[1][row]) - (far[0][row] - far[1][row]);
                jacobian[(row, column)] = slope / (12.0 * STEP);
            }
        }
        let values = eigenvalues(&jacobian).expect("finite");
        values
            .iter()
            .map(|value| value.re)
            .fold(f64::NEG_INFINITY, f64::max)
    }
}

/// Adds `tanh`, `tanh²`, `ln 2cosh` and `sech⁴` at `h`.
fn add(sums: &mut [f64; 4], h: f64, weight: f64) {
    let t = h.tanh();
    let c = 1.0 - t * t;
    for (sum, value) in sums.iter_mut().zip([t, t * t, ln_2cosh(h), c * c]) {
        *sum += weight * value;
    }
}
