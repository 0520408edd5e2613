//! All fixed points of undamped state evolution, with objective and stability, by brute force.
//!
//! Nothing here uses the crate: the code was written from the equations of Xu, Krzakala and
//! Zdeborová, arXiv:2505.18046 (Theorem 1 for the objective, Theorem 2 for state evolution), so
//! that an error of the crate is not an error here.
//!
//! **State.** `x = (M, Q, V)`: overlaps of `r` signals with `k ≤ 2` units, covariance of the units,
//! proximal matrix. With `ω = M^T Λ u + N(0, Q)`, `ω = z − V f(z)`, `g = f(z)`, one undamped step
//! `F` is
//!
//! ```text
//! R = α E[g u^T] Λ,   S = R R^T + α E[g g^T],   C = α E[∂g],   ∂g = D (I − V D)^{-1}
//! Q' = K S K,   K = (α ⟨hh^T⟩_{Q'} − C)^{-1} positive definite,   M' = (K R)^T,   V' = K
//! ```
//!
//! defined where `Q` and `V` are positive definite and `I − V D(z)` is positive for all `z`.
//!
//! **How.**
//! - Averages ([`moments`]): trapezoid rule on a tensor grid in `z`, whitened by the Cholesky factor of the covariance. Gaussian
//!   signals widen that covariance; uniform and Laplace signals become Gauss–Legendre nodes.
//! - Prior step ([`prior`]): maximum of a strictly concave function, so its root is unique.
//! - Search ([`search`]): random starts, each by a pseudo-time flow `x ← x + ρ(F(x) − x)` with adaptive small `ρ`, then Newton,
//!   and by Newton alone; roots at stronger signals followed down; flows away from saddles; further rounds as long
//!   as the last one found something. Roots are polished on a finer grid to a residual below 1e−9 and compared up to the
//!   model's symmetries.
//! - Observables ([`evaluate`]): `ℓ = α E[η1(z)] − α η2(Q)`; replicon, the spectral radius of `α (K⊗K) E[∂g⊗∂g]`; top, the
//!   largest real part of the eigenvalues of `∂F/∂x`. Stable: both below 1.
//!
//! A search can miss roots; a root it finds is one. So the file shows what a solver misses, and
//! can't prove that it misses nothing. A second search of all cells with other starts found the
//! same stable solutions everywhere, and the same unstable ones for one unit; for two units it
//! differed in 16 cells by up to 6 unstable ones, so their list is not complete.
//!
//! **Data.** `cells.csv`: 100 random cells ([`cells`]) with one hidden unit and 100 with two. One
//! line for each solution, best objective first; a cell without any has one line with empty
//! solution columns. Settings are in the words of the command line (`--alpha`, `--lambda`,
//! `--units`, `--bias`, `--hidden`, `--signal`; lists with spaces); the skewed two-point law has no
//! name there and is written `atoms(values;weights)`. `pole` is `λ_max(V) sup D`. The columns of
//! hits count visits by flow, by Newton alone, and by the other ways. `m` holds the entries of `M`,
//! one signal after the other; `q` and `v` the entries 11, 12, 22.
//! `ONSAGER_BRUTE_FORCE_OUT=cells.csv cargo test --test brute_force regenerate -- --nocapture`
//! computes it again.

pub mod cells;
pub mod evaluate;
pub mod laws;
pub mod model;
pub mod moments;
pub mod prior;
pub mod random;
pub mod search;
pub mod table;
