//! Images whose pixels are occluded, completed by the effective objective and by contrastive
//! divergence (XKZ Fig. 3; theory.md section 14).

use super::journal::Journal;
use super::points::Points;
use super::stated::OcclusionStudy;
use super::{Tabulated, require_distinct};
use crate::claims::{Claim, Statement};
use crate::ensemble::Estimate;
use crate::error::{Error, Result, require_between};
use crate::experiment::{Experiment, Report, Watch, record_settings};
use crate::files::read_data;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::occlusion::{Completer, Images, ObjectiveEnd, Occlusion, as_binary};
use crate::spectral::{BinaryData, TrainingSettings};
use crate::table::{Table, tallied, tally};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Kinds of occlusion.
const KINDS: [Occlusion; 2] = [Occlusion::Random, Occlusion::Bottom];

/// What completes images.
#[derive(Clone, Copy, PartialEq)]
enum Method {
    ContrastiveDivergence,
    PersistentChain,
    Objective,
    ObjectiveBinary,
    ObjectiveFurther,
    Mean,
}

impl Method {
    const ALL: [Self; 6] = [
        Self::ContrastiveDivergence,
        Self::PersistentChain,
        Self::Objective,
        Self::ObjectiveBinary,
        Self::ObjectiveFurther,
        Self::Mean,
    ];

    /// Name of its series.
    fn name(self) -> &'static str {
        match self {
            Self::ContrastiveDivergence => "CD-1",
            Self::PersistentChain => "persistent chain",
            Self::Objective => "objective, normal pixels",
            Self::ObjectiveBinary => "objective, black and white pixels",
            Self::ObjectiveFurther => "objective, then a persistent chain",
            Self::Mean => "means of the pixels",
        }
    }
}

/// Mean squared errors on one split of the images.
#[derive(Clone, Serialize, Deserialize)]
struct Split {
    /// For each kind of occlusion, in the order of [`Method::ALL`]; none without weights.
    errors: [[Option<f64>; 6]; 2],
    /// How the objective was maximised.
    end: ObjectiveEnd,
}

impl Split {
    /// The error of a method in units of that of CD-1.
    fn ratio(&self, kind: usize, method: Method) -> Option<f64> {
        let error = |method| self.errors[kind][method as usize];
        Some(error(method)? / error(Method::ContrastiveDivergence)?)
    }
}

pub(super) fn run(study: &OcclusionStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    let names: Vec<String> = study.units.iter().map(usize::to_string).collect();
    require_distinct("study.units", names.iter().map(String::as_str))?;
    if study.units.is_empty() || study.instances < 2 {
        let got = format!("{:?} units on {} splits", study.units, study.instances);
        let allowed = "give a number of units and two instances at least";
        return Err(Error::invalid("study.units", got, allowed));
    }
    require_between("study.within", study.within, 1.0, 100.0)?;
    let data = read_data(&study.data)?;
    let mut points = Points::default();
    let mut runs = BTreeMap::new();
    let mut claims = Vec::new();
    for (place, &units) in study.units.iter().enumerate() {
        let part = place as f64 / study.units.len() as f64;
        watch(&format!("{units} units"), Some(part));
        let splits: Vec<Split> = journal.piece(place as u64, || {
            let streams = |instance| Streams::new(study.seed).instance(instance);
            let all = (0..study.instances as u64).into_par_iter();
            all.map(|instance| one(study, &data, units, streams(instance)))
                .collect()
        })?;
        for split in &splits {
            let name = format!("objective with {units} units {}", split.end.name());
            tally(&mut runs, name, 1);
        }
        for (at, kind) in KINDS.iter().enumerate() {
            for method in Method::ALL {
                let mean = |of: &dyn Fn(&Split) -> Option<f64>| {
                    Estimate::of(&splits.iter().filter_map(of).collect::<Vec<f64>>())
                };
                let error = mean(&|split| split.errors[at][method as usize]);
                let ratio = mean(&|split| split.ratio(at, method));
                let panel = |what: &str| format!("{what}, {}", kind.name());
                let x = units as f64;
                points.measured(&panel("error"), method.name(), x, error);
                points.measured(&panel("ratio"), method.name(), x, ratio);
                claims.extend(claim(study, units, *kind, method, ratio));
            }
        }
    }
    let theory = "the objective is the exact likelihood of normal pixels".into();
    Ok(points.table(study, study.seed, [theory, tallied(&runs)], &claims))
}

/// All methods on one split of the images.
fn one(study: &OcclusionStudy, data: &Matrix, units: usize, streams: Streams) -> Result<Split> {
    let images = Images::split(data, study.threshold, study.training, streams)?;
    let masks = KINDS.map(|kind| kind.of(&images, study.width, streams));
    let masks = masks.into_iter().collect::<Result<Vec<Vec<bool>>>>()?;
    let signs = BinaryData::new(&images.training().transpose(), 0.0)?;
    let decay = study.divergence.decay;
    let fit = |from, epochs, persistent| {
        let settings = TrainingSettings {
            persistent,
            ..study.divergence.settings(units, epochs)
        };
        signs.fit(from, &settings, decay, streams)
    };
    let learnt = study.objective.learn(&images, units, streams)?;
    let gaussian = learnt.weights.as_ref();
    let binary = gaussian.map(|weights| as_binary(&images, weights));
    let further = match &binary {
        Some(rbm) => fit(Some(rbm.clone()), study.divergence.further, true)?,
        None => None,
    };
    let epochs = study.divergence.epochs;
    let trained = [fit(None, epochs, false)?, fit(None, epochs, true)?];
    let of_rbm = |rbm| Completer::binary(&images, rbm);
    let completers = [
        trained[0].as_ref().map(of_rbm),
        trained[1].as_ref().map(of_rbm),
        gaussian.map(|weights| Completer::gaussian(&images, weights)),
        binary.as_ref().map(of_rbm),
        further.as_ref().map(of_rbm),
    ];
    let mut errors = [[None; 6]; 2];
    for (errors, mask) in errors.iter_mut().zip(&masks) {
        for (error, completer) in errors.iter_mut().zip(&completers) {
            if let Some(completer) = completer {
                let completed = completer.complete(mask, streams)?;
                *error = Some(images.squared_error(mask, &completed));
            }
        }
        errors[Method::Mean as usize] = Some(images.error_of_mean(mask));
    }
    Ok(Split {
        errors,
        end: learnt.end,
    })
}

/// That the weights of the objective complete nearly as well as those of CD-1.
fn claim(
    study: &OcclusionStudy,
    units: usize,
    kind: Occlusion,
    method: Method,
    ratio: Option<Estimate>,
) -> Option<Claim> {
    let instead = match method {
        Method::Objective => {
            "the objective knows of each pixel its mean and variance alone, and the fields of the units on a pixel are not small: the more units, the further it falls behind"
        }
        Method::ObjectiveBinary => {
            "its weights are those of an RBM with normal pixels: completed by the posterior of that RBM they do better"
        }
        Method::ObjectiveFurther => {
            "so short a training does not make up for what the objective leaves out of many units"
        }
        _ => return None,
    };
    let text = format!(
        "mean squared error of occluded pixels ({}) by k = {units}, {}, in units of that by CD-1, random splits of the images into {} for training and the others",
        kind.name(),
        method.name(),
        study.training
    );
    let name = format!("{}, {}, k = {units}", method.name(), kind.name());
    let statement = Statement::new(name, "XKZ Fig. 3", text)
        .below(study.within)
        .instead(instead);
    Some(match ratio {
        Some(ratio) if ratio.count == study.instances => statement.measured(ratio, 0.0),
        _ => statement.not_obtained("a split has no weights of either"),
    })
}

impl OcclusionStudy {
    /// Keys of the bibliography.
    fn citations() -> Vec<String> {
        let all = [
            "xu2025",
            "hinton2002",
            "tieleman2008",
            "kingma2015",
            "alpaydin1998",
        ];
        all.map(str::to_owned).to_vec()
    }

    /// What a record of it is bound to: the study, and the images as they are now.
    pub(super) fn identity(&self) -> Result<serde_json::Value> {
        let mut identity = record_settings("study", self.seed, &Self::citations(), self)?;
        let mut sum = crc32fast::Hasher::new();
        for entry in read_data(&self.data)?.iter() {
            sum.update(&entry.to_le_bytes());
        }
        identity["images"] = sum.finalize().into();
        Ok(identity)
    }
}

impl Experiment for OcclusionStudy {
    type Answer = Tabulated<Self>;

    fn run(&self, watch: Watch) -> Result<Report<Tabulated<Self>>> {
        let table = run(self, &mut Journal::none(), watch)?;
        let settings = self.clone();
        let answer = Tabulated { settings, table };
        Ok(Report::new(self.seed, Self::citations(), answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ClaimVerdict;
    use crate::experiment::silent;
    use crate::occlusion::Objective;
    use crate::study::Divergence;

    fn study() -> OcclusionStudy {
        OcclusionStudy {
            seed: 1,
            data: "digits".into(),
            width: 8,
            threshold: 7.5,
            training: 1200,
            units: vec![4],
            instances: 5,
            within: 1.05,
            objective: Objective::default(),
            divergence: Divergence {
                epochs: 80,
                further: 2,
                batch: 50,
                rate: 0.05,
                decay: 0.01,
            },
        }
    }

    /// Four units complete as CD-1 does; a quarter of their weights does not, and is noticed.
    #[test]
    fn verdicts_change_with_the_weights() {
        let study = study();
        let data = read_data(&study.data).unwrap();
        let verdict = |scale: f64| {
            let ratios = (0..study.instances as u64).map(|instance| {
                let streams = Streams::new(study.seed).instance(instance);
                let images = Images::split(&data, study.threshold, study.training, streams)?;
                let mask = Occlusion::Random.of(&images, study.width, streams)?;
                let learnt = study.objective.learn(&images, 4, streams)?;
                let weights = learnt.weights.expect("a maximum") * scale;
                let completed = Completer::gaussian(&images, &weights).complete(&mask, streams)?;
                let own = images.squared_error(&mask, &completed);
                let split = one(&study, &data, 4, streams)?;
                let divergence = split.errors[0][0].expect("trained");
                if scale == 1.0 {
                    let ratio = split.ratio(0, Method::Objective).expect("both");
                    assert!((ratio - own / divergence).abs() < 1e-12);
                }
                Ok(own / divergence)
            });
            let ratios = ratios.collect::<Result<Vec<f64>>>().unwrap();
            let claim = claim(
                &study,
                4,
                Occlusion::Random,
                Method::Objective,
                Estimate::of(&ratios),
            );
            claim.expect("a claim").verdict
        };
        assert_eq!(verdict(1.0), ClaimVerdict::Agrees);
        assert_eq!(verdict(0.25), ClaimVerdict::Disagrees);
    }

    #[test]
    fn bad_studies_are_refused() {
        let refused = |study: OcclusionStudy| study.run(silent()).unwrap_err().to_string();
        let usual = study();
        for (study, words) in [
            (
                OcclusionStudy {
                    units: vec![],
                    ..usual.clone()
                },
                "units",
            ),
            (
                OcclusionStudy {
                    units: vec![2, 2],
                    ..usual.clone()
                },
                "units",
            ),
            (
                OcclusionStudy {
                    instances: 1,
                    ..usual.clone()
                },
                "two instances",
            ),
            (
                OcclusionStudy {
                    within: f64::NAN,
                    ..usual.clone()
                },
                "within",
            ),
            (
                OcclusionStudy {
                    width: 7,
                    ..usual.clone()
                },
                "width",
            ),
            (
                OcclusionStudy {
                    training: 1797,
                    ..usual.clone()
                },
                "training",
            ),
            (
                OcclusionStudy {
                    units: vec![1000],
                    ..usual.clone()
                },
                "units",
            ),
            (
                OcclusionStudy {
                    data: "none.csv".into(),
                    ..usual.clone()
                },
                "none.csv",
            ),
        ] {
            let message = refused(study);
            assert!(message.contains(words), "{words}: {message}");
        }
    }
}
