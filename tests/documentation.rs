//! What the documentation says is so: sections of the theory, defaults of the flags, the map of the
//! modules.

mod binary;

use binary::onsager;
use onsager::comparison::Criteria;
use onsager::dmft::{DmftSettings, Sampling};
use onsager::proximal::Proximal;
use onsager::simulation::{AmpSettings, GdSettings, LbfgsSettings, RunSettings};
use onsager::spectral::FlowSettings;
use onsager::theory::FixedPointSettings;
use std::collections::BTreeSet;
use std::path::Path;

const THEORY: &str = include_str!("../equations/theory.md");

/// File, section of theory.md that it names, and what the section must say.
const REFERENCES: [(&str, usize, &str); 101] = [
    ("comparison/held_out.rs", 12, "**Fresh data.**"),
    ("comparison/mod.rs", 12, "**Fresh data.**"),
    ("contrastive/chain.rs", 11, "h_0 ~ p_0 = E P(h|x)"),
    ("contrastive/fixed_point.rs", 11, "K = (αH^T − αE[∂g])^{-1}"),
    ("contrastive/mod.rs", 11, "ΔW = κ (n/B)"),
    ("contrastive/noise.rs", 11, "ΔQ ≈ κ (n/B) αKσ²/2"),
    ("ensemble/controls.rs", 12, "σ² (1/m + x̄^T S^{-1} x̄)"),
    ("experiment/finite_size/fit.rs", 12, "limit + a/d"),
    ("lib.rs", 11, "## 11. Contrastive divergence"),
    ("lib.rs", 12, "limit + a/d"),
    ("lib.rs", 13, "√Q E[g']/√E[g²]"),
    (
        "rsb/functional.rs",
        17,
        "c_0 = ½[1/(x_1 V_0) − (q_0 − M²)/V_0²]",
    ),
    ("rsb/mod.rs", 17, "max_{M, Q} min_{V, q_0, x(·)} Φ"),
    ("rsb/order.rs", 17, "q_0 < q_1 < … < q_K = Q"),
    ("rsb/splitting.rs", 17, "1/V³ + α E φ''³"),
    ("rsb/unit.rs", 1, "η1(z) = log E_h"),
    ("simulation/controls.rs", 12, "C_aa² − G^u_aa G^w_aa"),
    ("simulation/constrained.rs", 17, "|R|² = (n − 1)(d − 1)"),
    ("simulation/curvature.rs", 17, "(2α S'/d) w w^T"),
    ("simulation/linear_amp.rs", 13, "U_t = A W_t − U_{t−1}/√α"),
    ("simulation/sample_gain.rs", 1, "= E[h | z]"),
    ("simulation/tridiagonal.rs", 13, "X_{i,i+1} = χ_{d−i}"),
    ("study/contrastive.rs", 11, "With a fixed bias"),
    ("study/escape/mod.rs", 13, "ln d/(2 ln G)"),
    ("study/finite_size.rs", 12, "limit + a/d"),
    ("study/occlusion.rs", 14, "posterior of normal pixels"),
    ("occlusion/mod.rs", 14, "b_i = atanh m_i"),
    ("lib.rs", 14, "posterior mean"),
    ("analysis/mod.rs", 15, "N·KS"),
    ("analysis/lanczos.rs", 15, "Σ_{j<i} w_j + w_i/2"),
    ("analysis/whitening.rs", 15, "Ψ = diag(Σ − LL^T)"),
    ("lib.rs", 15, "Var λ̂²"),
    ("lib.rs", 17, "## 17. Beyond replica symmetry"),
    ("lib.rs", 16, "no limit is taken"),
    ("analysis/bootstrap.rs", 16, "no limit is taken"),
    ("analysis/scores.rs", 16, "a⁴ = (3 − κ̂)/2"),
    ("experiment/analyze/tests/learning.rs", 10, "Generalisation"),
    (
        "study/generalisation.rs",
        10,
        "A unit without a signal always lowers it",
    ),
    ("study/window.rs", 13, "d^{−1/3} Φ"),
    ("theory/boundaries/crossing.rs", 10, "1.22362"),
    ("theory/growth.rs", 13, "√Q E[g']/√E[g²]"),
    ("dmft/adjoint.rs", 5, "C_ts = α E[∂u_t/∂ω_s]"),
    ("dmft/mod.rs", 5, "n side"),
    ("dmft/randomisation.rs", 5, "Q_ts = μ_t μ_s^T"),
    ("dmft/tests.rs", 4, "K = 1/(1+αλ²)"),
    ("dmft/tests.rs", 5, "κ = 0.3"),
    ("hidden/mod.rs", 1, "f(z)  = ∇η1(z)"),
    ("hidden/step.rs", 5, "2/λ_max"),
    ("hidden/tests/mod.rs", 1, "k=2: η2"),
    ("lib.rs", 1, "Effective objective"),
    ("lib.rs", 9, "The exact likelihood"),
    ("lib.rs", 10, "Generalisation"),
    ("theory/held_out.rs", 10, "E η1(z) − η2(Q)"),
    ("likelihood/expansion.rs", 9, "c_{3/2}/√d"),
    ("likelihood/mod.rs", 9, "−n (log Z − η2)"),
    ("lib.rs", 2, "solved together"),
    ("lib.rs", 3, "Replicon"),
    ("lib.rs", 4, "Bayes-optimal"),
    ("lib.rs", 5, "λ_max"),
    ("lib.rs", 6, "fold"),
    ("model.rs", 1, "spiked covariance"),
    ("order_parameters.rs", 3, "ζ_ab = |M_ab|"),
    ("potential/tests/learning.rs", 4, "0.8716"),
    ("prior_step.rs", 2, "2 alpha ∇η2(Q) − C"),
    ("prior_step.rs", 3, "Q' = K S K"),
    ("proximal.rs", 2, "(1−ρ) V_t + ρ K_{t+1}"),
    ("simulation/amp.rs", 2, "Onsager"),
    ("simulation/ascent.rs", 5, "W_{t+1} = W_t + κ"),
    ("simulation/gradient.rs", 1, "L(W) = Σ_μ η1"),
    ("simulation/proximal.rs", 2, "ω = z − V_t f(z)"),
    ("spectral/aligned.rs", 7, "logit(y/y*)"),
    ("spectral/flow.rs", 7, "dW/dt = σ_h² (C − A^{-1}) W"),
    (
        "spectral/learning/enumeration.rs",
        8,
        "(2 cosh f₊)^{N_h/2} (2 cosh f₋)^{N_h/2}",
    ),
    ("spectral/learning/mod.rs", 8, "to the state of largest `Φ`"),
    ("spectral/learning/one_mode.rs", 8, "mix at large `w`"),
    ("spectral/learning/rotating.rs", 8, "V(x) = E sech²(√x y)"),
    ("spectral/linear.rs", 7, "w*² = (c − σ_v²)/(σ_v² σ_h² c)"),
    (
        "spectral/marchenko_pastur.rs",
        7,
        "w_± = σ |κ^{-1/4} ± κ^{1/4}|",
    ),
    ("spectral/mod.rs", 7, "Spectral Dynamics of Learning"),
    ("spectral/reading.rs", 7, "Tracy–Widom"),
    ("spectral/training.rs", 8, "dW/dt = (C − D) W"),
    ("spectral/tests/frame.rs", 7, "Ω^v"),
    ("lib.rs", 8, "to the state of largest `Φ`"),
    ("lib.rs", 7, "Outliers"),
    ("theory/baselines/bayes.rs", 4, "Bayes-optimal"),
    ("theory/baselines/mod.rs", 1, "alpha^(-1/4)"),
    ("visible.rs", 9, "Units of any mean"),
    ("theory/baselines/mod.rs", 4, "ζ² = (αλ⁴−1)/(λ²(αλ²+1))"),
    ("theory/boundaries/mod.rs", 1, "BBP"),
    ("theory/relaxation.rs", 3, "dω = det(I − V D(z)) dz"),
    ("theory/boundaries/tests.rs", 4, "1.1699668"),
    ("theory/continuation/tests.rs", 4, "0.439282102"),
    ("theory/decoupled.rs", 3, "Q_ab' = K_a K_b"),
    ("theory/moments.rs", 3, "E[g g^T]"),
    ("theory/nodes/mod.rs", 3, "Proximal coordinate"),
    ("theory/preactivation.rs", 3, "ω = M^T Λ u* + N(0, Q)"),
    ("symmetry/mod.rs", 3, "P_w drops out"),
    ("theory/stability.rs", 3, "alpha E[η1(z)]"),
    ("theory/search/mod.rs", 3, "dx/ds = F(x) − x"),
    ("theory/state_evolution.rs", 3, "S = R R^T"),
    ("theory/tensor/mod.rs", 3, "Proximal coordinate"),
];

fn section(number: usize) -> &'static str {
    let begin = THEORY.find(&format!("\n## {number}. "));
    let begin = begin.unwrap_or_else(|| panic!("theory.md has no section {number}"));
    let rest = &THEORY[begin + 1..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

/// Section numbers that follow "theory.md sec. " or "theory.md section(s) " in a text.
fn named(text: &str) -> BTreeSet<usize> {
    let mut all = BTreeSet::new();
    for rest in text.split("theory.md sec").skip(1) {
        let rest = rest.trim_start_matches(|c: char| c.is_alphabetic() || c == '.');
        for word in rest.split([' ', '\n', ',', ')', ':', ';']) {
            match word.trim_end_matches('.').parse() {
                Ok(number) => all.insert(number),
                Err(_) if word.is_empty() || word == "and" => continue,
                Err(_) => break,
            };
        }
    }
    all
}

fn sources(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(source_folder()).expect("below src");
            let text = std::fs::read_to_string(&path).expect("readable");
            all.push((name.display().to_string(), text));
        }
    }
}

fn source_folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn references_to_the_theory_lead_to_what_they_promise() {
    for (file, number, words) in REFERENCES {
        assert!(
            section(number).contains(words),
            "{file}: section {number} does not say {words}"
        );
    }
    let mut all = Vec::new();
    sources(&source_folder(), &mut all);
    let mut found = BTreeSet::new();
    for (file, text) in &all {
        found.extend(
            named(text)
                .into_iter()
                .map(|number| (file.as_str(), number)),
        );
    }
    let listed: BTreeSet<(&str, usize)> = REFERENCES
        .iter()
        .map(|(file, number, _)| (*file, *number))
        .collect();
    assert_eq!(
        found, listed,
        "every reference in the sources stands in the list above, with what it leads to"
    );
}

#[test]
fn the_map_of_the_library_names_every_public_module() {
    let library = include_str!("../src/lib.rs");
    let (map, modules) = library.split_once("#![warn").expect("the map comes first");
    for line in modules.lines() {
        if let Some(name) = line.strip_prefix("pub mod ") {
            let name = name.trim_end_matches(';');
            assert!(
                map.contains(&format!("[`{name}`]")) || map.contains(&format!("[`{name}::")),
                "{name} is not in the map of lib.rs"
            );
        }
    }
}

/// What the rooms of `figure` may import of each other, beside what they have in common.
const ROOMS_OF_FIGURES: [(&str, &[&str]); 5] = [
    ("style", &[]),
    ("spec", &["style"]),
    ("data", &["spec", "style"]),
    ("ink", &["style"]),
    ("page", &["data", "ink", "spec", "style"]),
];

#[test]
fn no_room_of_the_figures_imports_one_above() {
    for (room, below) in ROOMS_OF_FIGURES {
        let mut all = Vec::new();
        sources(&source_folder().join("figure").join(room), &mut all);
        assert!(!all.is_empty(), "{room}");
        for (file, text) in &all {
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
            for (other, _) in ROOMS_OF_FIGURES {
                let named = [format!("figure::{other}"), format!("super::super::{other}")];
                let imports = named.iter().any(|name| code.contains(name));
                let allowed = other == room || below.contains(&other);
                assert!(allowed || !imports, "{file} imports {other}");
            }
        }
    }
}

/// What the help of a command says of the default of each flag.
fn defaults(command: &str) -> Vec<(String, String)> {
    let help = onsager(&[command, "--help"]).stdout;
    let help = String::from_utf8(help).expect("UTF-8");
    let mut flag = String::new();
    let mut all = Vec::new();
    for line in help.lines() {
        if let Some(name) = line.trim_start().strip_prefix("--") {
            flag = name.split([' ', '[']).next().unwrap_or_default().to_owned();
        }
        if let Some((_, rest)) = line.split_once("[default: ") {
            all.push((flag.clone(), rest.trim_end_matches(']').to_owned()));
        }
    }
    all
}

#[test]
fn help_texts_state_the_defaults_that_are_used() {
    let solver = FixedPointSettings::default();
    let shared: Vec<(&str, f64)> = vec![
        ("tolerance", solver.tolerance),
        ("quadrature-tolerance", solver.quadrature_tolerance),
        ("sampling-tolerance", solver.sampling_tolerance),
        ("damping", solver.damping),
        ("max-iterations", solver.max_iterations as f64),
        ("max-nodes", solver.max_nodes as f64),
        ("log2-points", f64::from(solver.log2_points)),
        ("randomisations", f64::from(solver.randomisations)),
        ("tensor-units", solver.tensor_units as f64),
    ];
    let dmft = DmftSettings::default();
    let paths = [
        ("log2-paths", f64::from(dmft.log2_paths)),
        ("path-sets", dmft.randomisations as f64),
    ];
    let amp = AmpSettings::default();
    assert_eq!(amp.tolerance, GdSettings::default().tolerance);
    assert_eq!(amp.tolerance, LbfgsSettings::default().tolerance);
    let simulation = [
        ("run-tolerance", amp.tolerance),
        ("restarts", RunSettings::default().restarts as f64),
        ("ceiling", Proximal::default().ceiling),
        ("weight-damping", amp.weight_damping),
    ];
    let criteria = Criteria::default();
    let verdict = [
        ("level", criteria.level),
        ("resolution", criteria.resolution),
    ];
    let steps = [("iterations", dmft.steps as f64)];
    for (command, own) in [
        ("solve", vec![]),
        ("dmft", [&paths[..], &steps].concat()),
        ("simulate", simulation.to_vec()),
        ("compare", [&paths[..], &simulation, &verdict].concat()),
    ] {
        let stated = defaults(command);
        for (flag, value) in shared.iter().chain(&own) {
            let (_, text) = stated
                .iter()
                .find(|(name, _)| name == flag)
                .unwrap_or_else(|| panic!("{command} --{flag} states no default"));
            let number = text.split([';', ' ', ',']).next().unwrap_or_default();
            assert_eq!(number.parse(), Ok(*value), "{command} --{flag}: {text}");
        }
    }
    let flow = FlowSettings::default();
    for command in ["linear", "learning-curve"] {
        let text = defaults(command);
        for (flag, value) in [
            ("tolerance", flow.tolerance),
            ("max-steps", flow.max_steps as f64),
        ] {
            let stated = text.iter().find(|(name, _)| name == flag);
            let stated = stated.and_then(|(_, text)| text.parse::<f64>().ok());
            assert_eq!(stated, Some(value), "{command} --{flag}");
        }
    }
    let sampling = Sampling::default();
    let text = defaults("dmft");
    let says = |flag: &str, value: String| text.contains(&(flag.to_owned(), value));
    assert!(says("strata", sampling.strata.to_string()));
    assert!(says("antithetic", sampling.antithetic.to_string()));
    assert!(says("responses", dmft.responses.to_string()));
}
