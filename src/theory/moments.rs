//! Expectations over one pre-activation row, accumulated packet by packet; both quadratures share
//! this code.

use super::nodes::Nodes;
use super::preactivation::PreActivation;
use super::slopes::Slopes;
use crate::hidden::HiddenUnits;
use crate::law::{POINTS, Points};
use crate::numerics::Matrix;
use crate::numerics::simd::{Isa, Kernel, LANES, Lanes, Packet};
use crate::numerics::symmetric::{packed_index, packed_len};

/// Expectations that a step of state evolution needs, with `g(ω) = f(z)`, `ω = z − V f(z)`
/// (theory.md section 3).
#[derive(Debug, Clone)]
pub struct Moments {
    /// Total probability of the nodes: 1 up to quadrature error.
    pub mass: f64,
    /// `E[g g^T]`, `k × k`.
    pub gg: Matrix,
    /// `E[g u*^T]`, `k × r`.
    pub gu: Matrix,
    /// `E[∂g/∂ω]`, `k × k`.
    pub dg: Matrix,
    /// What the derivative of the step consists of; only where asked for.
    pub(super) slopes: Option<Slopes>,
    /// `E[∂g ⊗ ∂g]`, `k² × k²`, and `E[η1(z)]`; only where asked for.
    pub stability: Option<StabilityMoments>,
    /// `E[P(h | z)]` of each hidden state, in the order of [`HiddenUnits::states`]; empty unless
    /// asked for.
    pub posterior: Vec<f64>,
    /// Number of nodes that were evaluated.
    pub nodes: u64,
}

/// Expectations for the replicon and the objective.
#[derive(Debug, Clone)]
pub struct StabilityMoments {
    /// `E[∂g ⊗ ∂g]`, `k² × k²`.
    pub dg_dg: Matrix,
    /// `E[η1(z)]`.
    pub log_mgf: f64,
}

/// Which expectations to accumulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// Only those of the step.
    Step,
    /// Also those of its derivative.
    Slopes,
    /// Also those of replicon and objective.
    Stability,
    /// Also the mean posterior of the hidden states.
    Posterior,
}

/// Running sums over nodes. Each is that of the products of every number on one side, `left`, with
/// every number on the other; those of the first on the left come first.
#[derive(Debug, Clone)]
pub(super) struct Accumulator {
    request: Request,
    units: usize,
    signals: usize,
    nodes: u64,
    /// Of the weight `w`.
    mass: [Packet; 1],
    /// `g` with `w (g, u)`.
    step: Vec<Packet>,
    /// `∂g` with `w`.
    slope: Vec<Packet>,
    /// `∂g` (lower triangle) with `w ∂g`; or, for the derivative, with
    /// `w (u u^T, ξ u^T, ξ ξ^T, g g^T)`.
    pairs: Vec<Packet>,
    /// `∂g ⊗ g` with `w (u, ξ)`.
    triples: Vec<Packet>,
    log_mgf: f64,
    posterior: Vec<f64>,
}

/// Room for what is multiplied.
#[derive(Debug, Clone, Default)]
pub(super) struct Factors {
    /// Lower triangle of `∂g`.
    slopes: Vec<Points>,
    /// `∂g ⊗ g`.
    slopes_by_means: Vec<Points>,
    /// `w (u u^T, ξ u^T, ξ ξ^T, g g^T)`, or `w ∂g`.
    pairs: Vec<Points>,
    /// `w (u, ξ)`.
    singles: Vec<Points>,
    /// Posterior at one node.
    shares: Vec<f64>,
}

impl Accumulator {
    pub fn new(units: usize, signals: usize, request: Request) -> Self {
        let (k, r, p) = (units, signals, packed_len(units));
        let (pairs, triples) = match request {
            Request::Slopes => (p * (packed_len(r) + k * r + 2 * p), p * k * (r + k)),
            Request::Stability => (p * p, 0),
            Request::Step | Request::Posterior => (0, 0),
        };
        let zeros = |count: usize| vec![Packet::ZERO; count];
        Self {
            request,
            units,
            signals,
            nodes: 0,
            mass: [Packet::ZERO],
            step: zeros(k * (k + r)),
            slope: zeros(k * k),
            pairs: zeros(pairs),
            triples: zeros(triples),
            log_mgf: 0.0,
            posterior: Vec::new(),
        }
    }

    /// Adds a packet of nodes with their weights.
    pub fn add<const K: usize>(
        &mut self,
        hidden: &HiddenUnits,
        law: &PreActivation<'_, K>,
        nodes: &mut Nodes,
        factors: &mut Factors,
    ) {
        self.nodes += nodes.used() as u64;
        nodes.weigh_means();
        Isa::detect().run(Add {
            gain: &law.whitened_gain,
            nodes,
            factors,
            sums: self,
        });
        match self.request {
            Request::Stability => {
                let mut values = Points::ZERO;
                hidden.log_mgfs(nodes.fields(), &mut values);
                let used = values.iter().zip(nodes.weights().iter()).take(nodes.used());
                self.log_mgf += used.map(|(value, weight)| value * weight).sum::<f64>();
            }
            Request::Posterior => self.add_posterior(hidden, nodes, &mut factors.shares),
            Request::Step | Request::Slopes => {}
        }
    }

    fn add_posterior(&mut self, hidden: &HiddenUnits, nodes: &Nodes, shares: &mut Vec<f64>) {
        let mut z = vec![0.0; self.units];
        for node in 0..nodes.used() {
            for (entry, all) in z.iter_mut().zip(nodes.fields()) {
                *entry = all[node];
            }
            hidden.posterior(&z, shares);
            self.posterior.resize(shares.len(), 0.0);
            for (sum, share) in self.posterior.iter_mut().zip(shares.iter()) {
                *sum += share * nodes.weights()[node];
            }
        }
    }

    /// Adds the sums over other nodes.
    pub fn absorb(&mut self, other: &Self) {
        self.nodes += other.nodes;
        self.log_mgf += other.log_mgf;
        self.mass[0] += other.mass[0];
        for (sums, terms) in [
            (&mut self.step, &other.step),
            (&mut self.slope, &other.slope),
            (&mut self.pairs, &other.pairs),
            (&mut self.triples, &other.triples),
        ] {
            for (sum, term) in sums.iter_mut().zip(terms) {
                *sum += *term;
            }
        }
        let states = self.posterior.len().max(other.posterior.len());
        self.posterior.resize(states, 0.0);
        for (a, b) in self.posterior.iter_mut().zip(&other.posterior) {
            *a += b;
        }
    }

    /// Forgets all nodes, for another sum of the same kind or not.
    pub fn restart(&mut self, units: usize, signals: usize, request: Request) {
        if (self.units, self.signals, self.request) != (units, signals, request) {
            *self = Self::new(units, signals, request);
            return;
        }
        self.nodes = 0;
        self.log_mgf = 0.0;
        self.mass = [Packet::ZERO];
        for sums in [
            &mut self.step,
            &mut self.slope,
            &mut self.pairs,
            &mut self.triples,
        ] {
            sums.fill(Packet::ZERO);
        }
        self.posterior.clear();
    }

    pub fn finish<const K: usize>(&self, law: &PreActivation<'_, K>) -> Moments {
        let totals = |sums: &[Packet]| sums.iter().map(|sum| sum.sum()).collect::<Vec<f64>>();
        let step = |row: usize, column: usize| self.step[row * (K + self.signals) + column].sum();
        let dg = Matrix::from_fn(K, K, |row, column| self.slope[row * K + column].sum());
        let stability = (self.request == Request::Stability).then(|| StabilityMoments {
            dg_dg: kronecker(K, &totals(&self.pairs)),
            log_mgf: self.log_mgf,
        });
        let slopes = (self.request == Request::Slopes)
            .then(|| Slopes::new(law, &dg, &totals(&self.pairs), &totals(&self.triples)));
        Moments {
            mass: self.mass[0].sum(),
            gg: Matrix::from_fn(K, K, step),
            gu: Matrix::from_fn(K, self.signals, |row, column| step(row, K + column)),
            dg,
            slopes,
            stability,
            posterior: self.posterior.clone(),
            nodes: self.nodes,
        }
    }
}

/// `E[∂g ⊗ ∂g]` from the products of the entries of the lower triangles.
fn kronecker(units: usize, products: &[f64]) -> Matrix {
    let pairs = packed_len(units);
    Matrix::from_fn(units * units, units * units, |row, column| {
        let outer = packed_index(row / units, column / units, units);
        let inner = packed_index(row % units, column % units, units);
        products[outer * pairs + inner]
    })
}

/// Adds the products of every number on the left with every number on the right.
#[inline(always)]
fn multiply<L: Lanes>(lanes: L, left: &[Points], right: &[Points], sums: &mut [Packet]) {
    const TILE: usize = 4;
    if right.is_empty() {
        return;
    }
    for (left, sums) in left.iter().zip(sums.chunks_exact_mut(right.len())) {
        let (x, _) = left.as_chunks::<LANES>();
        let tiles = right.chunks_exact(TILE);
        let rest = tiles.remainder();
        let (tiled, single) = sums.split_at_mut(right.len() - rest.len());
        for (right, sums) in tiles.zip(tiled.chunks_exact_mut(TILE)) {
            let mut all = [lanes.splat(0.0); TILE];
            for (own, sum) in all.iter_mut().zip(sums.iter()) {
                *own = lanes.load(sum);
            }
            for (index, x) in x.iter().enumerate() {
                let x = lanes.read(x);
                for (own, y) in all.iter_mut().zip(right) {
                    let (y, _) = y.as_chunks::<LANES>();
                    *own = lanes.mul_add(x, lanes.read(&y[index]), *own);
                }
            }
            for (own, sum) in all.into_iter().zip(sums) {
                lanes.store(own, sum);
            }
        }
        for (y, sum) in rest.iter().zip(single) {
            let mut own = lanes.load(sum);
            let (y, _) = y.as_chunks::<LANES>();
            for (x, y) in x.iter().zip(y) {
                own = lanes.mul_add(lanes.read(x), lanes.read(y), own);
            }
            lanes.store(own, sum);
        }
    }
}

/// Adds a packet of nodes.
struct Add<'a> {
    gain: &'a Matrix,
    nodes: &'a Nodes,
    factors: &'a mut Factors,
    sums: &'a mut Accumulator,
}

impl Kernel for Add<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self {
            gain,
            nodes,
            factors,
            sums,
        } = self;
        let weights = std::slice::from_ref(nodes.weights());
        multiply(lanes, &[Points::all(1.0)], weights, &mut sums.mass);
        multiply(lanes, nodes.means(), nodes.weighted(), &mut sums.step);
        multiply(lanes, nodes.slopes(), weights, &mut sums.slope);
        match sums.request {
            Request::Stability => {
                factors.lower_slopes(nodes);
                factors.pairs.resize(factors.slopes.len(), Points::ZERO);
                for (own, slope) in factors.pairs.iter_mut().zip(&factors.slopes) {
                    *own = product(slope, nodes.weights());
                }
                multiply(lanes, &factors.slopes, &factors.pairs, &mut sums.pairs);
            }
            Request::Slopes => {
                factors.lower_slopes(nodes);
                factors.slopes_by_means.clear();
                for slope in &factors.slopes {
                    for mean in nodes.means() {
                        factors.slopes_by_means.push(product(slope, mean));
                    }
                }
                factors.scores(gain, nodes);
                multiply(lanes, &factors.slopes, &factors.pairs, &mut sums.pairs);
                let left = &factors.slopes_by_means;
                multiply(lanes, left, &factors.singles, &mut sums.triples);
            }
            Request::Step | Request::Posterior => {}
        }
    }
}

impl Factors {
    #[inline(always)]
    fn lower_slopes(&mut self, nodes: &Nodes) {
        let units = nodes.means().len();
        self.slopes.clear();
        for column in 0..units {
            for row in column..units {
                self.slopes.push(nodes.slopes()[row * units + column]);
            }
        }
    }

    /// `w (u u^T, ξ u^T, ξ ξ^T, g g^T)` and `w (u, ξ)`, with the standardised noise
    /// `ξ = L^{-1} (ω − M^T Λ u)`, `L L^T = Q`, all in the mean given `ω`.
    #[inline(always)]
    fn scores(&mut self, gain: &Matrix, nodes: &Nodes) {
        let (mean, weight) = (nodes.means(), nodes.weights());
        let (k, r) = (mean.len(), gain.ncols());
        let signals = &nodes.weighted()[k..];
        let Self { pairs, singles, .. } = self;
        let eta = nodes.standardised();
        singles.clear();
        singles.extend_from_slice(signals);
        for m in 0..k {
            let mut own = product(&eta[m], weight);
            for (a, signal) in signals.iter().enumerate() {
                add_scaled(&mut own, -gain[(m, a)], signal);
            }
            singles.push(own);
        }
        pairs.clear();
        pairs.extend_from_slice(nodes.signal_pairs());
        for m in 0..k {
            for (a, signal) in signals.iter().enumerate() {
                let mut own = product(&eta[m], signal);
                for b in 0..r {
                    let pair = &nodes.signal_pairs()[packed_index(a, b, r)];
                    add_scaled(&mut own, -gain[(m, b)], pair);
                }
                pairs.push(own);
            }
        }
        let mixed = packed_len(r);
        for column in 0..k {
            for row in column..k {
                let mut own = product(&eta[row], &singles[r + column]);
                for a in 0..r {
                    add_scaled(&mut own, -gain[(row, a)], &pairs[mixed + column * r + a]);
                }
                pairs.push(own);
            }
        }
        for column in 0..k {
            let weighted = &nodes.weighted()[column];
            pairs.extend(mean[column..].iter().map(|mean| product(mean, weighted)));
        }
    }
}

#[inline(always)]
fn product(a: &Points, b: &Points) -> Points {
    let mut product = Points::ZERO;
    for node in 0..POINTS {
        product[node] = a[node] * b[node];
    }
    product
}

#[inline(always)]
fn add_scaled(to: &mut Points, factor: f64, other: &Points) {
    for node in 0..POINTS {
        to[node] += factor * other[node];
    }
}
