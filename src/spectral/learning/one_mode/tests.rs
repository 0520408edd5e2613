//! Do modes mix? Every state is a stationary point of `Φ`, found here without the rule of
//! [`OneMode::keeps_apart`].

use super::*;
use crate::law::ScalarAtoms;
use proptest::prelude::*;

const STRENGTHS: [f64; 8] = [1.01, 1.1, 1.4, 2.0, 3.5, 7.0, 15.0, 60.0];

fn atoms(values: &[f64], weights: &[f64], kappa: f64) -> OneMode {
    let law = ScalarAtoms::new(values, weights).expect("a law");
    OneMode::new(&Law::Separable(law), kappa).expect("symmetric, of variance 1")
}

/// `{±1/√ρ, 0}`.
fn three_point(rho: f64, kappa: f64) -> OneMode {
    let (value, share) = (rho.sqrt().recip(), 0.5 * rho);
    atoms(&[-value, 0.0, value], &[share, 1.0 - rho, share], kappa)
}

/// `Φ` less that of the paramagnetic state on a mixture of as many modes as `start` has entries,
/// all of singular value `w`, after `steps` of `m̄ = M_v(w m)`, `m = M_h(w m̄)`. Both terms of `Φ`
/// are convex, so that each step raises it, and each value is a lower bound of its maximum.
fn mixture(atoms: &[(f64, f64)], kappa: f64, w: f64, start: &[f64], steps: usize) -> f64 {
    let modes = start.len();
    let states: Vec<(Vec<f64>, f64)> = (0..atoms.len().pow(modes as u32))
        .map(|state| {
            let digit = |mode: usize| atoms[state / atoms.len().pow(mode as u32) % atoms.len()];
            let values = (0..modes).map(|mode| digit(mode).0).collect();
            (values, (0..modes).map(|mode| digit(mode).1).product())
        })
        .collect();
    // Means of one layer and its part of Φ, at the order parameters of the other.
    let layer = |kappa: f64, other: &[f64]| {
        let (mut means, mut phi) = (vec![0.0; modes], 0.0);
        for (values, share) in &states {
            let field: f64 = values.iter().zip(other).map(|(u, m)| u * m).sum();
            let field = kappa.powf(0.25) * w * field;
            phi += share * ln_cosh(field) / kappa.sqrt();
            for (mean, u) in means.iter_mut().zip(values) {
                *mean += share * u * field.tanh() * kappa.powf(-0.25);
            }
        }
        (means, phi)
    };
    let mut m = start.to_vec();
    let mut value = f64::NEG_INFINITY;
    for _ in 0..steps {
        let (mbar, visible) = layer(kappa, &m);
        let (next, hidden) = layer(1.0 / kappa, &mbar);
        let product: f64 = m.iter().zip(&mbar).map(|(m, mbar)| m * mbar).sum();
        value = value.max(visible + hidden - w * product);
        m = next;
    }
    value
}

/// The strengths at which a mixture of two, three or infinitely many modes beats one.
fn mixes(mode: &OneMode, nodes: &[(f64, f64)], modes: usize, strengths: &[f64]) -> Vec<f64> {
    let many = OneMode::new(&Law::Gaussian, mode.kappa).expect("valid");
    let phi = |mode: &OneMode, w: f64| {
        let state = mode.state(w).expect("valid").expect("magnetised");
        state.phi
    };
    let better = |&w: &f64| {
        let one = phi(mode, w);
        let starts = [[1.0, 1.0, 1.0], [1.0, 0.6, 0.3], [1.0, 0.1, 0.05]];
        let few = starts.map(|start| mixture(nodes, mode.kappa, w, &start[..modes], 60));
        let best = few.into_iter().fold(phi(&many, w), f64::max);
        best > one + 1e-9 * one.abs()
    };
    strengths.iter().copied().filter(better).collect()
}

fn atoms_of(mode: &OneMode) -> &[(f64, f64)] {
    match &mode.law {
        Component::Atoms(atoms) => atoms,
        _ => panic!("no atoms"),
    }
}

#[test]
fn a_mixture_of_one_mode_is_its_state() {
    let mode = three_point(0.7, 2.0);
    let state = mode.state(1.6).expect("valid").expect("magnetised");
    let value = mixture(atoms_of(&mode), 2.0, 1.6, &[1.0], 400);
    assert!((value - state.phi).abs() < 1e-13 * state.phi, "{value}");
}

#[test]
fn modes_of_three_point_laws_mix() {
    for kappa in [0.3, 1.0, 4.0] {
        for rho in [0.1, 0.3, 0.5, 0.64, 0.8, 0.95] {
            let mode = three_point(rho, kappa);
            assert!(!mode.keeps_apart(), "{rho}");
            let strong = mixes(&mode, atoms_of(&mode), 3, &STRENGTHS);
            assert!(strong.contains(&60.0), "{rho}, κ = {kappa}");
            // Just above w = 1 the kurtosis 1/ρ decides.
            assert_eq!(
                strong.contains(&1.01),
                rho < 1.0 / 3.0,
                "{rho}, κ = {kappa}"
            );
        }
    }
}

#[test]
fn modes_that_keep_apart_do_not_mix() {
    let uniform = ContinuousLaw::Uniform {
        low: -3f64.sqrt(),
        high: 3f64.sqrt(),
    };
    for kappa in [0.2, 1.0, 3.0] {
        let signs = OneMode::new(&Law::rademacher(), kappa).expect("valid");
        let flat = OneMode::new(&Law::Continuous(uniform), kappa).expect("valid");
        assert!(signs.keeps_apart() && flat.keeps_apart());
        assert_eq!(mixes(&signs, atoms_of(&signs), 3, &STRENGTHS), [0.0; 0]);
        // Nodes that are dense enough not to act as atoms.
        assert_eq!(
            mixes(&flat, &uniform.nodes(0.15), 2, &STRENGTHS[..6]),
            [0.0; 0]
        );
        let laplace = crate::definitions::Catalogue::default();
        let laplace = laplace.prior("laplace", "law").expect("built in");
        let law = laplace.signal_law().expect("a law");
        assert!(!OneMode::new(&law, kappa).expect("valid").keeps_apart());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Laws `{±a, ±b}` with `b` near 0 mix as those with an atom at 0 do, at finite `w`.
    #[test]
    fn a_mode_that_leaves_units_alone_mixes(
        ratio in 0.0f64..0.01, rest in 0.1f64..0.6, kappa in 0.2f64..5.0,
    ) {
        let scale = (1.0 - rest + rest * ratio * ratio).sqrt();
        let (a, b) = (1.0 / scale, (ratio + 1e-6) / scale);
        let weights = [0.5 * (1.0 - rest), 0.5 * rest, 0.5 * rest, 0.5 * (1.0 - rest)];
        let law = [-a, -b, b, a];
        let norm = law.iter().zip(&weights).map(|(u, p)| u * u * p).sum::<f64>().sqrt();
        let mode = atoms(&law.map(|u| u / norm), &weights, kappa);
        prop_assert!(!mode.keeps_apart());
        prop_assert!(!mixes(&mode, atoms_of(&mode), 2, &STRENGTHS).is_empty());
    }
}
