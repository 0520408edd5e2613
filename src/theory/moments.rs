//! Expectations over one pre-activation row, accumulated node by node; both quadratures share this
//! code.

use super::preactivation::PreActivation;
use crate::hidden::HiddenUnits;
use crate::law::Response;
use crate::numerics::Matrix;
use nalgebra::{SMatrix, SVector};

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
    /// Also those of replicon and objective.
    Stability,
    /// Also the mean posterior of the hidden states.
    Posterior,
}

/// Running sums over nodes.
#[derive(Clone)]
pub(super) struct Accumulator<const K: usize> {
    request: Request,
    nodes: u64,
    mass: f64,
    gg: SMatrix<f64, K, K>,
    dg: SMatrix<f64, K, K>,
    per_component: Vec<ComponentSums<K>>,
    dg_dg: Vec<SMatrix<f64, K, K>>,
    log_mgf: f64,
    posterior: Vec<f64>,
    /// Posterior at one node.
    shares: Vec<f64>,
}

/// `E[g]` and, for components with spread, `E[g (ω − mean)^T]` within one mixture component (times
/// its weight).
#[derive(Clone)]
struct ComponentSums<const K: usize> {
    g: SVector<f64, K>,
    g_omega: SMatrix<f64, K, K>,
}

/// Values at one node, `ω` expressed through the proximal coordinate `z`.
pub(super) struct Node<'a, const K: usize> {
    pub response: &'a Response<K>,
    pub omega: SVector<f64, K>,
    /// `∂g/∂ω = D (I − V D)^{-1}`.
    pub dg: SMatrix<f64, K, K>,
}

impl<const K: usize> Accumulator<K> {
    pub fn new(law: &PreActivation<K>, request: Request) -> Self {
        let empty = ComponentSums {
            g: SVector::zeros(),
            g_omega: SMatrix::zeros(),
        };
        let pairs = if request == Request::Stability {
            K * K
        } else {
            0
        };
        Self {
            request,
            nodes: 0,
            mass: 0.0,
            gg: SMatrix::zeros(),
            dg: SMatrix::zeros(),
            per_component: vec![empty; law.components.len()],
            dg_dg: vec![SMatrix::zeros(); pairs],
            log_mgf: 0.0,
            posterior: Vec::new(),
            shares: Vec::new(),
        }
    }

    /// Adds what does not depend on the mixture component, with the node's total weight.
    #[inline]
    pub fn add(&mut self, node: &Node<K>, weight: f64, log_mgf: impl FnOnce() -> f64) {
        self.nodes += 1;
        self.mass += weight;
        let mean = &node.response.mean;
        self.gg += mean * mean.transpose() * weight;
        self.dg += node.dg * weight;
        if self.request == Request::Stability {
            for (entry, sum) in node.dg.iter().zip(&mut self.dg_dg) {
                *sum += node.dg * (entry * weight);
            }
            self.log_mgf += weight * log_mgf();
        }
    }

    /// Adds the posterior of the hidden states in the fields `z`, where it was asked for.
    #[inline]
    pub fn add_posterior(&mut self, hidden: &HiddenUnits, z: &SVector<f64, K>, weight: f64) {
        if self.request != Request::Posterior {
            return;
        }
        hidden.posterior(z.as_slice(), &mut self.shares);
        self.posterior.resize(self.shares.len(), 0.0);
        for (sum, share) in self.posterior.iter_mut().zip(&self.shares) {
            *sum += share * weight;
        }
    }

    /// Adds one component's share of the node's weight.
    #[inline]
    pub fn add_component(
        &mut self,
        law: &PreActivation<K>,
        index: usize,
        node: &Node<K>,
        weight: f64,
    ) {
        let sums = &mut self.per_component[index];
        sums.g += node.response.mean * weight;
        let component = &law.components[index];
        if component.regression.is_some() {
            sums.g_omega += node.response.mean * (node.omega - component.mean).transpose() * weight;
        }
    }

    pub fn merge(mut self, other: &Self) -> Self {
        self.absorb(other);
        self
    }

    /// Adds the sums over other nodes.
    pub fn absorb(&mut self, other: &Self) {
        self.nodes += other.nodes;
        self.mass += other.mass;
        self.gg += other.gg;
        self.dg += other.dg;
        self.log_mgf += other.log_mgf;
        for (a, b) in self.per_component.iter_mut().zip(&other.per_component) {
            a.g += b.g;
            a.g_omega += b.g_omega;
        }
        for (a, b) in self.dg_dg.iter_mut().zip(&other.dg_dg) {
            *a += b;
        }
        let states = self.posterior.len().max(other.posterior.len());
        self.posterior.resize(states, 0.0);
        for (a, b) in self.posterior.iter_mut().zip(&other.posterior) {
            *a += b;
        }
    }

    /// Forgets all nodes, and keeps the room for them.
    pub fn clear(&mut self) {
        self.nodes = 0;
        self.mass = 0.0;
        self.gg.fill(0.0);
        self.dg.fill(0.0);
        self.log_mgf = 0.0;
        for sums in &mut self.per_component {
            sums.g.fill(0.0);
            sums.g_omega.fill(0.0);
        }
        self.dg_dg.iter_mut().for_each(|sum| sum.fill(0.0));
        self.posterior.clear();
    }

    pub fn finish(self, law: &PreActivation<K>) -> Moments {
        let signals = law.components[0].signal_mean.len();
        let mut gu = Matrix::zeros(K, signals);
        for (sums, component) in self.per_component.iter().zip(&law.components) {
            gu += Matrix::from_column_slice(K, 1, sums.g.as_slice())
                * component.signal_mean.transpose();
            if let Some(regression) = &component.regression {
                gu += dynamic(&sums.g_omega) * regression.transpose();
            }
        }
        let stability = (self.request == Request::Stability).then(|| StabilityMoments {
            dg_dg: assemble(&self.dg_dg),
            log_mgf: self.log_mgf,
        });
        Moments {
            mass: self.mass,
            gg: dynamic(&self.gg),
            gu,
            dg: dynamic(&self.dg),
            stability,
            posterior: self.posterior,
            nodes: self.nodes,
        }
    }
}

fn dynamic<const K: usize>(matrix: &SMatrix<f64, K, K>) -> Matrix {
    Matrix::from_column_slice(K, K, matrix.as_slice())
}

/// Kronecker product from its blocks: block `(i, j)` is `E[∂g_ij ∂g]`, stored column by column.
fn assemble<const K: usize>(blocks: &[SMatrix<f64, K, K>]) -> Matrix {
    let mut full = Matrix::zeros(K * K, K * K);
    for (index, block) in blocks.iter().enumerate() {
        let (i, j) = (index % K, index / K);
        full.view_mut((i * K, j * K), (K, K)).copy_from(block);
    }
    full
}
