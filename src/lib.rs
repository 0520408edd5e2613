//! Theory and finite-size simulation of what a Restricted Boltzmann Machine (RBM) learns in high
//! dimension.
//!
//! Data `X = U* Λ W*^T/√d + Z` (n×d) carry `r` hidden signals; an RBM with `k` hidden units is
//! trained on them; in the limit `d → ∞` at fixed `α = n/d` a handful of *order parameters* says
//! how well it learns. This crate computes them, and simulates the same model beside. Equations and
//! names follow Xu, Krzakala and Zdeborová, *Learning with Restricted Boltzmann Machines:
//! Asymptotics of AMP and GD in High Dimensions*, arXiv:2505.18046 ("XKZ"); `equations/theory.md`
//! in the repository derives them ("theory.md").
//!
//! # Data flow
//!
//! ```text
//! numerics ─→ symbolic ─→ definitions ←─ equations/ (one file for each prior and potential)
//!                              │  │
//!                              │  └──→ potential ──────────────────────────────→ equations (print, check)
//!                              │           └──→ fixed_point ←── theory (branches of either)
//!                              ↓
//!                       law ─→ hidden, signal ─→ model ─→ order_parameters, quantity, start, symmetry, proximal, prior_step
//!                                            │              │
//!                            theory ←────────┴──────────────┴────────→ simulation
//!                (state evolution, fixed points, baselines)   (AMP, gradient ascent, L-BFGS, spectral)
//!                               │                                        │
//!                               ├──→ dmft (gradient ascent for d → ∞)    │
//!                               │      │                                 │
//!                               ├──────┴──→ comparison ←────── ensemble, record
//!                               │               │                        │
//!                               ├──→ sweep (phase diagrams) ←────────────┤
//!                               │       │       │                        │
//!             spectral (learning of many units, weight matrices)         │
//!                               │                                        │
//!                               └──→ occlusion (images), analysis (data) ┤
//!                               │       │       │                        │
//!                  options ─→ experiment, study (one request, one answer) ←
//!                                       │
//!                          table ─→ figure, picture, command line
//! ```
//!
//! No arrow points back: theory and simulation share what stands above them and do not know each
//! other's numbers. Algorithms see hidden units and data; only what makes and compares instances
//! sees a model. A law knows no file; `definitions` turns one into it. Whoever wants a result asks
//! through [`experiment`]: the command line, studies, records and other programs get the same typed
//! answer from the same call.
//!
//! # Rooms
//!
//! | module | what is in it |
//! |---|---|
//! | [`experiment`] | every question that can be asked, as a request with a typed, serialisable answer |
//! | [`options`] | what a user may set: flags (feature `cli`), configuration files and study files fill in the same types |
//! | [`quantity`] | the vocabulary of results: `zeta_11` in files, `ζ₁₁` for people |
//! | [`table`] | typed tables: numbers, flags, text, and what is missing |
//! | [`study`] | what is computed for a figure |
//! | [`claims`] | statements of a paper, what was obtained, and a verdict |
//! | [`record`] | finished instances on disk, bound to settings and version |
//! | [`ensemble`] | many instances, with means and standard errors |
//! | [`figure`] | figures from a table and a specification (feature `figures`) |
//! | [`picture`] | a specification for each answer, for those who write none (feature `figures`) |
//! | [`report`] | an analysis as one page of HTML (feature `figures`) |
//! | [`equations`] | pages, checks and the reference of all definitions |
//! | [`schema`] | JSON Schema of replies and requests |
//! | [`contrastive`] | what contrastive divergence learns: in the limit, and by training |
//! | [`analysis`] | noise and signals in the spectrum of data, what units will learn from them and what they do; samples of an RBM |
//! | [`occlusion`] | images completed by the effective objective, and by contrastive divergence |
//! | [`spectral`] | learning dynamics mode by mode where both layers are large, spectra of weight matrices (arXiv:1708.02917) |
//! | [`law`] | laws of hidden units and signals: atoms, densities, formulas, the normal law |
//! | [`numerics`] | small numerical tools that know nothing of the physics |
//! | [`interrupt`] | work that may be stopped |
//! | [`ranks`] | processes that share the rows of one simulation |
//! | [`error`] | bad input and faults of the surroundings |
//!
//! # Where each symbol lives
//!
//! | type | symbol | role | equation |
//! |---|---|---|---|
//! | [`symbolic::Expression`] | | formula: read, differentiated, evaluated, printed | equations/README.md |
//! | [`definitions::PriorDefinition`] | `η1`, `log E e^{yu − γu²/2}` | a prior's file, from which the two below follow | theory.md sec. 1 |
//! | [`definitions::PotentialDefinition`] | `Φ` | a replica-symmetric free energy as a sum of averages | equations/README.md |
//! | [`potential::Saddle`] | `F = S^{-1}∇Φ`, `∂F` | its saddle-point equations and stability matrix | `potential` |
//! | [`fixed_point::FixedPointProblem`] | `R(x) = 0` | what state evolution and potentials have in common: residual, replicon, eigenvalue | theory.md sec. 6 |
//! | [`fixed_point::Branch`] | `(x(s), p(s))` | solutions of either along a control parameter, around folds | theory.md sec. 6 |
//! | [`law::Law`] | `P` | a law of hidden units or of signals: its kinds, once | `law` |
//! | [`hidden::HiddenUnits`] | `P_h`, `η1`, `f`, `D`, `sup D` | prior of the hidden units and its denoiser | theory.md sec. 1 |
//! | [`hidden::PairFunction`] | `η2`, `2∇η2 = ⟨hh^T⟩_Q` | regulariser of the objective | XKZ Theorem 1 |
//! | [`visible::VisibleUnits`] | `P_v`, `κ_m` | prior of the visible units, which the exact likelihood knows | theory.md sec. 9 |
//! | [`likelihood::Machine`] | `log Z − η2`, `c_0 … c_2` | exact likelihood of few hidden units, and its distance from the objective | XKZ Theorem 1 |
//! | [`contrastive::Chain`] | `H`, CD-`j` | a chain of contrastive divergence, and its mean negative phase | theory.md sec. 11 |
//! | [`contrastive::ContrastivePoint`] | `αH` for `2α∇η2` | fixed point of contrastive divergence | theory.md sec. 11 |
//! | [`contrastive::train`] | `κ (n/B)` | training by contrastive divergence, or by the exact gradient | theory.md sec. 11 |
//! | [`analysis::Signal`] | `λ̂ ± se`, `c_w` | a direction that sticks out of the noise of data | theory.md sec. 15 |
//! | [`analysis::Bootstrap`] | `E η1 − η2`, `Q` | what units learn from data, of the law that they suggest | theory.md sec. 16 |
//! | [`occlusion::Completer`] | `E[v_O given v_S]` | posterior mean of occluded pixels | theory.md sec. 14 |
//! | [`signal::SignalPrior`] | `P_u`, `P_w` | laws of the planted signals | theory.md sec. 1 |
//! | [`model::Model`] | `α`, `Λ`, `k`, `r` | everything theory and simulation share | theory.md sec. 1 |
//! | [`order_parameters::OrderParameters`] | `M`, `Q`, `ζ_ab = \|M_ab\|/√Q_bb` | what is predicted and observed | XKZ Theorem 2 |
//! | [`symmetry::Symmetry`] | `(M, Q, V) ↦ (g M g'^T, g' Q g'^T, g' V g'^T)` | what order parameters are defined up to | `symmetry` |
//! | [`prior_step::PriorStep`] | `K = (2α∇η2(Q) − C)^{-1}`, `Q = KSK` | implicit step of the non-separable regulariser | theory.md sec. 2 |
//! | [`theory::StateEvolution`] | `(M, Q, V) ↦ (M', Q', K)` | exact limit of one AMP iteration | XKZ Theorem 2 |
//! | [`start::Start`] | `M_0`, `Q_0` | where a search, or a simulation, begins | `start` |
//! | [`proximal::Proximal`] | `V`, `ρ` | proximal parameter and its damping, of theory and AMP | theory.md sec. 2 |
//! | [`theory::FixedPoint`] | `V = K` | stationary point of the objective | XKZ Theorem 2, Corollary 1 |
//! | [`theory::Stability`] | replicon, `ℓ` | whether the prediction is exact; objective per visible unit | theory.md sec. 3 |
//! | [`rsb::Broken`] | `Φ`, `x(q)` | the objective where replica symmetry breaks | theory.md sec. 17 |
//! | [`theory::HeldOut`] | `E η1(z) − η2(Q)` | log-likelihood of fresh data | theory.md sec. 10 |
//! | [`theory::Growth`] | `G_t` | growth of a small overlap under AMP | theory.md section 13 |
//! | [`simulation::LeadingDirection`] | `ζ²` | spectral overlap of one signal without a data matrix | theory.md section 13 |
//! | [`claims::Claim`] | | a statement, what was obtained, and a verdict | `claims` |
//! | [`theory::Branch`] | `(M, Q, V)(s)` | a branch of state evolution | theory.md sec. 6 |
//! | [`theory::Boundaries`] | `λ_AT(α)`, fold, jump, onset, end | where the replicon is 1, where the solution turns or ends | theory.md sec. 4, 6 |
//! | [`sweep::Sweep`] | | phase diagram of either over two control parameters, on disk cell by cell | theory.md sec. 6 |
//! | [`theory::Outcome`] | | how a search ended: never a number without it | |
//! | [`theory::RelaxationSpectrum`] | edges of `−∇²L` | relaxation time, step bound | theory.md sec. 5 |
//! | [`dmft::DmftPrediction`] | `M_t`, `Q_ts`, `Σ_ts`, `B_ts`, `C_ts` | exact dynamics of gradient ascent | XKZ Theorem 5 |
//! | [`theory::baselines`] | `λ_c = α^{-1/4}` | BBP threshold, PCA, Bayes-optimal | theory.md sec. 1, 4 |
//! | [`spectral::LinearRbm`] | `A`, `C`, `𝓛(W)` | RBM with Gaussian units on both sides: likelihood, gradient flow, equilibrium | theory.md sec. 7 |
//! | [`spectral::Flow`] | `w_α(t)`, `\|u^α·e_α\|` | its learning curve, with the names of the modes | theory.md sec. 7 |
//! | [`spectral::AlignedMode`] | `w(t)` | closed form of one mode | theory.md sec. 7 |
//! | [`spectral::MarchenkoPastur`] | `ρ(w)`, `w_±`, `w_out` | bulk and outliers of a weight matrix | theory.md sec. 7 |
//! | [`spectral::learning::OneMode`] | `m`, `m̄`, `w*` | the magnetised state of one mode of the ±1 RBM | theory.md sec. 8 |
//! | [`spectral::learning::AlignedLearning`] | `w_a(t')`, `R_aa` | modes that compete for the response of the RBM | theory.md sec. 8 |
//! | [`spectral::learning::RotatingLearning`] | `Ŵ(t')` | modes with Gaussian components that turn | theory.md sec. 8 |
//! | [`spectral::learning::enumeration`] | `R_aa` | the response of a finite RBM, by a sum over all states | theory.md sec. 8 |
//! | [`spectral::Training`] | `W`, `η`, `θ` | a ±1 RBM trained by contrastive divergence, and its spectrum on the way | theory.md sec. 8 |
//! | [`spectral::Reading`] | `σ` | noise and modes of a measured weight matrix | theory.md sec. 7 |
//! | [`files::Role`] | | what a file is for a run: read through here, or written once | `files` |
//! | [`comparison::Verdict`] | | whether theory and simulation agree, at one level for all numbers | `comparison` |
//! | [`simulation::Instance`] | `X`, `W*` | one finite-size instance | theory.md sec. 1 |
//! | [`simulation::Data`] | `X` | its rows in one of three stores, and the pass over them | theory.md sec. 1 |
//! | [`simulation::Problem`] | `X`, `P_h` | hidden units and data, with or without planted signals: what algorithms see | `simulation` |
//! | [`simulation::Method`] | | an algorithm with its settings | `simulation` |
//! | [`simulation::Control`] | `u^T Z w/√(nd)`, … | numbers of the data of known mean: control variates | theory.md section 12 |
//! | [`comparison::HeldOutRuns`] | `E η1(z) − η2(Q)` | log-likelihood of fresh data at the overlaps of a run | theory.md section 12 |
//! | [`experiment::FiniteSize`] | `a/d`, `s/√d` | bias and spread at finite size | theory.md section 12 |
//! | [`experiment::Maximum`] | `a + b d^{−2/3}` | the largest objective, best of many starts | theory.md section 17 |
//! | [`simulation::Curvature`] | `Tr (−∇²L)^{-1}/d` | response and gap of a maximum | theory.md section 17 |
//! | [`simulation::Gradient`] | `∇L(W)` | objective and gradient on an instance | XKZ Theorem 1 |
//!
//! # Example
//!
//! ```
//! use onsager::hidden::HiddenUnits;
//! use onsager::law::Law;
//! use onsager::model::Model;
//! use onsager::theory::{FixedPointSettings, Starts, find};
//!
//! # fn main() -> onsager::error::Result<()> {
//! let hidden = HiddenUnits::new(Law::rademacher(), 1, &[])?;
//! let model = Model::new(2.0, &[1.5], hidden, Law::rademacher(), Law::rademacher())?;
//! let found = find(&model, Starts::Standard, &FixedPointSettings::default())?;
//! match found.answer() {
//!     Ok(point) => {
//!         assert!((point.order.overlaps()[(0, 0)] - 0.871650259).abs() < 1e-8);
//!         assert!(point.stability.is_stable());
//!     }
//!     Err(outcome) => println!("no number: {}", outcome.explanation()),
//! }
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

/// The programs of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/rust.md")]
pub struct Pages;

pub mod analysis;
pub mod claims;
pub mod comparison;
pub mod contrastive;
pub mod definitions;
pub mod dmft;
pub mod ensemble;
pub mod equations;
pub mod error;
pub mod experiment;
#[cfg(feature = "figures")]
pub mod figure;
pub mod files;
pub mod fixed_point;
pub mod hidden;
pub mod interrupt;
pub mod law;
pub mod likelihood;
mod memory;
pub mod model;
pub mod numerics;
pub mod occlusion;
pub mod options;
pub mod order_parameters;
#[cfg(feature = "figures")]
pub mod picture;
pub mod potential;
pub mod prior_step;
pub mod proximal;
#[cfg(feature = "python")]
mod python;
pub mod quantity;
pub mod ranks;
pub mod record;
#[cfg(feature = "figures")]
pub mod report;
pub mod rsb;
pub mod schema;
pub mod signal;
pub mod simulation;
pub mod spectral;
pub mod start;
pub mod study;
pub mod sweep;
pub mod symbolic;
pub mod symmetry;
pub mod table;
pub mod theory;
pub mod visible;
