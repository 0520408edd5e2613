use super::spectrum::{Edge, tracy_widom, tracy_widom_quantile};
use super::*;
use crate::error::Error;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::simulation::{DataMatrix, Instance, Size};
use crate::spectral::{MarchenkoPastur, normal_entries};

/// A number of SplitMix64's sequence, in (0, 1).
fn uniform(seed: u64, at: u64) -> f64 {
    let mut z = seed.wrapping_add(at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    ((z >> 11) as f64 + 0.5) / 2f64.powi(53)
}

/// Data as they are, in single precision.
fn data(rows: &Matrix) -> DataMatrix {
    prepared(rows, Standardise::None).rows
}

fn prepared(rows: &Matrix, standardise: Standardise) -> Prepared {
    let preparation = Preparation {
        standardise,
        ..Preparation::default()
    };
    Prepared::new(rows, &preparation, Streams::new(1)).unwrap()
}

/// The data set of fixed numbers (theory.md, known values), with its signals `W*`.
pub(crate) fn known() -> (Matrix, Matrix) {
    const LAMBDA: [f64; 4] = [2.0, 1.4, 1.0, 0.5];
    let (n, d) = (1000, 250);
    let sign = |seed, at: usize| {
        if uniform(seed, at as u64 + 1) < 0.5 {
            -1.0
        } else {
            1.0
        }
    };
    let u = Matrix::from_fn(n, 4, |i, a| sign(11, 4 * i + a) * LAMBDA[a]);
    let w = Matrix::from_fn(d, 4, |i, a| sign(12, 4 * i + a));
    let noise = Matrix::from_fn(n, d, |i, j| {
        let at = 2 * (d * i + j) as u64;
        let length = (-2.0 * uniform(13, at + 1).ln()).sqrt();
        length * (2.0 * std::f64::consts::PI * uniform(13, at + 2)).cos()
    });
    (u * w.transpose() / (d as f64).sqrt() + noise, w)
}

#[test]
fn the_known_data_set() {
    let (rows, w) = known();
    for ((i, j), expected) in [
        ((0, 0), -0.59082889),
        ((0, 1), -0.31668964),
        ((0, 2), -0.06241699),
        ((999, 249), -0.70913981),
    ] {
        assert!((rows[(i, j)] - expected).abs() < 1e-8, "X[{i},{j}]");
    }
    let single = data(&rows);
    let principal = Principal::of(&single).unwrap();
    let spectrum = principal.spectrum(rows.nrows()).unwrap();
    for (at, expected) in [5.41623521, 3.39901216, 2.44022023, 2.22896136, 2.17639323]
        .into_iter()
        .enumerate()
    {
        assert!((spectrum.eigenvalue(at) - expected).abs() < 1e-8, "{at}");
    }
    let Detection::Bulk {
        outliers,
        next,
        noise,
    } = spectrum.detect()
    else {
        panic!("there is a bulk");
    };
    assert_eq!(outliers.len(), 3);
    // With the candidate left out of the noise level.
    for (r, expected) in [144.62, 52.875, 9.300, 0.102].into_iter().enumerate() {
        let level = spectrum.noise(r + 1).unwrap().fit;
        let edge = Edge::of(spectrum.without(r));
        let own = (spectrum.eigenvalue(r) * 1000.0 / level - edge.centre) / edge.scale;
        assert!((own - expected).abs() < 6e-3, "{own} {expected}");
        let test = outliers.get(r).unwrap_or(&next);
        assert!(test.statistic < own && test.statistic > 0.98 * own - 0.5);
    }
    assert!(next.p_value > 0.1);
    for (own, expected) in [
        (noise.median, 1.000610649),
        (noise.fit, 0.998948028),
        (noise.trace, 0.998184981),
    ] {
        assert!((own - expected).abs() < 1e-6, "{own} {expected}");
    }
    let null = spectrum.bulk_null(3, Streams::new(1)).unwrap();
    let distance = spectrum.bulk_distance(3, &null).unwrap();
    assert!((distance.n_ks - 2.90).abs() < 5e-3, "{distance:?}");
    assert!((distance.limit - 3.136).abs() < 0.2 && distance.p_value > 0.05);
    assert!(distance.inside_support > 0.98, "{distance:?}");
    let signals = spectrum.signals(&principal, &spectrum.detect()).unwrap();
    let directions = principal.directions(0..3);
    let expected = [
        (2.02759, 0.0342, 1.0, 0.9637, 0.9573),
        (1.42457, 0.0373, 1.0, 0.9145, 0.9131),
        (0.95994, 0.0505, 1.72, 0.7450, 0.7657),
    ];
    for (at, (signal, (lambda, error, kurtosis, overlap, truth))) in
        signals.iter().zip(expected).enumerate()
    {
        assert!((signal.lambda - lambda).abs() < 1e-5, "{signal:?}");
        assert!((signal.error - error).abs() < 5e-5, "{signal:?}");
        assert!((signal.kurtosis - kurtosis).abs() < 5e-3, "{signal:?}");
        assert!((signal.overlap_pca - overlap).abs() < 5e-5, "{signal:?}");
        let own = directions.column(at).dot(&w.column(at)).abs() / 250f64.sqrt();
        assert!((own - truth).abs() < 5e-5, "{own}");
    }
    assert!((signals[0].samples_needed - 250.0 / 2.02759f64.powi(4)).abs() < 1e-3);
}

/// The table has the law that quadrature has, and quantiles invert it.
#[test]
fn the_law_of_the_bulk() {
    for (n, d) in [(1000, 250), (300, 300), (50, 2000)] {
        let (large, small) = (n.max(d) as f64, n.min(d) as f64);
        let law = BulkLaw::new(small / large).unwrap();
        let exact = MarchenkoPastur::of_matrix(n, d, 1.0).unwrap();
        for part in [1e-4, 0.03, 0.3, 0.5, 0.8, 0.999] {
            let e = law.quantile(part);
            assert!((law.distribution(e) - part).abs() < 1e-9, "{n} {d} {part}");
            let own = exact.distribution((e * large).sqrt());
            assert!((own - part).abs() < 1e-6, "{n} {d} {part}: {own}");
        }
        let edges = law.edges();
        assert_eq!(law.distribution(edges[0] - 0.1), 0.0);
        assert!((law.distribution(edges[1] + 0.1) - 1.0).abs() < 1e-9);
    }
    assert!(BulkLaw::new(0.0).is_err() && BulkLaw::new(1.1).is_err());
}

/// Quantiles of Tracy and Widom's law, β = 1: −1.2685 (50 %), 0.9793 (95 %), 2.0234 (99 %).
#[test]
fn tracy_widom_by_a_gamma_law() {
    for (statistic, p) in [(-1.2685, 0.5), (0.9793, 0.05), (2.0234, 0.01)] {
        let own = tracy_widom(statistic);
        assert!((own - p).abs() < 0.02 * p + 2e-4, "{statistic}: {own}");
        assert!((tracy_widom_quantile(own) - statistic).abs() < 1e-6);
    }
    assert_eq!(tracy_widom(-50.0), 1.0);
}

pub(crate) fn noise(n: usize, d: usize, instance: u64) -> Matrix {
    let streams = Streams::new(5).instance(instance);
    normal_entries(n, d, 1.0, &mut streams.stream(Purpose::Noise, 0))
}

/// Noise has outliers in one data set of a hundred, at any shape; its level is 1, also where
/// `X^T X` has zeros by shape, or by means that were taken away.
#[test]
fn pure_noise() {
    let mut found = 0;
    for (n, d, standardise) in [
        (240, 60, Standardise::None),
        (60, 120, Standardise::None),
        (80, 80, Standardise::None),
        (40, 40, Standardise::Global),
        (30, 200, Standardise::Global),
    ] {
        let mut levels = Vec::new();
        for instance in 0..100 {
            let prepared = prepared(&noise(n, d, instance), standardise);
            let spectrum = Spectrum::of_rows(&prepared.rows, prepared.independent).unwrap();
            let Detection::Bulk {
                outliers, noise, ..
            } = spectrum.detect()
            else {
                panic!("there is a bulk");
            };
            found += usize::from(!outliers.is_empty());
            levels.push(noise.fit);
        }
        let mean = levels.iter().sum::<f64>() / 100.0;
        assert!((mean - 1.0).abs() < 0.03, "{n} × {d}: {mean}");
    }
    assert!(found <= 13, "{found} of 500");
}

/// The null of the distance is its law: p-values of white noise are uniform. Coloured noise is
/// noticed.
#[test]
fn distances_of_white_and_coloured_noise() {
    let p_value = |rows: &Matrix, instance| {
        let prepared = prepared(rows, Standardise::Global);
        let spectrum = Spectrum::of_rows(&prepared.rows, prepared.independent).unwrap();
        let null = spectrum.bulk_null(0, Streams::new(9).instance(instance));
        let distance = spectrum.bulk_distance(0, &null.unwrap());
        distance.unwrap().p_value
    };
    let shape = |instance| [(160, 40), (30, 60)][instance as usize % 2];
    let white = |instance| noise(shape(instance).0, shape(instance).1, instance);
    let values: Vec<f64> = (0..60)
        .map(|instance| p_value(&white(instance), instance))
        .collect();
    let mean = values.iter().sum::<f64>() / 60.0;
    assert!(
        (mean - 0.5).abs() < 4.0 * (1.0 / 12.0 / 60.0_f64).sqrt(),
        "{mean}"
    );
    let mut coloured = noise(160, 40, 0);
    for (at, mut column) in coloured.column_iter_mut().enumerate() {
        column *= 1.0 + at as f64 / 40.0;
    }
    assert_eq!(p_value(&coloured, 0), 0.001);
    // From the formula: of 1100 eigenvalues.
    let large = Spectrum::new(4400, 1100, &quantiles(4400, 1100)).unwrap();
    let null = large.bulk_null(0, Streams::new(1)).unwrap();
    let distance = large.bulk_distance(0, &null).unwrap();
    assert!(large.bulk_distance(3, &null).is_err());
    assert!(
        distance.n_ks < 1.0 && distance.p_value == 1.0,
        "{distance:?}"
    );
}

/// Eigenvalues at the quantiles of the law.
fn quantiles(n: usize, d: usize) -> Vec<f64> {
    let law = BulkLaw::new(d as f64 / n as f64).unwrap();
    (0..d)
        .map(|at| law.quantile((at as f64 + 0.5) / d as f64))
        .collect()
}

pub(crate) fn planted(lambda: f64, signal: &Law, size: Size, instance: u64) -> Matrix {
    planted_along(&[lambda], signal, size, instance)
}

/// Data of several signals.
pub(crate) fn planted_along(lambda: &[f64], signal: &Law, size: Size, instance: u64) -> Matrix {
    let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).unwrap();
    let model = Model::new(
        size.alpha(),
        lambda,
        hidden,
        signal.clone(),
        Law::rademacher(),
    )
    .unwrap();
    let data = Instance::generate(&model, size, Streams::new(3).instance(instance)).unwrap();
    Matrix::from_fn(size.n, size.d, |i, j| f64::from(data.data.row(i)[j]))
}

/// Errors are those of repetitions, for signals of kurtosis 1 and 3, and for more columns than rows.
#[test]
fn errors_of_strengths() {
    for (signal, lambda, n, d) in [
        (Law::rademacher(), 1.4, 400, 100),
        (Law::Gaussian, 1.4, 400, 100),
        (Law::rademacher(), 2.2, 100, 200),
    ] {
        let mut deviations = Vec::new();
        let mut covered = 0;
        for instance in 0..100 {
            let rows = planted(lambda, &signal, Size { n, d }, instance);
            let rows = data(&rows);
            let principal = Principal::of(&rows).unwrap();
            let spectrum = principal.spectrum(n).unwrap();
            let found = spectrum.signals(&principal, &spectrum.detect()).unwrap();
            let own = &found[0];
            let truth = lambda;
            deviations.push((own.lambda - truth) / own.error);
            let [low, high] = own.interval95.expect("far above the threshold");
            covered += usize::from((low..=high).contains(&truth));
        }
        let mean = deviations.iter().sum::<f64>() / 100.0;
        let square = deviations.iter().map(|x| x * x).sum::<f64>() / 100.0;
        assert!(mean.abs() < 0.6, "{n} × {d}: {mean}");
        assert!((0.6..1.6).contains(&square), "{n} × {d}: {square}");
        assert!(covered >= 87, "{n} × {d}: {covered}");
    }
}

/// Near the threshold an interval by inversion covers the truth, and begins at 0 where noise alone
/// might be seen.
#[test]
fn intervals_near_the_threshold() {
    let size = Size { n: 400, d: 100 };
    let threshold = 4f64.powf(-0.25);
    for (law, signal) in [
        (SignalLaw::Signs, Law::rademacher()),
        (SignalLaw::Gaussian, Law::Gaussian),
    ] {
        let lambda = 1.1 * threshold;
        let mut covered = 0;
        for instance in 0..24 {
            let rows = planted(lambda, &signal, size, instance);
            let spectrum = Spectrum::of_rows(&data(&rows), rows.nrows()).unwrap();
            let level = spectrum.noise(1).unwrap().fit;
            let inversion = Inversion::new([400, 100], law);
            let streams = Streams::new(8).instance(instance);
            let [low, high] = inversion
                .interval(spectrum.eigenvalue(0) / level, streams)
                .unwrap();
            assert!(
                low < high && high < 2.0 * threshold.max(lambda),
                "{low} {high}"
            );
            covered += usize::from((low..=high).contains(&lambda));
        }
        assert!(covered >= 19, "{law:?}: {covered} of 24");
    }
    let edge = (1.0 + 0.5f64).powi(2);
    let inversion = Inversion::new([400, 100], SignalLaw::Signs);
    let [low, high] = inversion.interval(edge, Streams::new(1)).unwrap();
    assert_eq!(low, 0.0);
    assert!(high > 0.8 * threshold && high < 1.5 * threshold, "{high}");
    // Far above the interval is that of the formula.
    let lambda = 2.0f64;
    let eigenvalue = (1.0 + lambda * lambda) * (1.0 + 0.25 / (lambda * lambda));
    let [low, high] = inversion.interval(eigenvalue, Streams::new(1)).unwrap();
    let error = sampling_error(400, 4.0, lambda, 1.0);
    assert!(
        (low - (lambda - 1.96 * error)).abs() < 0.05,
        "{low} {error}"
    );
    assert!(
        (high - (lambda + 1.96 * error)).abs() < 0.05,
        "{high} {error}"
    );
}

/// What is detectable is found in 95 of 100 data sets, and what is weaker by a seventh less often.
#[test]
fn detectable_strengths_are_detected() {
    let lambda = detectable([400, 100]).expect("there is one");
    assert!(lambda > 4f64.powf(-0.25));
    let found = |lambda: f64| {
        let found = (0..100).filter(|&instance| {
            let rows = planted(lambda, &Law::Gaussian, Size { n: 400, d: 100 }, instance);
            let spectrum = Spectrum::of_rows(&data(&rows), 400).unwrap();
            matches!(spectrum.detect(), Detection::Bulk { outliers, .. } if !outliers.is_empty())
        });
        found.count()
    };
    let (own, weaker) = (found(lambda), found(lambda * 6.0 / 7.0));
    assert!(own >= 87 && weaker < 80, "{own} {weaker}");
}

#[test]
fn what_has_no_bulk_is_said_to_have_none() {
    // Eigenvalues that fall as powers, as of images.
    let values: Vec<f64> = (1..=64).map(|at| 30.0 / f64::from(at).powf(1.5)).collect();
    let spectrum = Spectrum::new(1797, 64, &values).unwrap();
    assert_eq!(spectrum.detect(), Detection::NoBulk);
}

#[test]
fn bad_input_is_named() {
    let field = |error: Error| match error {
        Error::InvalidInput { field, .. } | Error::Shape { field, .. } => field,
        other => panic!("{other}"),
    };
    let values = vec![1.0; 20];
    let new = |n, d, values: &[f64]| Spectrum::new(n, d, values).unwrap_err();
    assert_eq!(field(new(15, 40, &values)), "data");
    assert_eq!(field(new(40, 30, &values)), "eigenvalues");
    let mut broken = values.clone();
    broken[3] = f64::NAN;
    assert_eq!(field(new(40, 20, &broken)), "eigenvalues");
    broken[3] = -0.5;
    assert_eq!(field(new(40, 20, &broken)), "eigenvalues");
    // Columns that follow from others.
    broken[3] = 1e-15;
    assert_eq!(field(new(40, 20, &broken)), "data");
    let mut twice = noise(40, 20, 0);
    let first = twice.column(0).into_owned();
    twice.set_column(7, &first);
    assert_eq!(
        field(Spectrum::of_rows(&data(&twice), 40).unwrap_err()),
        "data"
    );
    let spectrum = Spectrum::new(40, 20, &values).unwrap();
    assert_eq!(field(spectrum.noise(17).unwrap_err()), "signals");
    let other = data(&noise(20, 40, 0));
    let other = Principal::of(&other).unwrap();
    let error = spectrum.signals(&other, &Detection::NoBulk).unwrap_err();
    assert_eq!(field(error), "data");
    let inversion = Inversion::new([400, 100], SignalLaw::Signs);
    for eigenvalue in [f64::INFINITY, f64::NAN, 1.0] {
        let error = inversion.interval(eigenvalue, Streams::new(1)).unwrap_err();
        assert_eq!(field(error), "eigenvalue");
    }
}

/// Halves agree on planted directions as PCA of half of the samples does, and on nothing in noise.
#[test]
fn halves_agree_on_signals_alone() {
    let size = Size { n: 800, d: 100 };
    let (mut mean, mut rest) = (0.0, 0.0);
    for instance in 0..20 {
        let rows = planted(1.2, &Law::rademacher(), size, instance);
        let halves = SplitHalf::of(&data(&rows), 3, Streams::new(1)).unwrap();
        assert_eq!(halves.directions[0].powi(2), halves.subspaces[0]);
        mean += halves.directions[0] / 20.0;
        rest += halves.directions[1] / 20.0;
    }
    let expected = crate::theory::baselines::pca_overlap_squared(4.0, 1.2);
    assert!((mean - expected).abs() < 0.03, "{mean} {expected}");
    assert!(rest < 0.3, "{rest}");
    assert!(SplitHalf::of(&data(&noise(3, 20, 0)), 2, Streams::new(1)).is_err());
}

/// The interval of a further signal, behind stronger ones and with fewer rows than columns, or many
/// more.
#[test]
fn intervals_of_weaker_signals() {
    for (n, d, strong, factor) in [(60, 200, 3, 1.2), (6000, 30, 0, 1.3)] {
        let threshold = (d as f64 / n as f64).powf(0.25);
        let lambda = factor * threshold;
        let mut covered = 0;
        for instance in 0..24 {
            let mut lambdas: Vec<f64> = (0..strong)
                .map(|at| threshold * (6.0 - at as f64))
                .collect();
            lambdas.push(lambda);
            let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).unwrap();
            let (signal, visible) = (Law::Gaussian, Law::rademacher());
            let model = Model::new(n as f64 / d as f64, &lambdas, hidden, signal, visible).unwrap();
            let streams = Streams::new(6).instance(instance);
            let data = Instance::generate(&model, Size { n, d }, streams).unwrap();
            let spectrum = Spectrum::of_rows(&data.data, n).unwrap();
            let inversion = Inversion::behind(&spectrum, strong, SignalLaw::Gaussian);
            let interval = inversion.interval(spectrum.eigenvalue(strong), streams);
            let inside = |[low, high]: [f64; 2]| (low..=high).contains(&lambda);
            covered += usize::from(interval.is_ok_and(inside));
        }
        assert!(covered >= 19, "{n} × {d}: {covered} of 24");
    }
}

/// Rows kept apart have the scale of the others, columns keep their numbers, and a file is made ready as
/// its matrix is.
#[test]
fn data_are_made_ready() {
    let mut given = noise(50, 6, 1) * 3.0;
    given.column_mut(1).fill(7.0);
    given.column_mut(3).add_scalar_mut(1e6);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.npy");
    crate::files::write_npy(&path, &given).unwrap();
    let preparation = Preparation {
        skip: vec![1..=1, 5..=5],
        holdout: Some(0.2),
        ..Preparation::default()
    };
    let streams = Streams::new(4);
    let found = Prepared::new(&given, &preparation, streams).unwrap();
    assert_eq!(found.skipped, [1, 5]);
    assert_eq!(found.constant, [2]);
    assert_eq!(found.kept, [3, 4, 6]);
    assert_eq!(found.independent, 39);
    let held_out = found.held_out.as_ref().expect("ten rows");
    assert_eq!((found.rows.rows(), held_out.rows()), (40, 10));
    let column = |data: &DataMatrix, at: usize| -> Vec<f64> {
        (0..data.rows())
            .map(|row| f64::from(data.row(row)[at]))
            .collect()
    };
    for (at, number) in found.kept.iter().enumerate() {
        let own = column(&found.rows, at);
        let mean = own.iter().sum::<f64>() / 40.0;
        let square = own.iter().map(|x| x * x).sum::<f64>() / 39.0;
        assert!(
            mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-5,
            "{mean} {square}"
        );
        // Every row of the file is in one of both, in the order of the file.
        let (scale, shift) = (found.scale[at], found.shift[at]);
        let back = |x: &f64| x * scale + shift;
        let mut rest = column(held_out, at).into_iter().peekable();
        let mut own = own.iter().peekable();
        for x in given.column(number - 1).iter() {
            let is = |y: &f64| (back(y) - x).abs() < 1e-5;
            let here = own.next_if(|y| is(y)).is_some() || rest.next_if(is).is_some();
            assert!(here, "column {number}: {x}");
        }
    }
    let read = Prepared::read(&path, &preparation, streams).unwrap();
    let other = Prepared::new(&given, &preparation, Streams::new(5)).unwrap();
    for row in 0..40 {
        assert_eq!(read.rows.row(row), found.rows.row(row));
    }
    assert!((0..40).any(|row| other.rows.row(row) != found.rows.row(row)));
}

/// Entries are 0 and 1 before they are scaled.
#[test]
fn levels_are_made_black_and_white() {
    let given = Matrix::from_row_slice(3, 3, &[0.0, 5.0, 9.0, 2.0, 5.0, 1.0, 3.0, 4.9, 8.0]);
    let preparation = Preparation {
        standardise: Standardise::None,
        binarise: Some(5.0),
        ..Preparation::default()
    };
    let found = Prepared::new(&given, &preparation, Streams::new(1)).unwrap();
    assert_eq!(found.constant, [1]);
    let rows: Vec<&[f32]> = (0..3).map(|row| found.rows.row(row)).collect();
    assert_eq!(rows, [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]);
    assert!(found.held_out.is_none());
}

#[test]
fn data_that_cannot_be_made_ready_are_named() {
    let given = noise(10, 4, 2);
    let says = |given: &Matrix, preparation: &Preparation| {
        let found = Prepared::new(given, preparation, Streams::new(1));
        found.expect_err("it is bad").to_string()
    };
    let skip = |range: std::ops::RangeInclusive<usize>| Preparation {
        skip: vec![range],
        ..Preparation::default()
    };
    let holdout = |part: f64| Preparation {
        holdout: Some(part),
        ..Preparation::default()
    };
    let binarise = |level: f64| Preparation {
        binarise: Some(level),
        ..Preparation::default()
    };
    for (preparation, words) in [
        (
            skip(5..=5),
            "skip-columns is 5: columns of these data are 1 to 4",
        ),
        (skip(0..=0), "skip-columns is 0"),
        (skip(2..=usize::MAX), "skip-columns is 2-1844"),
        (skip(1..=4), "data is 10 × 4: no column is left"),
        (holdout(0.0), "holdout is 0"),
        (holdout(1.0), "holdout is 1"),
        (holdout(f64::NAN), "holdout is NaN"),
        (holdout(0.01), "holdout is 0.01: of 10 rows"),
        (holdout(0.9), "holdout is 0.9: of 10 rows"),
        (binarise(f64::INFINITY), "binarise is inf"),
        (binarise(1e9), "no column varies"),
    ] {
        let message = says(&given, &preparation);
        assert!(message.contains(words), "{words}: {message}");
    }
    let plain = Preparation::default();
    let one = given.rows(0, 1).into_owned();
    assert!(says(&one, &plain).contains("at least two rows"));
    assert!(says(&Matrix::zeros(0, 3), &plain).contains("at least two rows"));
    for (bad, words) in [
        (f64::NAN, "data is NaN in row 4, column 3: a finite"),
        (f64::INFINITY, "data is inf in row 4, column 3"),
        (1e300, "data is 1e300 in row 4, column 3: single precision"),
    ] {
        let mut broken = given.clone();
        broken[(3, 2)] = bad;
        let raw = Preparation {
            standardise: Standardise::None,
            ..Preparation::default()
        };
        let message = says(&broken, &raw);
        assert!(message.contains(words), "{words}: {message}");
        // What is skipped may be anything.
        let without = Prepared::new(&broken, &skip(3..=3), Streams::new(1));
        assert_eq!(without.expect("the others are good").kept, [1, 2, 4]);
    }
}

/// The decomposition is that of nalgebra, for more rows, more columns and more of them than a tile has, and
/// the same to the last bit with one thread.
#[test]
fn one_decomposition_on_any_number_of_threads() {
    for (n, d) in [(700, 150), (140, 300), (20, 20)] {
        let rows = data(&noise(n, d, 3));
        let exact = Matrix::from_fn(n, d, |i, j| f64::from(rows.row(i)[j]));
        let principal = Principal::of(&rows).unwrap();
        let mut singular: Vec<f64> = exact.singular_values().iter().copied().collect();
        singular.sort_by(|a, b| b.total_cmp(a));
        for (own, expected) in principal.values().iter().zip(&singular) {
            assert!((own - expected * expected).abs() < 1e-9 * singular[0].powi(2));
        }
        let directions = principal.directions(1..4);
        let scores = principal.scores(1..4);
        let along = &exact * &directions;
        for at in 0..3 {
            let value = principal.values()[at + 1];
            let back = exact.tr_mul(&along.column(at));
            let off = (back - directions.column(at) * value).norm();
            assert!(off < 1e-8 * value, "{n} × {d}: {off}");
            let overlap = scores.column(at).dot(&along.column(at)).abs();
            let norms = scores.column(at).norm() * along.column(at).norm();
            assert!((overlap / norms - 1.0).abs() < 1e-12);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        let alone = pool.build().unwrap().install(|| {
            let principal = Principal::of(&rows).unwrap();
            (principal.values().to_vec(), principal.directions(1..4))
        });
        assert_eq!(alone.0, principal.values());
        assert_eq!(alone.1, directions);
    }
}
