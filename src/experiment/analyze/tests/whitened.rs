//! Tests of columns in units of their own noise.

use super::*;
use crate::analysis::tests::planted_along;

/// Digits freed of 4 and 8 factors have no bulk behind as many signals, as another program has it.
#[test]
fn whitened_digits_have_no_bulk() {
    for (factors, n_ks) in [(4, 27.6), (8, 24.0)] {
        let asked = Analyze {
            analysis: AnalysisOptions {
                data: Some("digits".into()),
                whiten: Some(factors),
                signals: Some(factors),
                ..AnalysisOptions::default()
            },
            seed: None,
        };
        let found = asked.run(silent()).unwrap().result;
        let distance = found.bulk_distance.unwrap();
        assert!(
            (distance.n_ks - n_ks).abs() < 0.1,
            "{factors}: {distance:?}"
        );
        assert!(found.assumption_violated && found.whitening.is_some());
    }
}

/// Columns of other variances: either scale mends them, with the strength that was planted.
#[test]
fn own_noise_of_columns_mends_them() {
    let size = Size { n: 800, d: 200 };
    let mut rows = planted_along(&[1.8, 1.4], &Law::rademacher(), size, 0);
    for (at, mut column) in rows.column_iter_mut().enumerate() {
        column *= 1.0 + 0.02 * at as f64;
    }
    let ask = |whiten: Option<usize>| analyzed(&rows, |options| options.whiten = whiten).unwrap();
    assert!(ask(None).assumption_violated);
    let mended = ask(Some(2));
    assert!(!mended.assumption_violated, "{:?}", mended.bulk_distance);
    assert_eq!(mended.signals.len(), 2);
    for (signal, expected) in mended.signals.iter().zip([1.8, 1.4]) {
        assert!(
            (signal.lambda - expected).abs() < 4.0 * signal.error,
            "{signal:?}"
        );
    }
    assert!(
        mended
            .warnings
            .iter()
            .any(|one| one.contains("common factors"))
    );
}

/// Surplus factors make signals of columns of noise: that is mostly seen, and nothing that rests on them
/// is trusted then.
#[test]
fn surplus_factors_are_noticed() {
    let (mut made, mut unnoticed) = (0, 0);
    for instance in 0..12 {
        let rows = crate::analysis::tests::noise(200, 40, instance);
        let found = analyzed(&rows, |options| options.whiten = Some(2)).unwrap();
        made += usize::from(!found.signals.is_empty());
        unnoticed += usize::from(!found.signals.is_empty() && !found.assumption_violated);
    }
    // Without the look at columns none of them would be noticed.
    assert!(made > 2 && 3 * unnoticed <= made, "{made} {unnoticed}");
}

/// Noise that is correlated between columns stays so, and is noticed.
#[test]
fn correlated_noise_is_noticed() {
    let size = Size { n: 800, d: 200 };
    let mut rows = planted_along(&[1.8], &Law::rademacher(), size, 0);
    for at in 1..200 {
        let before = rows.column(at - 1).into_owned();
        rows.column_mut(at).axpy(0.5, &before, 1.0);
    }
    let found = analyzed(&rows, |options| options.whiten = Some(2)).unwrap();
    assert!(found.assumption_violated, "{:?}", found.bulk_distance);
}
