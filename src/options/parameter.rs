//! Control parameters by name: what an axis of a sweep varies.

use super::ModelOptions;
use crate::definitions::with_setting;
use crate::error::{Error, Result};
use crate::symbolic::closest;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A control parameter of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ControlParameter {
    /// `alpha`: samples per visible unit.
    Alpha,
    /// `strength`: a common factor on the signal strengths of the model.
    Strength,
    /// `lambda`: all signal strengths, set to one value.
    CommonLambda,
    /// `lambda-1`, `lambda-2`, …: the strength of one signal (here counted from 0).
    Lambda(usize),
    /// `bias-1`, `bias-2`, …: the bias of one hidden unit (here counted from 0).
    Bias(usize),
    /// `hidden.rho` and the like: a parameter of a prior.
    Prior(PriorRole, String),
}

/// Which of the three priors of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriorRole {
    /// Hidden units.
    Hidden,
    /// Sample signals.
    Signal,
    /// Visible signals.
    VisibleSignal,
}

impl PriorRole {
    const ALL: [Self; 3] = [Self::Hidden, Self::Signal, Self::VisibleSignal];

    fn name(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Signal => "signal",
            Self::VisibleSignal => "visible-signal",
        }
    }
}

impl FromStr for ControlParameter {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        let numbered = |prefix: &str| {
            let number: usize = name.strip_prefix(prefix)?.parse().ok()?;
            number.checked_sub(1)
        };
        if let Some((role, key)) = name.split_once('.')
            && let Some(role) = PriorRole::ALL.into_iter().find(|own| own.name() == role)
            && !key.is_empty()
        {
            return Ok(Self::Prior(role, key.into()));
        }
        match name {
            "alpha" => return Ok(Self::Alpha),
            "strength" => return Ok(Self::Strength),
            "lambda" => return Ok(Self::CommonLambda),
            _ => {}
        }
        if let Some(signal) = numbered("lambda-") {
            return Ok(Self::Lambda(signal));
        }
        if let Some(unit) = numbered("bias-") {
            return Ok(Self::Bias(unit));
        }
        let known = [
            "alpha",
            "strength",
            "lambda",
            "lambda-1",
            "bias-1",
            "hidden.rho",
        ];
        let hint = match closest(name, known.into_iter()) {
            Some(near) => format!(" (did you mean \"{near}\"?)"),
            None => String::new(),
        };
        Err(format!(
            "\"{name}\" is not a control parameter{hint}: there are alpha, strength, lambda, lambda-1 …, bias-1 …, and parameters of the priors such as hidden.rho, signal.rho, visible-signal.rho"
        ))
    }
}

impl TryFrom<String> for ControlParameter {
    type Error = String;

    fn try_from(name: String) -> std::result::Result<Self, String> {
        name.parse()
    }
}

impl From<ControlParameter> for String {
    fn from(parameter: ControlParameter) -> Self {
        parameter.to_string()
    }
}

impl fmt::Display for ControlParameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alpha => formatter.write_str("alpha"),
            Self::Strength => formatter.write_str("strength"),
            Self::CommonLambda => formatter.write_str("lambda"),
            Self::Lambda(signal) => write!(formatter, "lambda-{}", signal + 1),
            Self::Bias(unit) => write!(formatter, "bias-{}", unit + 1),
            Self::Prior(role, key) => write!(formatter, "{}.{key}", role.name()),
        }
    }
}

impl ControlParameter {
    /// Whether the parameter changes a prior, so that the priors have to be read anew.
    pub fn changes_priors(&self) -> bool {
        matches!(self, Self::Prior(..) | Self::Bias(_))
    }

    /// Whether values need not be positive.
    pub fn may_be_negative(&self) -> bool {
        self.changes_priors()
    }

    /// Whether smaller values make all signals of a model with `signals` of them weaker, or their
    /// samples fewer.
    pub fn weakens_all(&self, signals: usize) -> bool {
        match self {
            Self::Alpha | Self::Strength | Self::CommonLambda => true,
            Self::Lambda(_) => signals == 1,
            Self::Bias(_) | Self::Prior(..) => false,
        }
    }

    /// Whether two parameters would overwrite each other.
    pub fn overlaps(&self, other: &Self) -> bool {
        let strength =
            |one: &Self| matches!(one, Self::Strength | Self::CommonLambda | Self::Lambda(_));
        match (self, other) {
            (Self::Lambda(a), Self::Lambda(b)) => a == b,
            (a, b) => a == b || (strength(a) && strength(b)),
        }
    }

    /// Sets the parameter in the options of a model.
    ///
    /// # Errors
    /// A signal or a unit that the model does not have, or a prior that takes no parameter.
    pub fn set(&self, options: &mut ModelOptions, value: f64) -> Result<()> {
        match self {
            Self::Alpha => options.alpha = Some(value),
            Self::Strength => self.strengths(options, |lambda| lambda * value)?,
            Self::CommonLambda => self.strengths(options, |_| value)?,
            Self::Lambda(signal) => {
                let count = options.lambda.as_ref().map_or(0, Vec::len);
                match options.lambda.as_mut().and_then(|all| all.get_mut(*signal)) {
                    Some(lambda) => *lambda = value,
                    None => return Err(self.absent(count, "signals (the entries of lambda)")),
                }
            }
            Self::Bias(unit) => {
                let units = options
                    .units
                    .or(options.lambda.as_ref().map(Vec::len))
                    .unwrap_or(0);
                let bias = options.bias.get_or_insert_with(|| vec![0.0; units]);
                let count = bias.len();
                match bias.get_mut(*unit) {
                    Some(bias) => *bias = value,
                    None => return Err(self.absent(count, "hidden units")),
                }
            }
            Self::Prior(role, key) => {
                let prior = match role {
                    PriorRole::Hidden => &mut options.hidden,
                    PriorRole::Signal => &mut options.signal,
                    PriorRole::VisibleSignal => &mut options.visible_signal,
                };
                let request = prior.as_deref().unwrap_or("rademacher");
                *prior = Some(with_setting(request, role.name(), key, value)?);
            }
        }
        Ok(())
    }

    fn strengths(&self, options: &mut ModelOptions, change: impl Fn(f64) -> f64) -> Result<()> {
        let Some(lambda) = &mut options.lambda else {
            return Err(self.absent(0, "signals (the entries of lambda)"));
        };
        for lambda in lambda {
            *lambda = change(*lambda);
        }
        Ok(())
    }

    fn absent(&self, count: usize, what: &str) -> Error {
        let allowed = format!("the model has {count} {what}: choose another, or change the model");
        Error::invalid("parameter", format!("\"{self}\""), allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways_and_unknown_ones_are_refused_with_a_hint() {
        for name in [
            "alpha",
            "strength",
            "lambda",
            "lambda-2",
            "bias-1",
            "signal.rho",
        ] {
            let parameter: ControlParameter = name.parse().expect("known");
            assert_eq!(parameter.to_string(), name);
        }
        for wrong in ["lambda-0", "lambda-x", "rho", "hidden.", "other.rho", ""] {
            assert!(wrong.parse::<ControlParameter>().is_err(), "{wrong}");
        }
        let error = "alhpa".parse::<ControlParameter>().expect_err("unknown");
        assert!(error.contains("did you mean \"alpha\""), "{error}");
    }

    #[test]
    fn setting_changes_the_options() {
        let mut options = ModelOptions {
            lambda: Some(vec![1.0, 0.5]),
            signal: Some("sparse-ternary(rho=0.2)".into()),
            ..ModelOptions::default()
        };
        let set = |options: &mut ModelOptions, name: &str, value| {
            name.parse::<ControlParameter>()
                .expect("known")
                .set(options, value)
        };
        set(&mut options, "strength", 1.2).expect("valid");
        set(&mut options, "lambda-2", 0.7).expect("valid");
        set(&mut options, "signal.rho", 0.3).expect("valid");
        assert_eq!(options.lambda, Some(vec![1.2, 0.7]));
        assert_eq!(options.signal.as_deref(), Some("sparse-ternary(rho=0.3)"));
        let error = set(&mut options, "lambda-3", 1.0).expect_err("no such signal");
        assert!(error.to_string().contains("2 signals"), "{error}");
        options.hidden = Some("mine.toml".into());
        assert!(set(&mut options, "hidden.rho", 0.1).is_err());
    }

    #[test]
    fn overlapping_parameters_are_known() {
        let parse = |name: &str| name.parse::<ControlParameter>().expect("known");
        assert!(parse("strength").overlaps(&parse("lambda-1")));
        assert!(!parse("lambda-2").overlaps(&parse("lambda-1")));
        assert!(!parse("hidden.rho").overlaps(&parse("signal.rho")));
    }
}
