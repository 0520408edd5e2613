//! What a law may serve as.

use super::*;
use crate::hidden::HiddenUnits;
use crate::signal::SignalPrior;
use crate::symbolic::{Scope, Symbol};

fn formula(text: &str) -> Law {
    let mut scope = Scope::default();
    scope.declare("z");
    let formula = scope.read(text).expect("a formula").expression;
    Law::Formula(FormulaLaw::new(&[Symbol::new("z")], &formula).expect("a law"))
}

fn correlated() -> Law {
    Law::CorrelatedGaussian(Matrix::from_row_slice(2, 2, &[1.0, 0.5, 0.5, 1.0]))
}

fn uniform() -> Law {
    let high = 3f64.sqrt();
    Law::Continuous(ContinuousLaw::Uniform { low: -high, high })
}

#[test]
fn a_role_refuses_what_it_cannot_use() {
    for (law, words) in [
        (correlated(), "hidden is a correlated Gaussian"),
        (uniform(), "hidden is a law to draw from"),
    ] {
        let error = HiddenUnits::new(law.clone(), 2, &[]).expect_err(words);
        assert!(error.to_string().starts_with(words), "{error}");
        assert!(SignalPrior::new(law, 2, Some(1.0), "signal").is_ok());
    }
    let law = formula("ln_cosh(z)");
    assert!(HiddenUnits::new(law.clone(), 2, &[]).is_ok());
    for resolution in [None, Some(1.0)] {
        let error = SignalPrior::new(law.clone(), 2, resolution, "signal").expect_err("no draws");
        assert!(error.to_string().contains("must be drawn"), "{error}");
    }
}

#[test]
fn symmetries_are_those_of_the_law() {
    let one_flipped = SignedPermutation::identity(2).flipped(0);
    let (all_flipped, none) = (SignedPermutation::flip_all(2), [0.0; 2]);
    for law in [Law::Gaussian, Law::rademacher(), uniform(), correlated()] {
        assert!(law.is_symmetric(), "{law:?}");
        assert!(law.is_invariant(&all_flipped, &none), "{law:?}");
        assert_eq!(law.is_invariant(&one_flipped, &none), law != correlated());
        // A bias points somewhere.
        assert!(!law.is_invariant(&all_flipped, &[0.1, 0.0]), "{law:?}");
    }
    let skewed = ScalarAtoms::new(&[-0.5, 2.0], &[0.8, 0.2]).expect("valid");
    let skewed = Law::Separable(skewed);
    assert!(!skewed.is_symmetric() && !skewed.is_invariant(&all_flipped, &none));
    let exchanged = SignedPermutation::identity(2).exchanged(0, 1);
    assert!(skewed.is_invariant(&exchanged, &none));
    assert_eq!(correlated().joint_dimension(), Some(2));
    assert_eq!(uniform().joint_dimension(), None);
}
