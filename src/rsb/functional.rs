//! Parisi's functional of `K` steps at zero temperature, with its exact gradient.

use super::fields::{Level, Transition, descend};
use super::order::StepOrder;
use super::unit::Unit;
use crate::model::Model;
use crate::numerics::gauss_legendre::panels;
use std::f64::consts::PI;

/// Spread of the fields that grids cover, in standard deviations.
const REACH: f64 = 8.5;

/// Largest distance of nodes, in standard deviations of the kernel that they carry: the trapezoid
/// rule's error is `exp(−2π²/0.8²)`.
const SPACING: f64 = 0.8;

/// Largest distance of nodes in units of the scale on which `η1` bends: its poles lie about `iπ/2`
/// of these away from the real line.
const SMOOTH: f64 = 0.2;

/// Largest distance of nodes in units of the distance of a pole of the integrand from the real line.
const POLE: f64 = 0.17;

/// Largest distance of nodes in units of the distance of a zero of the averages from the real line:
/// the error is `exp(−2π/0.16)`.
const ZEROS: f64 = 0.16;

/// What grids of inner levels are stretched by: `h = z − V_g η1'(z)`, `V_g sup η1'' = 0.85`.
const STRETCH: f64 = 0.85;

/// Fewest nodes of level 0.
const OUTER: usize = 81;

/// One Gaussian component of the law of the signal.
#[derive(Debug, Clone, Copy)]
struct Part {
    weight: f64,
    mean: f64,
    variance: f64,
}

/// `Φ` of one model.
#[derive(Debug, Clone)]
pub(super) struct Functional<'a> {
    pub alpha: f64,
    pub lambda: f64,
    pub unit: Unit<'a>,
    /// Whether `Φ` is even in `M`.
    pub even: bool,
    /// Nodes of all levels above which nothing is evaluated.
    pub most_nodes: usize,
    signal: Vec<Part>,
}

/// How many nodes each level has: as many in a whole search for a root, so that `Φ` is smooth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    outer: usize,
    /// Levels `1 … K − 1`.
    inner: Vec<usize>,
    /// Largest distance of nodes of level `K`, in the proximal coordinate.
    last: f64,
    /// Largest field.
    reach: f64,
}

/// `Φ` with its derivatives.
#[derive(Debug, Clone)]
pub(super) struct Evaluation {
    pub phi: f64,
    /// `α E_K η1(z) − α η2(Q)`: equal to `Φ` at a root.
    pub objective: f64,
    pub by_m: f64,
    pub by_q0: f64,
    pub by_increments: Vec<f64>,
    pub by_v: f64,
    pub by_x: Vec<f64>,
    /// `ρ_i = α V_i² E_i f_i''²` (K + 1); infinite where `f'` jumps.
    pub replicons: Vec<f64>,
    /// `α V_0 E_0 f_0''`: a small overlap grows by `λ²` times this.
    pub growth: f64,
    /// What the order parameters are at a root, in terms of averages: `M`, `q_0`, `Δ_i`, `V`.
    pub image: Image,
}

/// Right-hand sides of the fixed-point equations.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub m: f64,
    pub q0: f64,
    pub increments: Vec<f64>,
    pub v: f64,
}

/// Averages over the law of the fields of one level.
#[derive(Debug, Default)]
struct Averages {
    f: Vec<f64>,
    square: Vec<f64>,
    curvature: Vec<f64>,
    curvature_squared: Vec<f64>,
}

impl<'a> Functional<'a> {
    /// The functional of a model of one signal and one bounded hidden unit; `None` elsewhere.
    pub fn new(model: &'a Model) -> Option<Self> {
        let unit = Unit::new(model.hidden())?;
        let &[lambda] = model.lambda() else {
            return None;
        };
        let even = unit.is_even() && model.sample_signals().is_symmetric();
        let parts = model.sample_signals().components().iter().map(|own| Part {
            weight: own.weight,
            mean: own.mean[0],
            variance: own.covariance.as_ref().map_or(0.0, |own| own[(0, 0)]),
        });
        // Of two components that mirror each other, one with twice the weight.
        let folded = |part: Part| match part.mean {
            mean if !even || mean == 0.0 => Some(part),
            mean if mean < 0.0 => None,
            _ => Some(Part {
                weight: 2.0 * part.weight,
                ..part
            }),
        };
        Some(Self {
            alpha: model.alpha(),
            lambda,
            unit,
            even,
            most_nodes: usize::MAX,
            signal: parts.filter_map(folded).collect(),
        })
    }

    /// Largest field that matters.
    fn reach(&self, order: &StepOrder) -> f64 {
        let gain = self.lambda * order.m;
        let ends = self.signal.iter().map(|part| {
            let spread = (order.q() + gain * gain * part.variance).sqrt();
            (gain * part.mean).abs() + REACH * spread
        });
        // The tilt moves fields by up to ∫ x f' dq.
        let drift = (order.responses()[0] - order.v) * self.unit.slope_bound;
        ends.fold(0.0, f64::max) + drift
    }

    /// Grids that resolve these order parameters, with a margin of a tenth.
    pub fn plan(&self, order: &StepOrder) -> Plan {
        let reach = 1.05 * self.reach(order);
        let bound = self.unit.slope_bound;
        let kernel = |level: usize| {
            let own = 0.9 * SPACING * order.increments[level].sqrt();
            own.min(SMOOTH / bound)
        };
        // The averages that f_i is a logarithm of vanish at complex fields, at a distance of
        // π/(2 x sup η1') or more from the real line.
        let zero = |level: usize| 0.5 * PI / order.x[level];
        let outer = kernel(0).min(ZEROS * zero(0) / bound);
        // In the stretched coordinate, z − 0.85 tanh z = i y has solutions at this distance.
        let stretched = |y: f64| (y / (1.0 - STRETCH)).min(0.5 * (3.5 * y).cbrt());
        let spacing = |level: usize| match level + 1 == order.steps() {
            true => kernel(level),
            false => kernel(level).min(ZEROS * stretched(zero(level + 1)) / bound),
        };
        let nodes = |half: f64, spacing: f64| 2 * (half / spacing).ceil().min(5e4) as usize + 1;
        let longest = reach + STRETCH / self.unit.curvature_bound * bound;
        let gain = self.lambda * order.m;
        let spreads = self.signal.iter().map(|part| {
            // The signal's own spread counts as the noise does.
            (1.2 * order.q0 + gain * gain * part.variance).sqrt()
        });
        let widest = spreads.fold(0.0, f64::max);
        Plan {
            outer: nodes(REACH * widest, outer).max(OUTER),
            inner: (0..order.steps() - 1)
                .map(|level| nodes(longest, spacing(level)))
                .collect(),
            last: spacing(order.steps() - 1),
            reach,
        }
    }

    /// Number of nodes of all levels, about.
    pub fn size(&self, plan: &Plan) -> usize {
        let top = 2.0 * plan.reach / plan.last.min(0.04);
        plan.outer * self.signal.len() + plan.inner.iter().sum::<usize>() + top as usize
    }

    /// Whether a plan still resolves these order parameters.
    pub fn resolves(&self, plan: &Plan, order: &StepOrder) -> bool {
        let wanted = self.plan(order);
        let enough = |own: usize, wanted: usize| own as f64 >= 0.9 * wanted as f64;
        let pairs = plan.inner.iter().zip(&wanted.inner);
        self.reach(order) <= plan.reach
            && enough(plan.outer, wanted.outer)
            && pairs.into_iter().all(|(own, wanted)| enough(*own, *wanted))
            && 0.9 * plan.last <= wanted.last
    }

    /// The same with twice the nodes on every level.
    #[cfg(test)]
    pub fn doubled(&self, plan: &Plan) -> Plan {
        Plan {
            outer: 2 * plan.outer + 1,
            inner: plan.inner.iter().map(|own| 2 * own + 1).collect(),
            last: 0.5 * plan.last,
            reach: 1.1 * plan.reach,
        }
    }

    /// The same, fine enough for `E φ_V''²`: its integrand has a pole at a distance of
    /// `√(1 − V sup η1'')` from the real line.
    fn for_replicon(&self, plan: &Plan, v: f64) -> Option<Plan> {
        let distance = (1.0 - v * self.unit.curvature_bound).max(0.0).sqrt();
        (distance > 0.02).then(|| Plan {
            last: plan.last.min(POLE * distance),
            ..plan.clone()
        })
    }

    /// Level `K`: `f_K(h) = φ_V(h) = max_z [η1(z) − (z − h)²/(2V)]`, in the proximal coordinate
    /// `z`, with `h = z − V η1'(z)` and `dh = (1 − V η1'') dz`; and `η1(z)`.
    pub fn top(&self, v: f64, spacing: f64, reach: f64) -> (Level, Vec<f64>) {
        let unit = self.unit;
        let reach = reach + v * unit.slope_bound;
        let gaps = unit.gaps(v, reach);
        let nodes: Vec<(f64, f64)> = if gaps.is_empty() {
            let half = (reach / spacing).ceil() as i64;
            (-half..=half)
                .map(|at| (spacing * at as f64, spacing))
                .collect()
        } else {
            // Sixteen nodes of a panel carry five standard deviations of the kernel.
            let longest = (7.0 * spacing).min(0.6);
            let mut ends = vec![-reach];
            ends.extend(gaps.iter().flatten());
            ends.push(reach);
            let part = |ends: &[f64]| {
                let length = ends[1] - ends[0];
                let count = (length / longest).ceil();
                let cut = |at: usize| ends[0] + length * at as f64 / count;
                let cuts: Vec<f64> = (0..=count as usize).map(cut).collect();
                panels(&cuts, |_| 1.0)
            };
            ends.chunks(2).flat_map(part).collect()
        };
        let mut level = Level::with_capacity(nodes.len());
        level.jumps = !gaps.is_empty();
        let mut log_mgf = Vec::with_capacity(nodes.len());
        for (z, width) in nodes {
            let (slope, curvature) = unit.response(z);
            let value = unit.log_mgf(z);
            let stretch = 1.0 - v * curvature;
            level.h.push(z - v * slope);
            level.width.push(stretch * width);
            level.f.push(value - 0.5 * v * slope * slope);
            level.slope.push(slope);
            level.curvature.push(curvature / stretch);
            log_mgf.push(value);
        }
        (level, log_mgf)
    }

    /// Fields of an inner level, denser where `f'` bends.
    fn inner(&self, nodes: usize, reach: f64) -> (Vec<f64>, Vec<f64>) {
        let stretch = STRETCH / self.unit.curvature_bound;
        let half = (nodes / 2) as i64;
        let spacing = (reach + stretch * self.unit.slope_bound) / half as f64;
        let node = |at: i64| {
            let z = spacing * at as f64;
            let (slope, curvature) = self.unit.response(z);
            (z - stretch * slope, (1.0 - stretch * curvature) * spacing)
        };
        (-half..=half).map(node).unzip()
    }

    /// Fields of level 0, `λ M u + √q_0 ξ`, with probabilities: a block for each component.
    fn outer(&self, order: &StepOrder, nodes: usize) -> (Vec<f64>, Vec<f64>) {
        let half = (nodes / 2) as i64;
        let spacing = REACH / half as f64;
        let density = |at: i64| (-0.5 * (spacing * at as f64).powi(2)).exp();
        let norm: f64 = (-half..=half).map(density).sum();
        let gain = self.lambda * order.m;
        let block = |part: &Part| {
            let part = *part;
            let spread = (order.q0 + gain * gain * part.variance).sqrt();
            (-half..=half).map(move |at| {
                let field = gain * part.mean + spread * spacing * at as f64;
                (field, part.weight * density(at) / norm)
            })
        };
        self.signal.iter().flat_map(block).unzip()
    }

    /// All levels from 0 to `K`, the transitions between them, and `η1` at the nodes of the last.
    fn levels(
        &self,
        order: &StepOrder,
        plan: &Plan,
    ) -> Option<(Vec<Level>, Vec<Transition>, Vec<f64>)> {
        let (top, log_mgf) = self.top(order.v, plan.last, plan.reach);
        let mut levels = vec![top];
        let mut transitions = Vec::new();
        for below in (0..order.steps()).rev() {
            let fields = match below {
                0 => self.outer(order, plan.outer),
                level => self.inner(plan.inner[level - 1], plan.reach),
            };
            let (x, increment) = (order.x[below], order.increments[below]);
            let above = levels.last()?;
            let (level, transition) = descend(above, x, increment, self.unit.slope_bound, fields);
            levels.push(level);
            transitions.push(transition);
        }
        levels.reverse();
        transitions.reverse();
        Some((levels, transitions, log_mgf))
    }

    /// `E[u* f_0']`: within a component by Stein's identity.
    fn aligned(&self, order: &StepOrder, level: &Level) -> f64 {
        let size = level.h.len() / self.signal.len();
        let parts = self.signal.iter().enumerate().map(|(place, part)| {
            let own = place * size..(place + 1) * size;
            let slope = dot(&level.width[own.clone()], &level.slope[own.clone()]);
            let curvature = dot(&level.width[own.clone()], &level.curvature[own]);
            part.mean * slope + self.lambda * order.m * part.variance * curvature
        });
        parts.sum()
    }

    /// `Φ` and its derivatives (theory.md section 17); `None` where something is not defined.
    pub fn evaluate(&self, order: &StepOrder, plan: &Plan) -> Option<Evaluation> {
        crate::interrupt::check();
        let steps = order.steps();
        if self.size(plan) > self.most_nodes {
            return None;
        }
        let (eta2, eta2_slope) = self.unit.regulariser(order.q())?;
        let (levels, transitions, log_mgf) = self.levels(order, plan)?;
        let aligned = self.aligned(order, &levels[0]);
        let mut law = levels[0].width.clone();
        let mut means = Averages::default();
        for (place, level) in levels.iter().enumerate() {
            if place > 0 {
                law = transitions[place - 1].ascend(&law, level.h.len());
            }
            let square: f64 = law.iter().zip(&level.slope).map(|(p, f)| p * f * f).sum();
            let squared = law
                .iter()
                .zip(&level.curvature)
                .map(|(p, f)| p * f * f)
                .sum();
            let (curvature, squared) = if level.jumps {
                // E f_{K−1}'' = E φ'' + x_K (E φ'² − E f_{K−1}'²).
                let below = means.curvature.last()?;
                let gained = square - means.square.last()?;
                (below - order.x[place - 1] * gained, f64::INFINITY)
            } else {
                (dot(&law, &level.curvature), squared)
            };
            means.f.push(dot(&law, &level.f));
            means.square.push(square);
            means.curvature.push(curvature);
            means.curvature_squared.push(squared);
        }
        let entropic = Entropic::new(order);
        let alpha = self.alpha;
        let responses = &entropic.responses;
        let regulariser = alpha * eta2_slope;
        let outermost = responses[0] * responses[0] * alpha * means.square[0];
        let m = responses[0] * alpha * self.lambda * aligned;
        let evaluation = Evaluation {
            phi: alpha * means.f[0] + entropic.value - alpha * eta2,
            objective: alpha * dot(&law, &log_mgf) - alpha * eta2,
            by_m: alpha * self.lambda * aligned - order.m / responses[0],
            by_q0: 0.5 * alpha * means.curvature[0] + 0.5 / responses[0] - regulariser,
            by_increments: (0..steps)
                .map(|i| {
                    let x = order.x[i];
                    let energetic = means.curvature[i + 1] + x * means.square[i + 1];
                    0.5 * alpha * energetic + x * entropic.partial[i + 1] - regulariser
                })
                .collect(),
            by_v: 0.5 * alpha * means.square[steps] + entropic.partial[steps] + entropic.last,
            by_x: (0..steps)
                .map(|i| {
                    let x = order.x[i];
                    alpha / x * (means.f[i + 1] - means.f[i])
                        + order.increments[i] * entropic.partial[i + 1]
                        - (responses[i] / responses[i + 1]).ln() / (2.0 * x * x)
                })
                .collect(),
            replicons: (0..=steps)
                .map(|i| alpha * responses[i].powi(2) * means.curvature_squared[i])
                .collect(),
            growth: alpha * responses[0] * means.curvature[0],
            image: Image {
                m,
                q0: m * m + outermost,
                increments: (0..steps)
                    .map(|i| {
                        alpha
                            * responses[i]
                            * responses[i + 1]
                            * (means.square[i + 1] - means.square[i])
                    })
                    .collect(),
                v: 1.0 / (2.0 * regulariser - alpha * means.curvature[steps]),
            },
        };
        evaluation.phi.is_finite().then_some(evaluation)
    }

    /// `ρ_K = α V² E_K φ_V''²` on a grid that resolves it: infinite where `φ_V'` jumps, `None`
    /// where it is so close to that that no grid of moderate size does.
    pub fn last_replicon(&self, order: &StepOrder, plan: &Plan) -> Option<f64> {
        if order.v * self.unit.curvature_bound > 1.0 {
            return Some(f64::INFINITY);
        }
        let plan = self.for_replicon(plan, order.v)?;
        self.evaluate(order, &plan)?.replicons.pop()
    }

    /// Grid of replica symmetry at `(M, Q, V)`: fields as at level `K`, and for each component its
    /// mean, its variance, and what turns a density at a node into a probability.
    fn symmetric_grid(&self, m: f64, q: f64, v: f64) -> (Level, Vec<(Part, f64, f64)>) {
        let gain = self.lambda * m;
        let own = |part: &Part| (*part, gain * part.mean, q + gain * gain * part.variance);
        let parts: Vec<(Part, f64, f64)> = self.signal.iter().map(own).collect();
        let ends = parts
            .iter()
            .map(|(_, mean, variance)| mean.abs() + REACH * variance.sqrt());
        let reach = ends.fold(0.0, f64::max);
        let narrowest = parts
            .iter()
            .fold(f64::INFINITY, |least, own| least.min(own.2));
        let smooth = (0.5 * narrowest.sqrt()).min(SMOOTH / self.unit.slope_bound);
        let spacing = match 1.0 - v * self.unit.curvature_bound {
            rest if rest > 0.0 => smooth.min((POLE * rest.sqrt()).max(0.02)),
            _ => smooth,
        };
        (self.top(v, spacing, reach).0, parts)
    }

    /// Visits `z` and its probability in the replica-symmetric law at `(M, Q, V)`, finely enough for
    /// derivatives of `φ_V`; `None` where the maximum in it is hardly unique.
    pub fn average(&self, m: f64, q: f64, v: f64, mut visit: impl FnMut(f64, f64)) -> Option<()> {
        let distance = (1.0 - v * self.unit.curvature_bound).sqrt();
        if distance.is_nan() || distance < 0.05 {
            return None;
        }
        let (_, parts) = self.symmetric_grid(m, q, v);
        let ends = parts
            .iter()
            .map(|(_, mean, variance)| mean.abs() + REACH * variance.sqrt());
        let reach = ends.fold(0.0, f64::max) + v * self.unit.slope_bound;
        // Higher derivatives have poles of higher orders.
        let spacing = (0.5 * POLE * distance).min(0.5 * SMOOTH / self.unit.slope_bound);
        let half = (reach / spacing).ceil() as i64;
        for at in -half..=half {
            let z = spacing * at as f64;
            let (slope, curvature) = self.unit.response(z);
            let h = z - v * slope;
            let density = parts.iter().map(|(part, mean, variance)| {
                let off = h - mean;
                part.weight * (-0.5 * off * off / variance).exp() / (2.0 * PI * variance).sqrt()
            });
            visit(z, density.sum::<f64>() * (1.0 - v * curvature) * spacing);
        }
        Some(())
    }

    /// Averages of replica symmetry at `(M, Q, V)`, with the global maximum in `φ_V`.
    pub fn symmetric(&self, m: f64, q: f64, v: f64) -> Option<Symmetric> {
        let (eta2, eta2_slope) = self.unit.regulariser(q)?;
        // A field of that size has strayed, or needs no theory of glasses.
        if !((self.lambda * m).abs() < 1e3 && q < 1e4 && v < 1e4) {
            return None;
        }
        let (top, parts) = self.symmetric_grid(m, q, v);
        let (mut f, mut square, mut bent, mut squared, mut aligned) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (part, mean, variance) in &parts {
            let scale = part.weight / (2.0 * PI * variance).sqrt();
            let (mut slope, mut curvature) = (0.0, 0.0);
            for at in 0..top.h.len() {
                let off = top.h[at] - mean;
                let p = scale * top.width[at] * (-0.5 * off * off / variance).exp();
                let own = top.slope[at];
                f += p * top.f[at];
                square += p * own * own;
                squared += p * top.curvature[at] * top.curvature[at];
                slope += p * own;
                curvature += if top.jumps {
                    p * off * own / variance
                } else {
                    p * top.curvature[at]
                };
            }
            aligned += part.mean * slope + self.lambda * m * part.variance * curvature;
            bent += curvature;
        }
        let alpha = self.alpha;
        let overlap = v * alpha * self.lambda * aligned;
        let own = Symmetric {
            phi: alpha * f + 0.5 * (q - m * m) / v - alpha * eta2,
            m: overlap,
            q: overlap * overlap + v * v * alpha * square,
            v: 1.0 / (2.0 * alpha * eta2_slope - alpha * bent),
            replicon: if v * self.unit.curvature_bound >= 1.0 {
                f64::INFINITY
            } else {
                alpha * v * v * squared
            },
        };
        own.phi.is_finite().then_some(own)
    }
}

/// Replica-symmetric `Φ`, the images of `M`, `Q` and `V`, and the replicon.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symmetric {
    pub phi: f64,
    pub m: f64,
    pub q: f64,
    pub v: f64,
    pub replicon: f64,
}

/// `½ Σ_i (1/x_i) log(V_{i−1}/V_i) + (q_0 − M²)/(2V_0)`, with the sums that its derivatives share.
struct Entropic {
    value: f64,
    /// `V_0 … V_K`.
    responses: Vec<f64>,
    /// `S_i = c_0 + … + c_{i−1}`.
    partial: Vec<f64>,
    /// `c_K`.
    last: f64,
}

impl Entropic {
    fn new(order: &StepOrder) -> Self {
        let responses = order.responses();
        let steps = order.steps();
        let x = &order.x;
        let rest = order.q0 - order.m * order.m;
        let logarithms = (0..steps).map(|i| 0.5 / x[i] * (responses[i] / responses[i + 1]).ln());
        let value = logarithms.sum::<f64>() + 0.5 * rest / responses[0];
        let first = 0.5 / (x[0] * responses[0]) - 0.5 * rest / responses[0].powi(2);
        let mut partial = vec![0.0, first];
        for j in 1..steps {
            partial.push(partial[j] + 0.5 * (1.0 / x[j] - 1.0 / x[j - 1]) / responses[j]);
        }
        Self {
            value,
            partial,
            last: -0.5 / (x[steps - 1] * order.v),
            responses,
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
