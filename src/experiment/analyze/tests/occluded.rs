//! Tests of completing what is hidden.

use super::*;
use crate::analysis::tests::planted_along;
use crate::occlusion::Occlusion;

fn completed(found: &Analyzed, occlusion: Occlusion, by: CompletedBy) -> &Completion {
    let wanted = |own: &&Completion| own.occlusion == occlusion && own.by == by;
    found.completions.iter().find(wanted).expect("completed")
}

/// Four units of the objective complete black and white digits as four of contrastive divergence do,
/// within 5 % by their own posterior and after ten epochs, and much better than means.
#[test]
fn digits_are_completed() {
    let asked = Analyze {
        analysis: AnalysisOptions {
            data: Some("digits".into()),
            binarise: Some(8.0),
            units: Some(4),
            signals: Some(4),
            // Independent signs: a prediction that takes no time.
            signal: Some("rademacher".into()),
            visible_variance: Some(1.0),
            train: Some(Trainer::Lbfgs),
            bootstrap: Some(0),
            holdout: Some(597.0 / 1797.0),
            occlude: true,
            ..AnalysisOptions::default()
        },
        seed: None,
    };
    let found = asked.run(silent()).unwrap().result;
    assert_eq!(found.completions.len(), 10);
    for occlusion in [Occlusion::Random, Occlusion::Bottom] {
        let of = |by| completed(&found, occlusion, by);
        for by in [CompletedBy::Units, CompletedBy::Further] {
            let ratio = of(by).over_divergence.unwrap();
            let error = ratio.standard_error.unwrap();
            assert!(
                ratio.mean < 1.05 && ratio.mean > 0.95 && error < 0.02,
                "{by:?} {ratio:?}"
            );
        }
        let own = of(CompletedBy::TwoValued).over_divergence.unwrap();
        let stated = match occlusion {
            Occlusion::Random => 1.017,
            _ => 0.991,
        };
        assert!((own.mean - stated).abs() < 0.05, "{own:?}");
        let over = of(CompletedBy::Divergence).over_means.unwrap();
        assert!(over.mean < 0.92 && over.mean > 0.6, "{over:?}");
        assert_eq!(of(CompletedBy::Means).over_means.unwrap().mean, 1.0);
    }
    let tables = found.tables();
    assert!(tables.iter().any(|table| table.title.contains("hidden")));
}

/// Columns of any values: one unit on one signal of known strength. With weights `w` along the signal
/// the posterior mean of a hidden entry is `(w/√d) tanh(Σ_seen w x/√d)`, and its error that of the
/// noise and of what the tanh misses.
#[test]
fn numbers_are_completed_by_the_posterior_mean() {
    let size = Size { n: 1200, d: 100 };
    let rows = planted_along(&[2.0], &Law::rademacher(), size, 2);
    let found = analyzed(&rows, |options| {
        options.units = Some(1);
        options.train = Some(Trainer::Lbfgs);
        options.bootstrap = Some(0);
        options.holdout = Some(0.4);
        options.occlude = true;
    })
    .unwrap();
    assert_eq!(found.completions.len(), 4);
    let w = found.obtained.as_ref().unwrap().weights.as_ref().unwrap();
    let preparation = crate::analysis::Preparation {
        standardise: Standardise::None,
        holdout: Some(0.4),
        ..crate::analysis::Preparation::default()
    };
    let prepared = Prepared::new(&rows, &preparation, Streams::new(1)).unwrap();
    let test = prepared.held_out.unwrap();
    // In units of the data: fields x·w, and entries v·w.
    let variance = found.visible_variance.unwrap();
    let mut sum = 0.0;
    for row in 0..test.rows() {
        let row: Vec<f64> = test.row(row).iter().map(|x| f64::from(*x)).collect();
        let field: f64 = (0..50).map(|at| row[at] * w[(at, 0)]).sum();
        for at in 50..100 {
            sum += (row[at] - variance * w[(at, 0)] * field.tanh()).powi(2);
        }
    }
    let own = completed(&found, Occlusion::Bottom, CompletedBy::Units);
    let expected = sum / (50 * test.rows()) as f64;
    let error = own.error.unwrap().mean;
    assert!((error / expected - 1.0).abs() < 1e-4, "{error} {expected}");
    // λ²/d of the variance is the signal's: most of it is completed.
    let over = own.over_means.unwrap();
    assert!(over.mean < 0.975 && over.mean > 0.95, "{over:?}");
    assert_eq!(own.over_divergence, None);
}

/// What cannot be hidden is refused, or said.
#[test]
fn what_cannot_be_hidden_is_named() {
    let size = Size { n: 400, d: 100 };
    let rows = planted_along(&[2.0], &Law::rademacher(), size, 0);
    let ask = |change: &dyn Fn(&mut AnalysisOptions)| {
        analyzed(&rows, |options| {
            options.units = Some(1);
            options.bootstrap = Some(0);
            options.occlude = true;
            change(options);
        })
    };
    for change in [
        (&|options: &mut AnalysisOptions| options.train = Some(Trainer::Lbfgs))
            as &dyn Fn(&mut AnalysisOptions),
        &|options| options.holdout = Some(0.2),
    ] {
        let message = ask(change).unwrap_err().to_string();
        assert!(message.contains("occlude"), "{message}");
    }
    let found = ask(&|options| {
        options.train = Some(Trainer::Lbfgs);
        options.holdout = Some(0.2);
        options.skip_columns = Some("51-100".into());
    })
    .unwrap();
    assert_eq!(found.completions.len(), 2);
    assert!(found.warnings.iter().any(|one| one.contains("second half")));
}
