//! One mode of the ±1 RBM without noise in its weights: its magnetised state.

use crate::error::{Error, Result};
use crate::law::{ContinuousLaw, Law};
use crate::numerics::brent::{BrentFailure, bracketed_root};
use crate::numerics::special::{ln_cosh, sech2};

/// Largest singular value that is supported.
const LARGEST_WEIGHT: f64 = 100.0;

/// Steps of Newton's method; each at least halves the distance to the root.
const STEPS: usize = 100;

/// One mode whose vectors have components of one law, of mean 0 and variance 1, and whose RBM has
/// `κ = N_h/N_v`.
#[derive(Debug, Clone, PartialEq)]
pub struct OneMode {
    law: Component,
    kappa: f64,
}

/// Law of a component.
#[derive(Debug, Clone, PartialEq)]
enum Component {
    Atoms(Vec<(f64, f64)>),
    Gaussian,
    Continuous(ContinuousLaw),
}

/// The magnetised state of a mode (decelle2017, Eqs. 10–12 at σ = 0, one mode).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModeState {
    /// Hidden magnetisation `m = κ^{1/4} E[v̂ tanh(κ^{-1/4} w m̄ v̂)]`.
    pub m: f64,
    /// Visible magnetisation `m̄ = κ^{-1/4} E[û tanh(κ^{1/4} w m û)]`.
    pub mbar: f64,
    /// Hidden overlap `q = E tanh²`.
    pub q: f64,
    /// Visible overlap `q̄`.
    pub qbar: f64,
    /// `Φ` less its value in the paramagnetic state, `(κ^{1/2} + κ^{-1/2}) ln 2`.
    pub phi: f64,
}

impl ModeState {
    /// Response `⟨s τ⟩/L = m m̄` of the mode, `dΦ/dw`.
    pub fn response(&self) -> f64 {
        self.m * self.mbar
    }

    /// `(1 − q)(1 − q̄)`: another mode `w_b` grows on this state where `w_b² > 1/c`.
    pub fn c(&self) -> f64 {
        (1.0 - self.q) * (1.0 - self.qbar)
    }
}

impl OneMode {
    /// Components of that law, `κ = N_h/N_v`.
    ///
    /// # Errors
    /// A law that is not symmetric with variance 1 or has no density or atoms of its own (`component`);
    /// `kappa` outside of `[1e-3, 1e3]`.
    pub fn new(law: &Law, kappa: f64) -> Result<Self> {
        crate::error::require_between("kappa", kappa, 1e-3, 1e3)?;
        let refuse = |reason: &str| {
            Err(Error::invalid(
                "component",
                "a law that does not serve",
                reason,
            ))
        };
        let law = match law {
            Law::Gaussian => Component::Gaussian,
            Law::Continuous(law) if law.is_symmetric() => Component::Continuous(*law),
            Law::Separable(atoms) if atoms.is_symmetric() => {
                Component::Atoms(atoms.atoms().collect())
            }
            Law::Continuous(_) | Law::Separable(_) => {
                return refuse("components need a symmetric law, for example rademacher");
            }
            Law::CorrelatedGaussian(_) | Law::Joint(_) | Law::Mixture(_) | Law::Formula(_) => {
                return refuse(
                    "components need a law of their own: rademacher, uniform, gaussian, laplace, or atoms",
                );
            }
        };
        let mode = Self { law, kappa };
        let variance = mode.average(1.0, |u| u * u);
        if (variance - 1.0).abs() > 1e-9 {
            return refuse("components need variance 1: scale the law");
        }
        Ok(mode)
    }

    /// `κ`.
    pub fn kappa(&self) -> f64 {
        self.kappa
    }

    /// Whether the components are Gaussian: only this law stays what it is when modes turn.
    pub fn is_gaussian(&self) -> bool {
        self.law == Component::Gaussian
    }

    /// Whether the components are ±1.
    pub fn is_bernoulli(&self) -> bool {
        matches!(&self.law, Component::Atoms(atoms) if atoms.iter().all(|(u, _)| u.abs() == 1.0))
    }

    /// Whether the state on the mode of largest singular value alone has the largest `Φ` at every
    /// `w`, rather than one on a mixture of modes: components ±1, uniform or Gaussian, which are
    /// coordinates of uniform vectors on spheres in one, three, infinitely many dimensions
    /// (theory.md section 8).
    pub fn keeps_apart(&self) -> bool {
        let is_uniform = matches!(
            self.law,
            Component::Continuous(ContinuousLaw::Uniform { .. })
        );
        self.is_bernoulli() || self.is_gaussian() || is_uniform
    }

    /// Hidden mean `κ^{1/4} E[v̂ tanh(κ^{-1/4} y v̂)]` where the visible field is `y v̂`, and its
    /// derivative.
    pub fn hidden_mean(&self, y: f64) -> (f64, f64) {
        self.mean(self.kappa.powf(-0.25), y)
    }

    /// Visible mean `κ^{-1/4} E[û tanh(κ^{1/4} y û)]` and its derivative.
    pub fn visible_mean(&self, y: f64) -> (f64, f64) {
        self.mean(self.kappa.powf(0.25), y)
    }

    /// `E[u tanh(s y u)]/s` and its derivative `E[u² sech²(s y u)]`.
    fn mean(&self, scale: f64, y: f64) -> (f64, f64) {
        let slope = scale * y;
        let mean = self.average(slope, |u| u * (slope * u).tanh());
        let derivative = self.average(slope, |u| u * u * sech2(slope * u));
        (mean / scale, derivative)
    }

    /// The state of largest magnetisation at the singular value `w`; nothing where there is only
    /// the paramagnetic one, `w ≤ 1` (or a `w` that exceeds 1 by rounding alone).
    ///
    /// `m̄ ↦ M_v(w M_h(w m̄))` rises and is concave, so that its root is unique and Newton's method
    /// comes down to it from the bound.
    ///
    /// # Errors
    /// `w` that is negative or above 100.
    pub fn state(&self, w: f64) -> Result<Option<ModeState>> {
        crate::error::require_between("w", w, 0.0, LARGEST_WEIGHT)?;
        if w <= 1.0 {
            return Ok(None);
        }
        // E|û| ≤ 1.
        let mut mbar = self.kappa.powf(-0.25);
        for _ in 0..STEPS {
            let (hidden, hidden_slope) = self.hidden_mean(w * mbar);
            let (image, visible_slope) = self.visible_mean(w * hidden);
            let slope = w * w * hidden_slope * visible_slope - 1.0;
            let next = mbar - (image - mbar) / slope;
            // From above the steps only go down; at the root they are of the size of rounding.
            let arrived = next >= mbar;
            let descends = slope < 0.0 && next > 0.0;
            if !descends {
                return Ok(None);
            }
            mbar = next.min(mbar);
            if arrived {
                break;
            }
        }
        let (m, _) = self.hidden_mean(w * mbar);
        let fields = [
            self.kappa.powf(-0.25) * w * mbar,
            self.kappa.powf(0.25) * w * m,
        ];
        let [q, qbar] = fields.map(|field| self.average(field, |u| (field * u).tanh().powi(2)));
        let [hidden, visible] = fields.map(|field| self.average(field, |u| ln_cosh(field * u)));
        let phi = visible / self.kappa.sqrt() + self.kappa.sqrt() * hidden - w * m * mbar;
        Ok(Some(ModeState {
            m,
            mbar,
            q,
            qbar,
            phi,
        }))
    }

    /// The singular value at which learning of one pair of clusters at `±μ` ends: the visible
    /// magnetisation is `μ` there. Nothing where `μ` is beyond what magnetisation can be.
    ///
    /// # Errors
    /// `mu` that is not positive.
    pub fn trained_weight(&self, mu: f64) -> Result<Option<f64>> {
        crate::error::require_positive("mu", mu)?;
        // `m̄` rises with `w`.
        let excess = |w: f64| match self.state(w) {
            Ok(state) => state.map_or(0.0, |state| state.mbar) - mu,
            Err(_) => f64::NAN,
        };
        if excess(LARGEST_WEIGHT) < 0.0 {
            return Ok(None);
        }
        let found = bracketed_root(excess, 1.0, LARGEST_WEIGHT, 1e-14, 1e-12);
        let refused = |failure: BrentFailure| Error::invalid("mu", mu, failure.to_string());
        found.map(Some).map_err(refused)
    }

    /// Average over a component of a function that bends on the scale `1/slope`.
    fn average(&self, slope: f64, function: impl Fn(f64) -> f64) -> f64 {
        match &self.law {
            Component::Atoms(atoms) => atoms.iter().map(|(u, p)| p * function(*u)).sum(),
            Component::Gaussian => gaussian(slope, function),
            Component::Continuous(law) => {
                let nodes = law.nodes(0.25 / slope.abs().max(1.0));
                nodes.iter().map(|(u, p)| p * function(*u)).sum()
            }
        }
    }
}

/// Standard normal average by the trapezoid rule; the integrand has poles at the distance
/// `π/(2 slope)`.
pub(super) fn gaussian(slope: f64, function: impl Fn(f64) -> f64) -> f64 {
    const REACH: f64 = 9.35;
    let step = 0.2f64.min(0.25 / slope.abs().max(1e-300));
    let count = (REACH / step).ceil() as i64;
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let node = |index: i64| {
        let x = step * index as f64;
        density(x) * function(x)
    };
    step * (-count..=count).map(node).sum::<f64>()
}

#[cfg(test)]
mod tests;
