//! Derivative of one step of state evolution by quadrature, in the same sweep as the step itself.
//!
//! The pre-activation is `ω = G^T u* + L ξ` with `G = Λ M`, `L L^T = Q` and `ξ` standard normal, and
//! `g` depends on `V` by `∂g/∂V_lm = ∂_l g g_m`. With Stein's lemma, `E[∂_l φ] = E[φ s_l]` for
//! `s = L^{-T} ξ`, no derivative of `g` beyond the first is needed (sums over `l`, `m`):
//!
//! ```text
//! δE[g_i u_b]   = E[∂_l g_i u_a u_b] δG_al + ½ E[∂_l g_i s_m u_b] δQ_lm + E[∂_l g_i g_m u_b] δV_lm
//! δE[g_i g_j]   = E[∂_l g_i g_j u_a] δG_al + ½ E[∂_l g_i g_j s_m] δQ_lm + E[∂_l g_i g_j g_m] δV_lm  + (i ↔ j)
//! δE[∂_j g_i]   = E[∂_j g_i s_l u_a] δG_al + ½ (E[∂_j g_i s_l s_m] − Q^{-1}_lm E[∂_j g_i]) δQ_lm
//!               + E[∂_l g_i g_m s_j] δV_lm
//! ```

use super::preactivation::PreActivation;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::symmetric::{packed_index, packed_len};

/// The expectations of these equations. `∂_l g_i` is symmetric: a pair of units has one index.
#[derive(Debug, Clone)]
pub(super) struct Slopes {
    units: usize,
    signals: usize,
    /// `E[∂g_p u_a u_b]`: pair × pair of signals.
    uu: Matrix,
    /// `E[∂g_p s_m u_a]`: pair × (m r + a).
    su: Matrix,
    /// `E[∂g_p (s_l s_m − Q^{-1}_lm)]`: pair × pair.
    ss: Matrix,
    /// `E[∂g_p g_j g_m]`: pair × pair.
    gg: Matrix,
    /// `E[∂g_p g_j u_a]`: (p k + j) × a.
    gu: Matrix,
    /// `E[∂g_p g_j s_m]`: (p k + j) × m.
    gs: Matrix,
}

/// Change of the expectations that a step is made of.
pub(super) struct Change {
    /// Of `E[g g^T]`, `k × k`.
    pub gg: Matrix,
    /// Of `E[g u*^T]`, `k × r`.
    pub gu: Matrix,
    /// Of `E[∂g]`, `k × k`.
    pub dg: Matrix,
}

impl Slopes {
    /// From the sums over nodes, with `ξ` in the place of `s`: `∂g` with
    /// `(u u^T, ξ u^T, ξ ξ^T, g g^T)`, and `∂g ⊗ g` with `(u, ξ)`, row by row.
    pub fn new<const K: usize>(
        law: &PreActivation<'_, K>,
        dg: &Matrix,
        pairs: &[f64],
        triples: &[f64],
    ) -> Self {
        let (r, p) = (law.signals(), packed_len(K));
        let uu = packed_len(r);
        let pairs = Matrix::from_row_slice(p, uu + K * r + 2 * p, pairs);
        let triples = Matrix::from_row_slice(p * K, r + K, triples);
        // s = L^{-T} ξ.
        let turn = |m: usize, n: usize| law.noise.whitener[(n, m)];
        let xu = pairs.columns(uu, K * r);
        let xx = pairs.columns(uu + K * r, p);
        let xi = triples.columns(r, K);
        let precision = law.noise.whitener.tr_mul(&law.noise.whitener);
        let su = Matrix::from_fn(p, K * r, |pair, column| {
            let (m, a) = (column / r, column % r);
            (0..K).map(|n| turn(m, n) * xu[(pair, n * r + a)]).sum()
        });
        let ss = Matrix::from_fn(p, p, |pair, column| {
            let (l, m) = unpacked(column, K);
            let both = (0..K).flat_map(|n| (0..K).map(move |o| (n, o)));
            let sum: f64 = both
                .map(|(n, o)| turn(l, n) * turn(m, o) * xx[(pair, packed_index(n, o, K))])
                .sum();
            let (i, j) = unpacked(pair, K);
            sum - precision[(l, m)] * dg[(i, j)]
        });
        let gs = Matrix::from_fn(p * K, K, |row, m| {
            (0..K).map(|n| turn(m, n) * xi[(row, n)]).sum()
        });
        Self {
            units: K,
            signals: r,

            uu: pairs.columns(0, uu).into_owned(),
            su,
            ss,
            gg: pairs.columns(uu + K * r + p, p).into_owned(),
            gu: triples.columns(0, r).into_owned(),
            gs,
        }
    }

    /// Adds those of another randomisation.
    pub fn add(&mut self, other: &Self) {
        for (sum, term) in self.matrices().into_iter().zip(other.clone().matrices()) {
            *sum += &*term;
        }
    }

    pub fn scale(&mut self, factor: f64) {
        self.matrices().into_iter().for_each(|own| *own *= factor);
    }

    fn matrices(&mut self) -> [&mut Matrix; 6] {
        let Self {
            uu,
            su,
            ss,
            gg,
            gu,
            gs,
            ..
        } = self;
        [uu, su, ss, gg, gu, gs]
    }

    /// Changes with `M_ab` (column by column), then with the entries of the lower triangles of `Q`
    /// and of `V`.
    pub fn changes(&self, model: &Model) -> Vec<Change> {
        let (k, r) = (self.units, self.signals);
        let lower = || (0..k).flat_map(|column| (column..k).map(move |row| (row, column)));
        let mut changes = Vec::with_capacity(k * r + 2 * packed_len(k));
        for l in 0..k {
            for a in 0..r {
                changes.push(self.by_overlap(l, a, model.lambda()[a]));
            }
        }
        changes.extend(lower().map(|(l, m)| self.by_entry(l, m, |l, m| self.by_spread(l, m))));
        changes.extend(lower().map(|(l, m)| self.by_entry(l, m, |l, m| self.by_proximal(l, m))));
        changes
    }

    /// With an entry of a symmetric matrix, and its mirror image.
    fn by_entry(&self, l: usize, m: usize, one: impl Fn(usize, usize) -> Change) -> Change {
        let own = one(l, m);
        if l == m {
            return own;
        }
        let other = one(m, l);
        Change {
            gg: own.gg + other.gg,
            gu: own.gu + other.gu,
            dg: own.dg + other.dg,
        }
    }

    /// From the changes of `E[g_i g_j]` without `(i ↔ j)`, of `E[g_i u_b]`, of `E[∂_j g_i]`.
    fn change(
        &self,
        gg: impl Fn(usize, usize) -> f64,
        gu: impl Fn(usize, usize) -> f64,
        dg: impl Fn(usize, usize) -> f64,
    ) -> Change {
        let k = self.units;
        Change {
            gg: Matrix::from_fn(k, k, |i, j| gg(i, j) + gg(j, i)),
            gu: Matrix::from_fn(k, self.signals, gu),
            dg: Matrix::from_fn(k, k, |i, j| 0.5 * (dg(i, j) + dg(j, i))),
        }
    }

    fn by_overlap(&self, l: usize, a: usize, lambda: f64) -> Change {
        let r = self.signals;
        self.change(
            |i, j| lambda * self.gu[(self.triple(i, l, j), a)],
            |i, b| lambda * self.uu[(self.pair(i, l), packed_index(a, b, r))],
            |i, j| lambda * self.su[(self.pair(i, j), l * r + a)],
        )
    }

    fn by_spread(&self, l: usize, m: usize) -> Change {
        self.change(
            |i, j| 0.5 * self.gs[(self.triple(i, l, j), m)],
            |i, b| 0.5 * self.su[(self.pair(i, l), m * self.signals + b)],
            |i, j| 0.5 * self.ss[(self.pair(i, j), self.pair(l, m))],
        )
    }

    fn by_proximal(&self, l: usize, m: usize) -> Change {
        self.change(
            |i, j| self.gg[(self.pair(i, l), self.pair(j, m))],
            |i, b| self.gu[(self.triple(i, l, m), b)],
            |i, j| self.gs[(self.triple(i, l, m), j)],
        )
    }

    fn pair(&self, i: usize, j: usize) -> usize {
        packed_index(i, j, self.units)
    }

    fn triple(&self, i: usize, l: usize, j: usize) -> usize {
        self.pair(i, l) * self.units + j
    }
}

/// The entry `(row, column)` of the lower triangle at a place among them.
fn unpacked(place: usize, units: usize) -> (usize, usize) {
    let mut rest = place;
    for column in 0..units {
        let rows = units - column;
        if rest < rows {
            return (column + rest, column);
        }
        rest -= rows;
    }
    unreachable!("a place among {} entries", packed_len(units))
}

#[cfg(test)]
mod tests {
    use crate::numerics::Matrix;
    use crate::options::ModelOptions;
    use crate::order_parameters::OrderParameters;
    use crate::theory::state_evolution::{Quadrature, State, StateEvolution};
    use crate::theory::unknowns::Shape;
    use nalgebra::DVector;

    /// A state that is nowhere special.
    fn state(signals: usize, units: usize, scale: f64) -> State {
        let entry = |a: usize, b: usize| ((3 * a + 5 * b + 1) as f64 * 0.618).sin();
        let turned = Matrix::from_fn(units, units, |a, b| 0.3 * entry(a + 2, b));
        let symmetric = &turned + turned.transpose();
        let unit = Matrix::identity(units, units);
        State {
            order: OrderParameters {
                m: Matrix::from_fn(signals, units, |a, b| scale * (0.4 * entry(a, b) + 0.3)),
                q: (&unit + &symmetric * 0.5) * scale,
            },
            v: unit * 0.3 + symmetric * 0.1,
        }
    }

    /// The derivative beside central differences of the step: other laws, biases, joint laws, signals
    /// with spread, more units than signals and fewer.
    #[test]
    fn the_derivative_is_that_of_the_step() {
        for (text, scale) in [
            ("alpha = 2.0, lambda = [1.5]", 1.0),
            (
                "alpha = 2.0, lambda = [1.5], hidden = \"uniform\", bias = [0.4]",
                0.5,
            ),
            ("alpha = 1.5, lambda = [1.1], signal = \"gaussian\"", 2.0),
            (
                "alpha = 3.0, lambda = [1.5, 0.8], units = 1, hidden = \"ternary\"",
                1.0,
            ),
            (
                "alpha = 4.0, lambda = [1.2], units = 2, bias = [0.3, -0.2]",
                0.4,
            ),
            (
                "alpha = 3.0, lambda = [1.5, 1.2], hidden = \"ternary\"",
                0.7,
            ),
            (
                "alpha = 3.0, lambda = [1.5, 1.2], signal = \"gaussian\", bias = [0.1, 0.0]",
                1.0,
            ),
            (
                "alpha = 3.0, lambda = [1.5, 1.2], hidden = \"gaussian\", signal = \"sparse-ternary\"",
                0.3,
            ),
            (
                "alpha = 5.0, lambda = [1.5, 1.2], hidden = \"one-hot-2\"",
                0.7,
            ),
            (
                "alpha = 3.0, lambda = [1.5, 1.2], units = 3, signal = \"gaussian\"",
                0.6,
            ),
        ] {
            let options: ModelOptions =
                toml::from_str::<toml::Table>(&format!("model = {{ {text} }}"))
                    .and_then(|table| table["model"].clone().try_into())
                    .expect("options");
            let model = match options.resolve(None) {
                Ok(model) => model,
                Err(error) => panic!("{text}: {error}"),
            };
            let evolution = StateEvolution {
                model: &model,
                quadrature: Quadrature::Tensor {
                    level: 3,
                    max_nodes: 10_000_000,
                },
            };
            let shape = Shape::of(&model);
            // Somewhere within the domain of the step.
            let found = [1.0, 0.5, 2.0, 0.2, 5.0, 0.05]
                .into_iter()
                .find_map(|factor| {
                    let state = state(model.signals(), model.units(), factor * scale);
                    Some((evolution.linearised(&state).ok()?, state))
                });
            let Some(((step, derivative), state)) = found else {
                panic!("{text}: nowhere in the domain");
            };
            let x = shape.pack(&state.order, &state.v);
            let at = |x: &DVector<f64>| {
                let step = evolution.step(&shape.unpack(x)).expect("in the domain");
                shape.pack(&step.order, &step.k)
            };
            let own = shape.pack(&step.order, &step.k);
            assert!((own - at(&x)).amax() < 1e-13, "{text}");
            for column in 0..x.len() {
                let mut moved = DVector::zeros(x.len());
                moved[column] = 1e-4;
                let half = &moved * 0.5;
                let rough = (at(&(&x + &moved)) - at(&(&x - &moved))) / 2e-4;
                let fine = (at(&(&x + &half)) - at(&(&x - &half))) / 1e-4;
                // Richardson: an error of the fourth order.
                let differences = (fine * 4.0 - rough) / 3.0;
                let apart = (&differences - derivative.column(column)).amax();
                let size = differences.amax().max(1.0);
                let name = shape.name(column);
                assert!(apart < 3e-9 * size, "{text}, {name}: {apart:e} of {size}");
            }
        }
    }
}
