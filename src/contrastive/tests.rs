use super::*;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::theory::{FixedPointSettings, Starts, find};

fn model(alpha: f64, lambda: &[f64], bias: &[f64]) -> Model {
    let hidden = HiddenUnits::new(Law::rademacher(), lambda.len(), bias).expect("valid units");
    Model::new(alpha, lambda, hidden, Law::rademacher(), Law::rademacher()).expect("valid model")
}

/// Fixed points `(Q, ζ)` of the exact objective, CD-1, CD-2, CD-10, a uniform start and visible
/// means, from an independent program.
#[test]
fn fixed_points_of_one_unit() {
    let table: [([f64; 3], [(f64, Option<f64>); 6]); 5] = [
        (
            [2.0, 1.5, 0.0],
            [
                (2.895282, Some(0.871650)),
                (2.895282, Some(0.871650)),
                (2.895282, None),
                (2.895282, None),
                (2.895282, None),
                (2.930544, Some(0.871599)),
            ],
        ),
        (
            [2.0, 1.5, 0.5],
            [
                (2.836388, Some(0.866292)),
                (2.871895, Some(0.866299)),
                (2.866729, None),
                (2.844744, None),
                (2.881994, None),
                (2.890830, None),
            ],
        ),
        (
            [4.0, 1.0, 0.0],
            [
                (1.480327, Some(0.777201)),
                (1.480327, Some(0.777201)),
                (1.480327, None),
                (1.480327, None),
                (1.480327, None),
                (1.726442, Some(0.775080)),
            ],
        ),
        (
            [4.0, 1.0, 0.5],
            [
                (1.352398, Some(0.743351)),
                (1.405078, Some(0.744083)),
                (1.385657, None),
                (1.353115, None),
                (1.456752, Some(0.744722)),
                (1.691254, None),
            ],
        ),
        (
            [8.0, 0.8, 0.5],
            [
                (0.785126, Some(0.687492)),
                (0.837168, Some(0.691601)),
                (0.808484, None),
                (0.785159, None),
                (0.931663, Some(0.697610)),
                (1.324016, None),
            ],
        ),
    ];
    let persistent = Chain {
        persistent: true,
        ..Chain::default()
    };
    let uniform = Chain {
        start: ChainStart::Uniform,
        ..Chain::default()
    };
    let means = Chain {
        visible: Reconstruction::Means,
        ..Chain::default()
    };
    let chains = [
        persistent,
        Chain::of_steps(1),
        Chain::of_steps(2),
        Chain::of_steps(10),
        uniform,
        means,
    ];
    let settings = FixedPointSettings::default();
    for ([alpha, lambda, bias], row) in table {
        let model = model(alpha, &[lambda], &[bias]);
        let found = find(&model, Starts::Standard, &settings).expect("valid settings");
        let exact = found.answer().expect("a fixed point");
        for (chain, (q, zeta)) in chains.iter().zip(row) {
            let solution = fixed_point(&model, exact, chain, &settings).expect("valid");
            let point = solution.point().expect("converged");
            let at = format!(
                "{} at {alpha}, {lambda}, {bias}: {:.7} ({:.7}) residual {:.1e} {:.1e}",
                chain.name(),
                point.order.q[(0, 0)],
                point.order.overlaps()[(0, 0)],
                point.residual,
                point.quadrature_error
            );
            println!("{at} {q} {zeta:?}");
            assert!((point.order.q[(0, 0)] - q).abs() < 6e-7, "{at}");
            assert!(
                zeta.is_none_or(|zeta| (point.order.overlaps()[(0, 0)] - zeta).abs() < 6e-7),
                "{at}"
            );
        }
    }
}
