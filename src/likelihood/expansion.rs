//! The expansion of `log Z − η2` in powers of `d^{-1/2}`.

use crate::law::Cumulants;

/// One hidden state `h`: its weight under the effective objective, and `T_m = (1/d) Σ_i X_i^m` of
/// `X = Wh + θ`, for m = 3 … 6.
#[derive(Debug, Clone, Copy)]
pub struct State {
    /// Probability `∝ P_h e^{b·h + T_2/2}`.
    pub weight: f64,
    /// `T_3 … T_6`.
    pub powers: [f64; 4],
}

/// `log Z − η2 = e_1 d^{-1/2} + e_2 d^{-1} + e_3 d^{-3/2} + e_4 d^{-2} + …` for independent visible
/// units of any law (theory.md section 9; xu2025, Theorem 1 is the statement that it vanishes).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expansion([f64; 4]);

impl Expansion {
    /// The terms at given visible units and hidden states; weights add up to 1.
    ///
    /// `log⟨e^s⟩` with `s = Σ_m κ_m T_m d^{1−m/2}/m!`, by joint cumulants over the hidden states.
    pub fn of(visible: &Cumulants, states: &[State]) -> Self {
        let factorials = [6.0, 24.0, 120.0, 720.0];
        let term =
            |state: &State, at: usize| visible.get(at + 3) * state.powers[at] / factorials[at];
        let average = |function: &dyn Fn([f64; 4]) -> f64| -> f64 {
            let terms = |state: &State| std::array::from_fn(|at| term(state, at));
            let all = states.iter();
            all.map(|state| state.weight * function(terms(state))).sum()
        };
        let means: [f64; 4] = std::array::from_fn(|at| average(&|s| s[at]));
        let central = |orders: [i32; 3]| {
            average(&|s| {
                let power = |at: usize| (s[at] - means[at]).powi(orders[at]);
                power(0) * power(1) * power(2)
            })
        };
        let variance = central([2, 0, 0]);
        Self([
            means[0],
            means[1] + 0.5 * variance,
            means[2] + central([1, 1, 0]) + central([3, 0, 0]) / 6.0,
            means[3]
                + central([1, 0, 1])
                + 0.5 * central([0, 2, 0])
                + 0.5 * central([2, 1, 0])
                + (central([4, 0, 0]) - 3.0 * variance * variance) / 24.0,
        ])
    }

    /// `c_0, c_1, c_{3/2}, c_2` of `log L − log L̃ = c_0 √d + c_1 + c_{3/2}/√d + c_2/d + …`, which
    /// is `−n (log Z − η2)` at `n = αd`.
    pub fn of_objective(&self, alpha: f64) -> [f64; 4] {
        // Not −0.
        self.0.map(|term| 0.0 - alpha * term)
    }
}

/// `Σ_j c_j d^{(1−j)/2}` of the coefficients of an objective, the first `terms` of them.
pub fn partial_sum(coefficients: &[f64; 4], terms: usize, d: f64) -> f64 {
    let all = coefficients.iter().take(terms).enumerate();
    all.map(|(at, c)| c * d.powf(0.5 * (1.0 - at as f64))).sum()
}
