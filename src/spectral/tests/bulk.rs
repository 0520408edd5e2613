//! The law of the bulk and its outliers.

use super::near;
use crate::numerics::gauss_legendre::panels;
use crate::numerics::streams::Streams;
use crate::spectral::{MarchenkoPastur, PlantedModes, Reading};
use crate::theory::baselines::{bbp_threshold, pca_overlap_squared};

fn law(sigma: f64, kappa: f64) -> MarchenkoPastur {
    MarchenkoPastur::new(sigma, kappa).expect("good")
}

#[test]
fn reference_numbers() {
    let weights = MarchenkoPastur::of_matrix(784, 400, 0.01).expect("good");
    near(&weights.edges(), &[0.08, 0.48], 1e-14);
    let half = law(1.0, 0.5);
    near(&half.edges(), &[0.348310699749, 2.030103530256], 1e-12);
    near(&[half.density(1.0)], &[0.745503320884], 1e-12);
    near(&[half.distribution(1.0)], &[0.438126998815], 1e-12);
    near(&[half.median().expect("inside")], &[1.083723263947], 1e-12);
    let seen = law(0.8, 0.5).outlier(1.2).expect("above the noise");
    near(&[seen.observed], &[1.755588067948], 1e-12);
    near(&[seen.visible_overlap_squared], &[0.492753908805], 1e-12);
    near(&[seen.hidden_overlap_squared], &[0.610581791311], 1e-12);
}

/// The integral of the density in `θ`, in which it has no edge.
#[test]
fn density_distribution_and_quantiles_belong_together() {
    for kappa in [1e-6, 0.01, 0.5, 0.999, 1.0, 1.0001, 3.0, 1e4] {
        let law = law(0.7, kappa);
        let [low, high] = law.edges();
        let (middle, half) = (
            0.5 * (high * high + low * low),
            0.5 * (high * high - low * low),
        );
        let ends: Vec<f64> = std::iter::once(0.0)
            .chain(
                (0..26)
                    .rev()
                    .map(|power| std::f64::consts::PI * 0.5f64.powi(power)),
            )
            .collect();
        let integral = |weight: &dyn Fn(f64) -> f64, up_to: f64| -> f64 {
            let density = |angle: f64| {
                let w = (middle - half * angle.cos()).max(low * low).sqrt();
                let inside = w > low && w < up_to.min(high);
                if inside {
                    weight(w) * law.density(w) * half * angle.sin() / (2.0 * w)
                } else {
                    0.0
                }
            };
            panels(&ends, density)
                .iter()
                .map(|(_, weight)| weight)
                .sum()
        };
        near(&[integral(&|_| 1.0, f64::INFINITY)], &[1.0], 1e-7);
        let mean = integral(&|w| w * w, f64::INFINITY);
        assert!((mean / law.mean_square() - 1.0).abs() < 1e-7, "{kappa}");
        assert_eq!(law.distribution(low), 0.0);
        assert_eq!(law.distribution(high), 1.0);
        near(&[law.distribution(high * (1.0 - 1e-14))], &[1.0], 1e-12);
        for part in [0.0, 1e-3, 0.3, 0.5, 0.9, 1.0] {
            let w = law.quantile(part).expect("a part");
            let rounding = 1e-15 * high / (high - low);
            near(&[law.distribution(w)], &[part], 1e-11 + 100.0 * rounding);
        }
        // The slope of the distribution is the density.
        let (w, step) = (law.quantile(0.4).expect("a part"), 1e-4 * (high - low));
        let slope = (law.distribution(w + step) - law.distribution(w - step)) / (2.0 * step);
        assert!((slope / law.density(w) - 1.0).abs() < 1e-4, "{kappa}");
        // Exchange of the layers.
        let turned = super::super::MarchenkoPastur::new(0.7, 1.0 / kappa).expect("good");
        assert!((turned.density(w) / law.density(w) - 1.0).abs() < 1e-6);
    }
    assert!(law(1.0, 1.0).quantile(1.5).is_err() && law(1.0, 1.0).quantile(f64::NAN).is_err());
}

/// `∫ sin²φ/(s − 2 cos φ) dφ` in elementary functions.
#[test]
fn the_distribution_has_a_closed_form() {
    for kappa in [0.3, 0.5, 0.9, 1.5] {
        let law = law(1.0, kappa);
        let root = f64::sqrt(kappa);
        let (sum, gap) = (root + 1.0 / root, (root - 1.0 / root).abs());
        for w in [0.9, 1.0, 1.4] {
            let angle = (0.5 * (sum - w * w)).acos();
            let fourth = root.sqrt();
            let steep = (fourth + 1.0 / fourth) / (fourth - 1.0 / fourth).abs();
            let turned = (steep * (0.5 * angle).tan()).atan();
            let area = 0.5 * angle.sin() + 0.25 * sum * angle - 0.5 * gap * turned;
            let closed = 2.0 / (std::f64::consts::PI * root.min(1.0 / root)) * area;
            near(&[law.distribution(w)], &[closed], 1e-13);
        }
    }
}

#[test]
fn outliers_begin_at_the_noise_and_map_back() {
    for (sigma, kappa) in [(0.8, 0.5), (1.0, 1.0), (1.3, 40.0)] {
        let law = law(sigma, kappa);
        let [_, high] = law.edges();
        assert!(law.outlier(sigma).is_none() && law.outlier(0.5 * sigma).is_none());
        assert!(law.behind(high).is_none() && law.behind(0.9 * high).is_none());
        assert!(law.behind(f64::NAN).is_none() && law.outlier(f64::INFINITY).is_none());
        for excess in [1e-6, 0.01, 0.5, 3.0, 1e3] {
            let planted = sigma * (1.0 + excess);
            let seen = law.outlier(planted).expect("above the noise");
            assert!(seen.observed > high);
            let back = law.behind(seen.observed).expect("above the edge");
            // Near the edge the position is flat in the mode.
            let rounding = 1e-15 / excess;
            assert!(
                (back.planted / planted - 1.0).abs() < 1e-13 + 10.0 * rounding,
                "{excess}"
            );
            // The formula as it stands in the literature.
            let (w2, s2, root) = (planted * planted, sigma * sigma, f64::sqrt(kappa));
            let u = 1.0 - s2 / root * (w2 + s2 * root) / (w2 * (w2 + s2 / root));
            let v = 1.0 - s2 * root * (w2 + s2 / root) / (w2 * (w2 + s2 * root));
            near(
                &[seen.visible_overlap_squared, seen.hidden_overlap_squared],
                &[u, v],
                1e-12,
            );
        }
        // Exchange of the layers.
        let (seen, turned) = (
            law.outlier(2.0 * sigma),
            super::super::MarchenkoPastur::new(sigma, 1.0 / kappa),
        );
        let (seen, turned) = (
            seen.expect("above"),
            turned.expect("good").outlier(2.0 * sigma).expect("above"),
        );
        assert!((seen.observed / turned.observed - 1.0).abs() < 1e-14);
        near(
            &[seen.visible_overlap_squared],
            &[turned.hidden_overlap_squared],
            1e-14,
        );
    }
    // The spiked covariance is the same model: α = n/d, a spike √n λ in noise of deviation 1.
    let (alpha, lambda): (f64, f64) = (2.0, 1.5);
    let law = law(1.0, 1.0 / alpha);
    let seen = law.outlier(lambda * alpha.powf(0.25)).expect("above");
    near(
        &[seen.hidden_overlap_squared],
        &[pca_overlap_squared(alpha, lambda)],
        1e-14,
    );
    assert!(
        law.outlier(bbp_threshold(alpha) * alpha.powf(0.25) * 0.999_999)
            .is_none()
    );
}

#[test]
fn a_sampled_matrix_follows_the_law() {
    for (kappa, rows, seed) in [(0.5, 500, 1), (2.0, 300, 4)] {
        let planted = PlantedModes {
            law: law(0.8, kappa),
            modes: vec![0.6, 2.0, 1.2],
        };
        let sample = planted.sample(rows, Streams::new(seed)).expect("good");
        let (bulk, [low, high]) = (&sample.values[2..], sample.law.edges());
        assert_eq!(sample.overlaps.len(), 2);
        let distance = sample.law.distance(bulk);
        assert!(distance < 0.02, "{distance}");
        assert!((bulk[0] / high - 1.0).abs() < 0.03, "{} {high}", bulk[0]);
        let last = bulk.last().expect("values");
        assert!((last - low).abs() < 0.03, "{last} {low}");
        let spread = 0.8 / ((sample.rows * sample.columns) as f64).powf(0.25);
        for (at, mode) in [2.0, 1.2].into_iter().enumerate() {
            let seen = sample.law.outlier(mode).expect("above the noise");
            let error = sample.values[at] - seen.observed;
            assert!(error.abs() < 4.0 * spread, "{mode}: {error} {spread}");
            let [u, v] = sample.overlaps[at];
            assert!((u - seen.visible_overlap_squared).abs() < 0.08, "{u}");
            assert!((v - seen.hidden_overlap_squared).abs() < 0.08, "{v}");
        }
        let reading = Reading::of(sample.rows, sample.columns, &sample.values).expect("a bulk");
        assert!(
            (reading.law.sigma() / 0.8 - 1.0).abs() < 0.01,
            "{:?}",
            reading.law
        );
        assert_eq!(reading.outliers.len(), 2);
        assert!((reading.outliers[0].planted - 2.0).abs() < 4.0 * spread);
        assert!(reading.distance < 0.02);
    }
}

#[test]
fn pure_noise_has_no_outliers_and_low_rank_no_bulk() {
    let noise = PlantedModes {
        law: law(1.0, 0.5),
        modes: vec![],
    };
    let counts = (0..40).map(|instance| {
        let sample = noise
            .sample(60, Streams::new(9).instance(instance))
            .expect("good");
        let reading = Reading::of(60, 30, &sample.values).expect("a bulk");
        reading.outliers.len()
    });
    // Expected: 0.4.
    let all: usize = counts.sum();
    assert!(all <= 3, "{all}");
    assert_eq!(Reading::of(6, 5, &[3.0, 1.0, 0.0, 0.0, 0.0]), None);
    // A quarter of the values above the noise leaves a bulk, more of them leave none.
    let sample = noise.sample(60, Streams::new(9)).expect("good");
    let with = |count: usize| {
        let mut values = sample.values.clone();
        values[..count].iter_mut().for_each(|value| *value *= 10.0);
        Reading::of(60, 30, &values)
    };
    assert_eq!(with(7).expect("a bulk").outliers.len(), 7);
    assert_eq!(with(8), None);
    assert_eq!(Reading::of(6, 3, &[3.0, 1.0, 0.5]), None);
}

#[test]
fn bad_laws_and_samples_are_refused_by_name() {
    let names = |result: crate::error::Result<MarchenkoPastur>, word: &str| {
        let message = result.map(|_| ()).expect_err(word).to_string();
        assert!(message.starts_with(word), "{message}");
    };
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        names(MarchenkoPastur::new(wrong, 1.0), "sigma");
        names(MarchenkoPastur::new(1.0, wrong), "kappa");
    }
    names(MarchenkoPastur::of_matrix(0, 3, 1.0), "matrix");
    let planted = PlantedModes {
        law: law(1.0, 0.01),
        modes: vec![2.0],
    };
    for rows in [0, 1, 100, 100_000] {
        let refused = planted
            .sample(rows, Streams::new(1))
            .expect_err("no sample");
        assert!(refused.to_string().starts_with("sample"), "{refused}");
    }
}
