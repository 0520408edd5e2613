//! The response of a finite RBM with one or two balanced patterns, by a sum over all of its states.
//!
//! Modes have the vectors `u = (±1)/√N_v`, `v = (±1)/√N_h`; two of them agree on one half of the
//! units and differ on the other. The visible units enter through `a` and `b` alone, the sums over
//! the two halves, `s_{1,2} = (a ± b)/√N_v`, and the hidden units are summed by hand:
//!
//! `Z = Σ_{a,b} C(n, (n+a)/2) C(n, (n+b)/2) (2 cosh f₊)^{N_h/2} (2 cosh f₋)^{N_h/2}`,
//! `f_± = (w₁ s₁ ± w₂ s₂)/√N_h`, `⟨τ_{1,2}|s⟩ = √N_h (tanh f₊ ± tanh f₋)/2`, `n = N_v/2`
//! (theory.md section 8).

use crate::error::{Error, Result};
use crate::numerics::special::ln_cosh;
use statrs::function::factorial::ln_binomial;

/// Most visible units: a sum over a quarter of a million states.
pub const MOST_UNITS: usize = 1000;

/// An RBM with balanced patterns.
#[derive(Debug, Clone, PartialEq)]
pub struct Patterns {
    visible: usize,
    hidden: f64,
    /// `ln C(n, j)`.
    binomials: Vec<f64>,
}

impl Patterns {
    /// # Errors
    /// Names `visible-units` (even, at most [`MOST_UNITS`], with an even number `κ N_v` of hidden
    /// units) or `mu` (more than two).
    pub fn new(visible: usize, kappa: f64, modes: usize) -> Result<Self> {
        let hidden = (kappa * visible as f64).round();
        let is_even = visible.is_multiple_of(2) && hidden % 2.0 == 0.0;
        let fits = is_even && (hidden - kappa * visible as f64).abs() < 1e-9 * hidden;
        if !fits || !(4..=MOST_UNITS).contains(&visible) {
            let allowed = format!(
                "must be even, from 4 to {MOST_UNITS}, and so that kappa times it is even, too"
            );
            return Err(Error::invalid("visible-units", visible, allowed));
        }
        if !(1..=2).contains(&modes) {
            let allowed = "states can be summed for one or two pairs of clusters";
            return Err(Error::invalid("mu", modes, allowed));
        }
        let n = visible as u64 / 2;
        Ok(Self {
            visible,
            hidden,
            binomials: (0..=n).map(|k| ln_binomial(n, k)).collect(),
        })
    }

    /// `R_aa = ⟨s_a τ_a⟩/L` at one or two singular values.
    pub fn responses(&self, weights: &[f64]) -> Vec<f64> {
        let w = [weights[0], weights.get(1).copied().unwrap_or(0.0)];
        let (n, root) = (self.visible / 2, (self.visible as f64).sqrt());
        let size = (self.visible as f64 * self.hidden).sqrt();
        // a, b ↦ −a, −b changes nothing: a ≥ 0 is enough.
        let of = |j: usize| 2.0 * j as f64 - n as f64;
        let states = (n.div_ceil(2)..=n).flat_map(|a| (0..=n).map(move |b| (a, b)));
        let terms = states.map(|(a, b)| {
            let s = [(of(a) + of(b)) / root, (of(a) - of(b)) / root];
            let f = [w[0] * s[0] + w[1] * s[1], w[0] * s[0] - w[1] * s[1]];
            let f = f.map(|f| f / self.hidden.sqrt());
            let twice = if 2 * a == n { 1.0f64 } else { 2.0 };
            let weight = self.binomials[a]
                + self.binomials[b]
                + 0.5 * self.hidden * (ln_cosh(f[0]) + ln_cosh(f[1]))
                + twice.ln();
            let t = f.map(f64::tanh);
            let tau = [t[0] + t[1], t[0] - t[1]].map(|t| 0.5 * self.hidden.sqrt() * t);
            (weight, [s[0] * tau[0] / size, s[1] * tau[1] / size])
        });
        let terms: Vec<(f64, [f64; 2])> = terms.collect();
        let weights_of = terms.iter().map(|term| term.0);
        let largest = weights_of.fold(f64::NEG_INFINITY, f64::max);
        let (mut norm, mut sums) = (0.0, [0.0; 2]);
        for (weight, values) in terms {
            let weight = (weight - largest).exp();
            norm += weight;
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        let all = sums.iter().map(|sum| sum / norm);
        all.take(weights.len()).collect()
    }
}
