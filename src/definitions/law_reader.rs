//! Reads the laws that a potential's terms are averaged over.

use super::file::Located;
use super::potential::{Average, AverageLaw};
use super::potential_reader::Reader;
use super::prior::PriorLaw;
use crate::error::Result;
use crate::law::ContinuousLaw;
use crate::symbolic::{Expression, Symbol};

impl Reader<'_> {
    /// `x ~ law`, given the averages before it.
    pub fn average(&self, text: &Located, before: &[Average]) -> Result<Average> {
        let malformed = || {
            let hint = "write \"x ~ normal\", \"x ~ normal(mean, variance)\" or \"u ~ rademacher\"";
            self.file
                .whole_error(text, "expected a variable, ~ and a law", hint)
        };
        let at = text.text.find('~').ok_or_else(malformed)?;
        let (name, law) = (text.part(0, at), text.part(at + 1, text.text.len()));
        let variable = Symbol::new(&name.text);
        if !self.variables.contains(&variable) {
            let declared: Vec<&str> = self.variables.iter().map(Symbol::name).collect();
            let reason = format!("an average over the undeclared variable \"{variable}\"");
            let hint = match declared.as_slice() {
                [] => format!("add variables = [\"{variable}\"] at the top"),
                names => format!("declared in variables: {}", names.join(", ")),
            };
            return Err(self.file.whole_error(&name, reason, hint));
        }
        if before.iter().any(|average| average.variable == variable) {
            return Err(self.file.whole_error(
                &name,
                format!("\"{variable}\" is averaged over twice"),
                "remove one",
            ));
        }
        let (law_name, arguments) = law.application().ok_or_else(malformed)?;
        let written = law.text.clone();
        let law = self.law(&law_name, &arguments, before, &law)?;
        Ok(Average {
            variable,
            law,
            written,
        })
    }

    fn law(
        &self,
        name: &Located,
        arguments: &[Located],
        before: &[Average],
        whole: &Located,
    ) -> Result<AverageLaw> {
        let conditional = |text: &Located| -> Result<Expression> {
            let formula = self.formula(&self.scope, text)?;
            self.refuse_free_variables(&formula, before, text)?;
            Ok(formula)
        };
        match (name.text.as_str(), arguments) {
            ("normal", []) => Ok(AverageLaw::Normal {
                mean: Expression::integer(0),
                variance: Expression::integer(1),
            }),
            ("normal", [mean, variance]) => {
                let law = [conditional(mean)?, conditional(variance)?];
                if law[1].as_number().is_some_and(|own| own.is_negative()) {
                    let hint = "a variance is at least 0";
                    return Err(self
                        .file
                        .whole_error(variance, "the variance is negative", hint));
                }
                let [mean, variance] = law;
                Ok(AverageLaw::Normal { mean, variance })
            }
            ("line", [centre, width]) => Ok(AverageLaw::Line {
                centre: conditional(centre)?,
                width: conditional(width)?,
            }),
            ("half_line", [width]) => Ok(AverageLaw::HalfLine {
                width: conditional(width)?,
            }),
            ("uniform", [low, high]) => {
                let law = ContinuousLaw::Uniform {
                    low: self.number(low)?,
                    high: self.number(high)?,
                };
                self.continuous(law, whole)
            }
            ("laplace", [scale]) => {
                let law = ContinuousLaw::Laplace {
                    scale: self.number(scale)?,
                };
                self.continuous(law, whole)
            }
            ("normal" | "line", _) => {
                let hint = "write normal, normal(mean, variance) or line(centre, width)";
                Err(self.file.whole_error(
                    whole,
                    format!("{} takes two arguments", name.text),
                    hint,
                ))
            }
            ("half_line", _) => {
                let hint = "write half_line(width)";
                Err(self
                    .file
                    .whole_error(whole, "half_line takes one argument", hint))
            }
            (role, [_, ..]) if self.priors.contains_key(role) => Err(self.file.whole_error(
                whole,
                format!("\"{role}\" is a prior of this potential: it takes no parameters here"),
                "set its parameters where the prior is chosen, in [priors]",
            )),
            _ => self.prior_law(name, whole),
        }
    }

    /// A number that may depend on control parameters only.
    fn number(&self, text: &Located) -> Result<f64> {
        let formula = self.file.formula(&self.scope, text)?.expression;
        let values = self
            .values
            .iter()
            .map(|(name, value)| (Symbol::new(name), Expression::real(*value)))
            .collect();
        let formula = formula.substitute(&values);
        if let Some(symbol) = formula.variables().first() {
            let reason = format!("the parameters of this law may not depend on \"{symbol}\"");
            return Err(self.file.whole_error(
                text,
                reason,
                "only normal(mean, variance), line(centre, width) and half_line(width) may",
            ));
        }
        Ok(formula.constant())
    }

    fn continuous(&self, law: ContinuousLaw, text: &Located) -> Result<AverageLaw> {
        match law.is_valid() {
            true => Ok(AverageLaw::Continuous(law)),
            false => Err(self.file.whole_error(
                text,
                format!("{law:?} is not a law"),
                ContinuousLaw::PARAMETERS,
            )),
        }
    }

    /// The law of a role's prior, or of a prior by its own name.
    fn prior_law(&self, name: &Located, whole: &Located) -> Result<AverageLaw> {
        let named;
        let prior = match self.priors.get(&name.text) {
            Some(prior) => prior,
            None => {
                named = self.catalogue.prior(&whole.text, "law").map_err(|error| {
                    let laws = "laws: normal, line(centre, width), half_line(width), uniform(low, high), laplace(scale), or a prior";
                    self.file.whole_error(whole, error.to_string(), laws)
                })?;
                &named
            }
        };
        match &prior.law {
            PriorLaw::Atoms { values, weights } => {
                let number = |formula: &Expression| prior.with_values(formula).constant();
                Ok(AverageLaw::Discrete(
                    values
                        .iter()
                        .zip(weights)
                        .map(|(value, weight)| (number(value), number(weight)))
                        .collect(),
                ))
            }
            PriorLaw::Gaussian { correlation: None } => Ok(AverageLaw::Normal {
                mean: Expression::integer(0),
                variance: Expression::integer(1),
            }),
            PriorLaw::Continuous(law) => Ok(AverageLaw::Continuous(*law)),
            _ => {
                let reason = format!(
                    "the prior \"{}\" is not a law of one real variable that can be averaged over",
                    prior.name
                );
                Err(self
                    .file
                    .whole_error(whole, reason, "use one with atoms or a sampler"))
            }
        }
    }
}
