//! The files of `figures/` that are built into the binary.

/// Figures built into the binary: a name and its specification.
pub const BUILT_IN: [(&str, &str); 33] = [
    ("demo", include_str!("../../figures/demo.toml")),
    ("fig1-left", include_str!("../../figures/fig1-left.toml")),
    ("fig1-right", include_str!("../../figures/fig1-right.toml")),
    ("fig7", include_str!("../../figures/fig7.toml")),
    ("theorem1", include_str!("../../figures/theorem1.toml")),
    (
        "stationarity",
        include_str!("../../figures/stationarity.toml"),
    ),
    ("escape", include_str!("../../figures/escape.toml")),
    ("window", include_str!("../../figures/window.toml")),
    ("starts", include_str!("../../figures/starts.toml")),
    ("starts-two", include_str!("../../figures/starts-two.toml")),
    ("units", include_str!("../../figures/units.toml")),
    (
        "contrastive",
        include_str!("../../figures/contrastive.toml"),
    ),
    (
        "finite-size",
        include_str!("../../figures/finite-size.toml"),
    ),
    (
        "generalisation",
        include_str!("../../figures/generalisation.toml"),
    ),
    ("occlusion", include_str!("../../figures/occlusion.toml")),
    ("signals", include_str!("../../figures/signals.toml")),
    ("rsb", include_str!("../../figures/rsb.toml")),
    ("maximum", include_str!("../../figures/maximum.toml")),
    ("phase-rsb", include_str!("../../figures/phase-rsb.toml")),
    ("dmft", include_str!("../../figures/dmft.toml")),
    (
        "dmft-two-time",
        include_str!("../../figures/dmft-two-time.toml"),
    ),
    ("alignment", include_str!("../../figures/alignment.toml")),
    (
        "phase-alpha-lambda",
        include_str!("../../figures/phase-alpha-lambda.toml"),
    ),
    (
        "phase-two-signals",
        include_str!("../../figures/phase-two-signals.toml"),
    ),
    (
        "phase-ternary",
        include_str!("../../figures/phase-ternary.toml"),
    ),
    ("phase-sk", include_str!("../../figures/phase-sk.toml")),
    (
        "phase-hopfield",
        include_str!("../../figures/phase-hopfield.toml"),
    ),
    ("staircase", include_str!("../../figures/staircase.toml")),
    ("spectrum", include_str!("../../figures/spectrum.toml")),
    (
        "learning-curve",
        include_str!("../../figures/learning-curve.toml"),
    ),
    (
        "phase-rbm-bernoulli",
        include_str!("../../figures/phase-rbm-bernoulli.toml"),
    ),
    (
        "phase-rbm-gaussian",
        include_str!("../../figures/phase-rbm-gaussian.toml"),
    ),
    (
        "phase-rbm-laplace",
        include_str!("../../figures/phase-rbm-laplace.toml"),
    ),
];

/// The specification of a built-in figure.
pub fn built_in(name: &str) -> Option<&'static str> {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    Some(text)
}
