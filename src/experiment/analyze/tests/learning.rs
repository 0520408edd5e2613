//! Tests of predictions, synthetic data and training.

use super::*;
use crate::analysis::tests::{known, noise, planted_along};
use crate::analysis::{Bootstrap, BootstrapGain, Learnt, Preparation};
use crate::experiment::{Answer, silent};
use crate::hidden::HiddenUnits;
use crate::law::{GaussianMixture, Law, ScalarAtoms};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::simulation::{DataMatrix, Instance, Size};
use crate::theory::{FixedPointSettings, HeldOut, Starts, find};

fn signs(units: usize) -> HiddenUnits {
    HiddenUnits::new(Law::rademacher(), units, &[]).unwrap()
}

fn sparse(rho: f64) -> Law {
    let size = rho.sqrt().recip();
    let weights = [0.5 * rho, 1.0 - rho, 0.5 * rho];
    Law::Separable(ScalarAtoms::new(&[-size, 0.0, size], &weights).unwrap())
}

/// analyze.md's data set, trained: the objective per column at the best of several starts.
#[test]
fn the_known_data_set_is_learnt() {
    let (rows, w_star) = known();
    let found = analyzed(&rows, |options| {
        options.units = Some(3);
        options.signal = Some("rademacher".into());
        options.train = Some(Trainer::Lbfgs);
        options.bootstrap = Some(8);
    })
    .unwrap();
    // Overlaps of the trained weights: .962, .920, .776 of another program.
    let w = found
        .obtained
        .as_ref()
        .and_then(|obtained| obtained.weights.as_ref());
    let w = w.expect("trained");
    let overlaps = OrderParameters {
        m: w_star.tr_mul(w).rows(0, 3).into_owned(),
        q: w.tr_mul(w) * w_star.nrows() as f64,
    };
    let zeta = overlaps.overlaps();
    let units = &found.predicted.as_ref().expect("it was asked for").units;
    let stated = [(0.962, 0.005), (0.920, 0.010), (0.776, 0.040)];
    for (pair, (expected, error)) in overlaps.matching().into_iter().zip(stated) {
        let (own, unit) = (zeta[pair], &units[pair.0]);
        assert!((own - expected).abs() < 1e-3, "{own} {expected}");
        // Of the strength, and of training: rms of 24 data sets in all.
        let all = unit.zeta_error.expect("solved");
        let parts = [unit.zeta_error_lambda.unwrap(), unit.zeta_scatter.unwrap()];
        assert!((all - parts[0].hypot(parts[1])).abs() < 1e-15);
        assert!(all > 0.4 * error && all < 2.5 * error, "{unit:?}");
        assert!((own - unit.zeta).abs() < 4.0 * all, "{own} {unit:?}");
    }
    let obtained = found.obtained.as_ref().expect("it was asked for");
    for (run, expected) in obtained.runs.iter().zip([6.2547750, 8.8429727, 9.9872486]) {
        let learnt = run.learnt.as_ref().expect("trained");
        let objective = learnt.gain_in.mean * found.alpha;
        assert!((objective - expected).abs() < 1e-5, "{run:?}");
        assert_eq!(learnt.gain_out, None);
    }
    // State evolution and synthetic data have it within their scatter.
    for own in found.comparisons() {
        if let Some(distance) = own.distance() {
            assert!(distance.abs() < 4.0, "{own:?}");
        }
        if let Some((predicted, obtained)) = own.predicted.zip(own.obtained) {
            assert!((predicted / obtained - 1.0).abs() < 0.06, "{own:?}");
        }
    }
    let tables = found.tables();
    let names: Vec<&str> = tables.iter().map(|table| table.title.as_str()).collect();
    assert!(
        names.contains(&"predicted, on synthetic data, and obtained"),
        "{names:?}"
    );
}

/// theory.md section 10: one unit at α = 2, in the limit and from synthetic data of 1000 columns.
#[test]
fn synthetic_data_have_the_gains_of_the_limit() {
    for (lambda, gain_in, gain_out) in [(1.5, 0.86098, 0.32207), (3.0, 4.06086, 3.56045)] {
        let law = Law::rademacher;
        let model = Model::new(2.0, &[lambda], signs(1), law(), law()).unwrap();
        let directions = Matrix::from_fn(800, 1, |i, _| if i % 3 == 0 { 1.0 } else { -1.0 });
        let bootstrap = Bootstrap {
            model: &model,
            directions: &(directions / 800f64.sqrt()),
            rows: [1600, 1600],
            sets: 8,
            visible_deviation: 1.0,
            trainer: Trainer::Lbfgs,
        };
        let found = bootstrap.run(Streams::new(3)).unwrap();
        for (own, expected) in [(found.gain_in, gain_in), (found.gain_out, gain_out)] {
            let own = own.expect("trained");
            assert!(
                (own.mean - expected).abs() < 3.5 * own.error(),
                "{lambda}: {own:?} {expected}"
            );
            assert!(own.deviation < 0.1 * gain_in, "{own:?}");
        }
        assert_eq!((found.failed, found.unfinished, found.units), (0, 0, 1));
    }
}

/// Units of an RBM whose visible units have another variance than the noise: state evolution against
/// training in units of the visible deviation.
#[test]
fn visible_variance_in_theory_and_training() {
    for (variance, law) in [(2.2, Law::rademacher()), (0.6, sparse(0.3))] {
        let hidden = signs(1).with_visible_variance(variance).unwrap();
        let model = Model::new(5.0, &[1.6], hidden, law, Law::Gaussian).unwrap();
        let found = find(&model, Starts::Standard, &FixedPointSettings::default()).unwrap();
        let point = found.answer().expect("found");
        assert!(point.stability.is_stable(), "{variance}: {point:?}");
        let directions = Matrix::from_fn(600, 1, |i, _| if i % 3 == 0 { 1.0 } else { -1.0 });
        let bootstrap = Bootstrap {
            model: &model,
            directions: &(directions / 600f64.sqrt()),
            rows: [3000, 3000],
            sets: 10,
            visible_deviation: variance.sqrt(),
            trainer: Trainer::Lbfgs,
        };
        let trained = bootstrap.run(Streams::new(4)).unwrap();
        let q = trained.self_overlaps[0];
        let expected = point.order.q[(0, 0)] * variance;
        assert!(
            (q.mean - expected).abs() < 4.0 * q.error(),
            "{q:?} {expected}"
        );
        let gain = trained.gain_in.expect("trained");
        let expected = point.stability.log_likelihood / model.alpha();
        assert!(
            (gain.mean - expected).abs() < 4.0 * gain.error(),
            "{gain:?} {expected}"
        );
        // The variance matters by far more than the errors.
        let plain = model.hidden().clone().with_visible_variance(1.0).unwrap();
        let plain = Model::new(
            5.0,
            &[1.6],
            plain,
            model.sample_signals().law().clone(),
            Law::Gaussian,
        );
        let plain = find(
            &plain.unwrap(),
            Starts::Standard,
            &FixedPointSettings::default(),
        );
        let plain = plain.unwrap().answer().unwrap().stability.log_likelihood / 5.0;
        assert!(
            (gain.mean - plain).abs() > 10.0 * gain.error(),
            "{gain:?} {plain}"
        );
    }
}

/// Mixtures that are laws of another kind: independent signs and normals, jointly solved.
#[test]
fn mixtures_are_the_laws_that_they_write() {
    let settings = FixedPointSettings {
        random_starts: Some(0),
        ..FixedPointSettings::default()
    };
    let solve = |law: Law, lambda: &[f64], units| {
        let model = Model::new(3.0, lambda, signs(units), law, Law::Gaussian).unwrap();
        let found = find(&model, Starts::Standard, &settings).unwrap();
        found.answer().unwrap().clone()
    };
    let square = Matrix::from_row_slice(4, 2, &[1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0]);
    let mixture = |kurtosis: &[f64]| Law::Mixture(GaussianMixture::of_kurtosis(kurtosis).unwrap());
    let cases = [
        (Law::rademacher(), mixture(&[1.0, 1.0]), 2),
        (
            Law::rademacher(),
            Law::Mixture(GaussianMixture::empirical(&square).unwrap()),
            2,
        ),
        (Law::Gaussian, mixture(&[3.0, 3.0]), 1),
        (sparse(0.2), mixture(&[5.0, 5.0]), 1),
    ];
    for (law, same, units) in cases {
        let [own, other] = [law.clone(), same].map(|law| solve(law, &[1.9, 1.5], units));
        let apart = (own.stability.log_likelihood - other.stability.log_likelihood).abs();
        assert!(apart < 1e-8, "{law:?}: {apart}");
        assert!((&own.order.q - &other.order.q).amax() < 1e-7, "{law:?}");
        assert!((own.stability.replicon - other.stability.replicon).abs() < 1e-7);
    }
}

/// Signals whose units mix: no aligned units are predicted, and the gains are those of the data, far
/// from those of signals ±1.
#[test]
fn laws_that_mix_are_recognised() {
    let size = Size { n: 1000, d: 250 };
    for (law, between) in [(Law::Gaussian, [0.8, 1.15]), (sparse(0.2), [0.65, 1.0])] {
        let rows = planted_along(&[2.0, 1.4, 1.0], &law, size, 0);
        let found = analyzed(&rows, |options| {
            options.units = Some(2);
            options.train = Some(Trainer::Lbfgs);
            options.bootstrap = Some(6);
            options.holdout = Some(0.3);
        })
        .unwrap();
        let predicted = found.predicted.as_ref().unwrap();
        assert_eq!(predicted.law, ScoreLaw::Matched, "{law:?}");
        assert!(predicted.gains.iter().all(|gain| !gain.aligned) && predicted.units.is_empty());
        for own in found.comparisons() {
            if let Some(distance) = own.distance() {
                assert!(distance.abs() < 4.0, "{law:?} {own:?}");
            }
        }
        let aligned = analyzed(&rows, |options| {
            options.units = Some(3);
            options.signal = Some("rademacher".into());
        })
        .unwrap();
        let wrong = aligned.predicted.unwrap().gains[2].gain_out.unwrap();
        let own = predicted.gains[1].gain_out.unwrap();
        assert!(wrong > 1.45, "{wrong}");
        assert!(own > between[0] && own < between[1], "{law:?}: {own}");
        let said = |words: &str| {
            aligned
                .warnings
                .iter()
                .any(|warning| warning.contains(words))
        };
        assert!(said("kurtosis 1"), "{:?}", aligned.warnings);
    }
}

/// Errors of gains where units mix signals, against searches of their own at strengths of half an error
/// more and less.
#[test]
fn errors_of_strengths_reach_mixed_gains() {
    let size = Size { n: 900, d: 300 };
    let rows = planted_along(&[2.0, 1.4], &Law::Gaussian, size, 0);
    let found = analyzed(&rows, |options| {
        options.units = Some(2);
        options.signal = Some("matched".into());
    })
    .unwrap();
    let predicted = found.predicted.as_ref().unwrap();
    let kurtosis: Vec<f64> = found.signals.iter().map(|signal| signal.kurtosis).collect();
    let lambda: Vec<f64> = found.signals.iter().map(|signal| signal.lambda).collect();
    assert_eq!(lambda.len(), 2);
    let variance = found.visible_variance.unwrap() / found.noise.unwrap().used;
    let gain = |lambda: &[f64], units: usize| {
        let law = Law::Mixture(GaussianMixture::of_kurtosis(&kurtosis).unwrap());
        let hidden = signs(units).with_visible_variance(variance).unwrap();
        let model = Model::new(found.alpha, lambda, hidden, law, Law::Gaussian).unwrap();
        let settings = FixedPointSettings::default();
        let found = find(&model, Starts::Standard, &settings).unwrap();
        let order = &found.answer().expect("found").order;
        HeldOut::at(&model, order, &settings)
            .unwrap()
            .log_likelihood
    };
    for (at, own) in predicted.gains.iter().enumerate() {
        assert!(!own.aligned);
        let parts = (0..2).map(|signal| {
            let [above, below] = [1.0, -1.0].map(|sign| {
                let mut lambda = lambda.clone();
                lambda[signal] += sign * 0.5 * found.signals[signal].error;
                gain(&lambda, at + 1)
            });
            above - below
        });
        let expected = parts.map(|part| part * part).sum::<f64>().sqrt();
        let error = own.gain_out_error.expect("stable, and followed");
        assert!((error / expected - 1.0).abs() < 0.02, "{error} {expected}");
    }
}

/// Zeros among signs, as strong as one another: units mix signals of a kurtosis far below that of normal
/// ones (`solve` has it so for this law), and no unit is promised a signal of its own for their
/// kurtosis, though a law of the same kurtosis has such a solution. Signs themselves are recognised.
#[test]
fn kurtosis_alone_aligns_no_units() {
    let size = Size { n: 800, d: 400 };
    for (law, lambda, aligned) in [
        (sparse(0.5), [2.0, 1.95], false),
        (Law::rademacher(), [2.8, 1.8], true),
    ] {
        let solved = {
            let model = Model::new(2.0, &lambda, signs(2), law.clone(), Law::Gaussian);
            let found = find(
                &model.unwrap(),
                Starts::Standard,
                &FixedPointSettings::default(),
            );
            let m = found.unwrap().answer().unwrap().order.m.clone();
            m[(0, 1)].abs().max(m[(1, 0)].abs()) < 1e-6
        };
        assert_eq!(solved, aligned, "{law:?}");
        let rows = planted_along(&lambda, &law, size, 0);
        let found = analyzed(&rows, |options| {
            options.units = Some(2);
            options.signal = Some("matched".into());
        })
        .unwrap();
        let predicted = found.predicted.unwrap();
        assert_eq!(predicted.gains[1].aligned, aligned, "{law:?} {predicted:?}");
        assert_eq!(predicted.units.len(), if aligned { 2 } else { 0 });
    }
}

/// Digits, halves of 898, RBM of visible variance 1, eight scores: within three standard deviations of
/// six splits of another program; and its state evolution by the scores.
#[test]
fn digits_are_learnt_as_was_stated() {
    let asked = Analyze {
        analysis: AnalysisOptions {
            data: Some("digits".into()),
            units: Some(2),
            signals: Some(8),
            visible_variance: Some(1.0),
            train: Some(Trainer::Lbfgs),
            bootstrap: Some(6),
            holdout: Some(0.5),
            ..AnalysisOptions::default()
        },
        seed: None,
    };
    let found = asked.run(silent()).unwrap().result;
    assert_eq!(found.signal_count, SignalCount::Given);
    assert!(found.assumption_violated && found.signals.iter().all(|one| one.assumption_violated));
    let expected = [
        // In, out, scatter of both, Q_1; by state evolution in, out, Q_1.
        [1.856, 1.785, 0.08, 4.94, 1.802, 1.768, 4.82],
        [3.530, 3.388, 0.12, 4.89, 3.341, 3.274, 4.76],
    ];
    let obtained = found.obtained.as_ref().unwrap();
    let predicted = found.predicted.as_ref().unwrap();
    assert_eq!(predicted.law, ScoreLaw::Scores);
    for (at, [own_in, own_out, scatter, q, se_in, se_out, se_q]) in expected.into_iter().enumerate()
    {
        let learnt = obtained.runs[at].learnt.as_ref().unwrap();
        let gain_out = learnt.gain_out.unwrap();
        assert!(
            (learnt.gain_in.mean - own_in).abs() < 3.0 * scatter,
            "{learnt:?}"
        );
        assert!(
            (gain_out.mean - own_out).abs() < 3.0 * scatter,
            "{learnt:?}"
        );
        assert!((learnt.self_overlaps[0] - q).abs() < 0.3, "{learnt:?}");
        let theory = &predicted.gains[at];
        assert!(
            (theory.gain_in.unwrap() - se_in).abs() < 3.0 * scatter,
            "{theory:?}"
        );
        assert!(
            (theory.gain_out.unwrap() - se_out).abs() < 3.0 * scatter,
            "{theory:?}"
        );
        assert!((theory.self_overlaps[0] - se_q).abs() < 0.3, "{theory:?}");
        // The gap between learnt and fresh data is larger than in the limit.
        assert!(learnt.gain_in.mean - gain_out.mean > 0.0);
    }
    let curve = &obtained.curve;
    assert!(curve.len() == 5 && curve[4].rows == found.n);
    let gap = |point: &CurvePoint| point.gain_in.unwrap().mean - point.gain_out.unwrap().mean;
    assert!(gap(&curve[1]) > 2.0 * gap(&curve[4]).max(0.1), "{curve:?}");
}

/// Without a bulk the number of signals is that above permuted columns; digits have 12.
#[test]
fn directions_above_permuted_columns() {
    let preparation = Preparation::default();
    let streams = Streams::new(1);
    let digits = Prepared::read("digits".as_ref(), &preparation, streams).unwrap();
    let edge = permuted_edge(&digits.rows, digits.independent, streams).unwrap();
    // NumPy: 1.422 of 60 permutations, which scatter by 0.03.
    assert!((edge - 1.422).abs() < 0.06, "{edge}");
    let found = Principal::of(&digits.rows).unwrap();
    let spectrum = found.spectrum(digits.independent).unwrap();
    assert!(spectrum.eigenvalue(11) > edge && spectrum.eigenvalue(12) < edge);
    // Noise has none, at most one in twenty.
    let rows = |instance: u64| {
        let rows = noise(300, 60, instance);
        DataMatrix::from_row_fn(300, 60, |row, entries| {
            for (column, entry) in entries.iter_mut().enumerate() {
                *entry = rows[(row, column)] as f32;
            }
        })
    };
    let above = (0..20).filter(|instance| {
        let rows = rows(*instance);
        let edge = permuted_edge(&rows, 300, streams).unwrap();
        Principal::of(&rows)
            .unwrap()
            .spectrum(300)
            .unwrap()
            .eigenvalue(0)
            > edge
    });
    assert!(above.count() <= 4);
}

/// What is asked for and cannot be is refused by name, and training that fails is part of the answer.
#[test]
fn what_cannot_be_learnt_is_named() {
    let size = Size { n: 400, d: 100 };
    let rows = planted_along(&[2.0], &Law::rademacher(), size, 0);
    let refused =
        |change: &dyn Fn(&mut AnalysisOptions)| analyzed(&rows, change).unwrap_err().to_string();
    for (message, words) in [
        (
            refused(&|options| options.train = Some(Trainer::Cd)),
            "train",
        ),
        (refused(&|options| options.bootstrap = Some(4)), "bootstrap"),
        (
            refused(&|options| {
                options.units = Some(1);
                options.bootstrap = Some(1);
            }),
            "bootstrap",
        ),
        (
            refused(&|options| {
                options.units = Some(1);
                options.visible_variance = Some(-1.0);
            }),
            "visible-variance",
        ),
        (refused(&|options| options.signals = Some(98)), "signals"),
        (
            refused(&|options| {
                options.units = Some(1);
                options.signal = Some("no-such-law".into());
            }),
            "no-such-law",
        ),
    ] {
        assert!(message.contains(words), "{message}");
    }
    let law = Law::rademacher;
    let model = Model::new(4.0, &[2.0], signs(1), law(), law()).unwrap();
    let instance = Instance::generate(&model, size, Streams::new(1)).unwrap();
    let dependent = Matrix::from_fn(100, 2, |i, _| (i as f64).sin());
    let directions = Matrix::identity(100, 1);
    let learnt = Learnt::of(&signs(2), &dependent, &instance.data, None, &directions);
    assert!(
        learnt
            .unwrap_err()
            .to_string()
            .contains("without full rank")
    );
    // AMP without a step to go has no end that counts.
    let bootstrap = Bootstrap {
        model: &model,
        directions: &directions,
        rows: [400, 400],
        sets: 1,
        visible_deviation: 1.0,
        trainer: Trainer::Lbfgs,
    };
    assert!(bootstrap.run(Streams::new(1)).is_err());
}

/// Contrastive divergence ends near the maximum of the objective, and says how it ended.
#[test]
fn every_trainer_learns_the_signal() {
    let size = Size { n: 1200, d: 200 };
    let rows = planted_along(&[2.0], &Law::rademacher(), size, 1);
    let gain = |trainer| {
        let found = analyzed(&rows, |options| {
            options.units = Some(1);
            options.train = Some(trainer);
            options.bootstrap = Some(0);
            options.holdout = Some(0.25);
        });
        let run = found.unwrap().obtained.unwrap().runs.remove(0);
        let learnt = run.learnt.unwrap();
        (learnt.gain_in.mean, learnt.gain_out.unwrap())
    };
    let (most, out) = gain(Trainer::Lbfgs);
    for trainer in [Trainer::Gd, Trainer::Amp, Trainer::Cd, Trainer::Pcd] {
        let (own, other) = gain(trainer);
        assert!(
            own <= most + 1e-9 && own > 0.9 * most,
            "{trainer:?}: {own} {most}"
        );
        assert!(
            (other.mean - out.mean).abs() < 0.15,
            "{trainer:?}: {other:?} {out:?}"
        );
    }
}

/// Scatter and what failed are kept apart.
#[test]
fn answers_are_serialised() {
    let gain = BootstrapGain {
        units: 1,
        overlaps: Vec::new(),
        gain_in: None,
        gain_out: None,
        self_overlaps: Vec::new(),
        subspace: None,
        failed: 3,
        unfinished: 1,
    };
    let text = serde_json::to_string(&gain).unwrap();
    assert_eq!(serde_json::from_str::<BootstrapGain>(&text).unwrap(), gain);
}
