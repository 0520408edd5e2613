//! Options of a learning curve, checked and filled in.

use super::super::{flow_settings, times};
use super::{LearningSettings, LearningSource, LearningStart};
use crate::definitions::Catalogue;
use crate::error::{Error, Result};
use crate::experiment::settings::PriorSettings;
use crate::files::read_matrix;
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::options::LearningOptions;
use crate::spectral::learning::{
    AlignedLearning, Cluster, Level, LevelKind, OneMode, RotatingCluster, RotatingLearning,
};
use crate::spectral::normal_entries;

/// Largest `D × K` of weights that turn: each step takes their singular values.
const MOST_WEIGHTS: usize = 16_384;

/// What is learnt from, ready to run.
pub(super) enum Plan {
    /// Start, and where learning would end with each cluster alone.
    Aligned(AlignedLearning, Vec<f64>, Vec<Option<f64>>),
    /// Start.
    Rotating(RotatingLearning, Matrix),
}

impl LearningOptions {
    /// What is learnt from, and the settings with every default filled in.
    pub(super) fn resolve(&self, streams: Streams) -> Result<(Plan, LearningSettings)> {
        let times = times(self.times.as_deref(), self.until, self.points)?;
        let flow = flow_settings(self.tolerance, self.max_steps)?;
        let (plan, source, start, component) = match (&self.mu, &self.centres) {
            (Some(mu), None) => self.aligned(mu)?,
            (None, Some(file)) => self.rotating(file, streams)?,
            (None, None) => {
                let allowed = "give it, or --centres, for example --mu 0.8,0.6";
                return Err(Error::invalid("mu", "missing", allowed));
            }
            (Some(_), Some(_)) => {
                let allowed = "give one of mu and centres";
                return Err(Error::invalid("mu and centres", "given", allowed));
            }
        };
        let clusters = match &plan {
            Plan::Aligned(_, start, _) => start.len(),
            Plan::Rotating(learning, _) => learning.clusters().len(),
        };
        let modes = match &plan {
            Plan::Aligned(_, start, _) => start.len(),
            Plan::Rotating(_, start) => start.nrows().min(start.ncols()),
        };
        let bytes = 8 * times.len() as u128 * (4 * modes as u128 + 16);
        memory::require("the learning curve", bytes)?;
        let settings = LearningSettings {
            source,
            shares: self.shares(clusters)?,
            component,
            kappa: self.kappa(),
            level: self.level()?,
            start,
            times,
            flow,
        };
        Ok((plan, settings))
    }

    fn kappa(&self) -> f64 {
        self.kappa.unwrap_or(1.0)
    }

    /// The level; with its size.
    fn level(&self) -> Result<Level> {
        let usual = match self.centres {
            Some(_) => LevelKind::Sphere,
            None => LevelKind::Infinite,
        };
        let kind = self.level.unwrap_or(usual);
        if self.size.is_some() && self.visible_units.is_some() {
            let allowed = "give one of size and visible-units";
            return Err(Error::invalid("size and visible-units", "given", allowed));
        }
        let of_units = |units: usize| units as f64 * self.kappa().sqrt();
        let size = self.size.or(self.visible_units.map(of_units));
        let size = |kind: &str| {
            let allowed = format!("the level {kind} needs it, for example --size 1000");
            size.ok_or_else(|| Error::invalid("size", "missing", allowed))
        };
        Ok(match kind {
            LevelKind::Infinite => {
                let given = [
                    ("size", self.size.is_some()),
                    ("visible-units", self.visible_units.is_some()),
                ];
                if let Some((field, _)) = given.iter().find(|(_, given)| *given) {
                    let allowed = "the level infinite does not use it: choose another --level";
                    return Err(Error::invalid(*field, "given", allowed));
                }
                Level::Infinite
            }
            LevelKind::FreeEnergy => Level::FreeEnergy {
                size: size("free-energy")?,
            },
            LevelKind::Fluctuations => Level::Fluctuations {
                size: size("fluctuations")?,
            },
            LevelKind::Sphere => Level::Sphere {
                size: size("sphere")?,
            },
            LevelKind::Enumeration => match (self.visible_units, self.size) {
                (Some(visible_units), _) => Level::Enumeration { visible_units },
                (None, given) => {
                    let got = given.map_or_else(|| "missing".into(), |size| format!("size {size}"));
                    let allowed = "the level enumeration needs it, for example --visible-units 400";
                    return Err(Error::invalid("visible-units", got, allowed));
                }
            },
        })
    }

    fn shares(&self, clusters: usize) -> Result<Vec<f64>> {
        match &self.shares {
            Some(shares) if shares.len() == clusters => Ok(shares.clone()),
            Some(shares) => {
                let allowed = format!("give one for each of {clusters} pairs of clusters");
                Err(Error::invalid("shares", shares.len(), allowed))
            }
            None => Ok(vec![1.0 / clusters as f64; clusters]),
        }
    }

    fn aligned(&self, mu: &[f64]) -> Result<(Plan, LearningSource, LearningStart, PriorSettings)> {
        let unused = [
            ("start-weights", self.start_weights.is_some()),
            ("modes", self.modes.is_some()),
            ("start-scale", self.start_scale.is_some()),
        ];
        refuse_unused(
            &unused,
            "belongs to --centres: modes along clusters have --start",
        )?;
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        let name = self.component.as_deref().unwrap_or("rademacher");
        let definition = catalogue.prior(name, "component")?;
        let mode = OneMode::new(&definition.signal_law()?, self.kappa())?;
        let shares = self.shares(mu.len())?;
        let pairs = mu.iter().zip(&shares);
        let clusters: Vec<Cluster> = pairs.map(|(&mu, &weight)| Cluster { weight, mu }).collect();
        let learning = AlignedLearning::new(mode.clone(), &clusters, self.level()?)?;
        let alone = mu.iter().map(|&mu| mode.trained_weight(mu));
        let alone = alone.collect::<Result<Vec<_>>>()?;
        let values = match self.start.as_deref() {
            None => vec![0.01; mu.len()],
            Some(&[one]) => vec![one; mu.len()],
            Some(values) => values.to_vec(),
        };
        let source = LearningSource::Aligned { mu: mu.to_vec() };
        let start = LearningStart::Values {
            values: values.clone(),
        };
        let component = PriorSettings::new(name, &definition);
        Ok((
            Plan::Aligned(learning, values, alone),
            source,
            start,
            component,
        ))
    }

    fn rotating(
        &self,
        file: &std::path::Path,
        streams: Streams,
    ) -> Result<(Plan, LearningSource, LearningStart, PriorSettings)> {
        let unused = [("start", self.start.is_some())];
        refuse_unused(
            &unused,
            "belongs to --mu: modes that turn have --start-weights, or --start-scale",
        )?;
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        let name = self.component.as_deref().unwrap_or("gaussian");
        let definition = catalogue.prior(name, "component")?;
        if !OneMode::new(&definition.signal_law()?, self.kappa())?.is_gaussian() {
            let allowed =
                "modes can turn for gaussian components alone: no other law stays what it is";
            return Err(Error::invalid("component", name, allowed));
        }
        let Level::Sphere { size } = self.level()? else {
            let allowed = "modes that turn share the response as on a sphere: --level sphere";
            return Err(Error::invalid("level", "another", allowed));
        };
        let centres = read_matrix(file)?;
        let shares = self.shares(centres.nrows())?;
        let rows = centres.row_iter().zip(shares);
        let clusters: Vec<RotatingCluster> = rows
            .map(|(row, weight)| RotatingCluster {
                weight,
                mu: row.iter().copied().collect(),
            })
            .collect();
        let learning = RotatingLearning::new(self.kappa(), &clusters, size)?;
        let directions = learning.directions();
        let (weights, start) = match &self.start_weights {
            Some(file) => {
                let unused = [
                    ("modes", self.modes.is_some()),
                    ("start-scale", self.start_scale.is_some()),
                ];
                refuse_unused(&unused, "--start-weights has the start: leave one out")?;
                (
                    read_matrix(file)?,
                    LearningStart::File { file: file.clone() },
                )
            }
            None => {
                let modes = self.modes.unwrap_or(clusters.len());
                let scale = self.start_scale.unwrap_or(0.01);
                crate::error::require_between("start-scale", scale, 1e-12, 10.0)?;
                require_weights(directions, modes, "modes")?;
                let mut stream = streams.stream(Purpose::Start, 0);
                let weights = normal_entries(directions, modes, scale, &mut stream);
                (weights, LearningStart::Random { scale, modes })
            }
        };
        require_weights(weights.nrows(), weights.ncols(), "start-weights")?;
        let source = LearningSource::Centres {
            file: file.to_owned(),
            directions,
        };
        let component = PriorSettings::new(name, &definition);
        Ok((Plan::Rotating(learning, weights), source, start, component))
    }
}

fn refuse_unused(given: &[(&str, bool)], allowed: &str) -> Result<()> {
    match given.iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(Error::invalid(*field, "given", allowed)),
        None => Ok(()),
    }
}

fn require_weights(rows: usize, columns: usize, field: &str) -> Result<()> {
    let fits = rows.checked_mul(columns);
    if columns > 0 && fits.is_some_and(|count| count <= MOST_WEIGHTS) {
        return Ok(());
    }
    let allowed = format!("directions times modes can be at most {MOST_WEIGHTS}, and not 0");
    Err(Error::invalid(
        field,
        format!("{rows} × {columns}"),
        allowed,
    ))
}
