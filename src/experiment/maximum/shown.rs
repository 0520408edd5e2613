//! The maximum in tables and words.

use super::sizes::{AtSize, ENOUGH, EXCLUDED, Extrapolated, LevelStanding};
use super::{Maxima, SizeFit};
use crate::comparison::Verdict;
use crate::experiment::Answer;
use crate::quantity::Quantity;
use crate::rsb::BrokenEnd;
use crate::simulation::Climb;
use crate::table::{Column, Digits, Table, Value};

/// A gap below this is rounding: all ends are the best one.
const NO_GAP: f64 = 1e-7;

impl Maxima {
    fn searches(&self) -> Table {
        let climbs = &self.settings.climbs;
        let title = format!(
            "best of {} random, {} planted and {} annealed starts on each instance, {}",
            climbs.random,
            climbs.planted,
            climbs.annealed,
            self.settings.model.words()
        );
        let short = |name: &str| Column::new(name).digits(Digits::Shortest);
        let columns = [
            short("d"),
            short("instances"),
            short("hits").headed("hits (median)"),
            Column::new("single_hits")
                .headed("single hits")
                .digits(Digits::Fixed(2)),
            Column::new("unplanted")
                .headed("found unplanted")
                .digits(Digits::Fixed(2)),
            Column::new("smallest_eigenvalue").headed("smallest eigenvalue"),
            Column::new("smallest_eigenvalue_error").headed("±"),
            short("unfinished"),
            short("saddles"),
            short("failed"),
            Column::new("standing"),
        ];
        let mut table = Table::new(title, columns);
        for own in &self.sizes {
            table.push(vec![
                own.d.into(),
                own.instances.into(),
                own.hits.into(),
                own.single_hits.into(),
                own.unplanted.into(),
                own.smallest.map(|own| own.value).into(),
                own.smallest.map(|own| own.standard_error).into(),
                own.unfinished.into(),
                own.saddles.into(),
                own.failed.into(),
                own.standing.name().into(),
            ]);
        }
        table
    }

    fn numbers(&self) -> Table {
        let columns = [
            Column::new("ends"),
            Column::new("quantity"),
            Column::new("d").digits(Digits::Shortest),
            Column::new("instances").digits(Digits::Shortest),
            Column::new("value"),
            Column::new("standard_error").headed("standard error"),
            Column::new("standing"),
        ];
        let title = "means over instances (medians of V)";
        let mut table = Table::new(title, columns);
        for (name, own) in self.all() {
            for at in &own.sizes {
                table.push(size_cells(&name, own, at));
            }
        }
        table
    }

    fn limits(&self) -> Table {
        let columns = [
            Column::new("ends"),
            Column::new("quantity"),
            Column::new("power").digits(Digits::Fixed(3)),
            Column::new("limit"),
            Column::new("standard_error").headed("standard error"),
            Column::new("p_value").headed("p").digits(Digits::Fixed(3)),
            Column::new("theory"),
            Column::new("predicted"),
            Column::new("predicted_error").headed("±"),
            Column::new("deviation")
                .headed("deviation (s.e.)")
                .digits(Digits::Fixed(2)),
        ];
        let title = "limits by fits a + b d^(−power), and theory";
        let mut table = Table::new(title, columns);
        for (name, own) in self.all() {
            // A row for each theory, the fits beside the first ones.
            for place in 0..own.fits.len().max(own.theory.len()) {
                let fit = own.fits.get(place);
                let theory = own.theory.get(place);
                table.push(vec![
                    name.as_str().into(),
                    own.quantity.into(),
                    fit.map(|own| own.power).into(),
                    fit.map(|own| own.limit.value).into(),
                    fit.map(|own| own.limit.standard_error).into(),
                    fit.and_then(|own| own.p_value).into(),
                    theory.map_or(Value::Missing, |own| own.theory.name().into()),
                    theory.map(|own| own.value.value).into(),
                    theory.map(|own| own.value.standard_error).into(),
                    theory.and_then(|own| own.deviation).into(),
                ]);
            }
        }
        table
    }

    /// The best ends, and the mean ends of each kind of climb.
    fn all(&self) -> impl Iterator<Item = (String, &Extrapolated)> {
        let best = self.quantities.iter().map(|own| ("best".to_owned(), own));
        let levels = self.levels.iter().flat_map(|level| {
            let name = level.climb.name();
            let gap = (format!("best − {name}"), &level.gap);
            let numbers = level.numbers.iter().map(move |own| (name.to_owned(), own));
            numbers.chain([gap])
        });
        best.chain(levels)
    }

    fn verdicts(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for own in &self.quantities {
            let symbol = own.quantity.symbol();
            if own.fits.is_empty() {
                notes.push(match self.sizes.len() {
                    1 => format!("{symbol}: no limit of one size: give several (--d)"),
                    _ => format!(
                        "{symbol}: no limit, as fewer than two sizes have a maximum: give more starts (--random, --annealed) or smaller sizes"
                    ),
                });
                continue;
            }
            let far = own.theory.iter().filter(|theory| theory.excluded);
            let far = far.filter_map(|theory| {
                Some(format!(
                    "{} ({:.1} s.e.)",
                    theory.theory.name(),
                    theory.deviation?
                ))
            });
            let far: Vec<String> = far.collect();
            if !far.is_empty() {
                notes.push(format!(
                    "{symbol} excludes {}, by each power of d that is possible",
                    far.join(", ")
                ));
            }
            if let [first, second] = own.fits[..] {
                let apart = (first.limit.value - second.limit.value).abs();
                if apart > EXCLUDED * first.limit.standard_error {
                    notes.push(format!(
                        "{symbol}: the limits by both powers differ by {apart:.2e}, more than their standard errors; theories are compared with the nearer one"
                    ));
                }
            }
            if !own.fits.iter().any(SizeFit::is_possible) {
                notes.push(format!(
                    "{symbol} follows neither power of d over these sizes: its limit is not known"
                ));
            }
            let compared = own.theory.iter().any(|theory| theory.deviation.is_some());
            if own.quantity.quantity == Quantity::Zeta && !compared {
                notes.push(format!(
                    "{symbol} is not compared: at these sizes the overlap by theory is not far above its fluctuations, or not resolved"
                ));
            }
        }
        if self.sizes.iter().any(|own| own.instances < ENOUGH) {
            notes.push(format!(
                "fewer than {ENOUGH} instances of a size: standard errors are rough, and nothing is excluded"
            ));
        }
        notes
    }

    /// Which ends lie below the maximum.
    fn gaps(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for level in &self.levels {
            let Some(fit) = level.gap.fits.first() else {
                continue;
            };
            let name = level.climb.name();
            if fit.limit.value.abs() < NO_GAP {
                notes.push(format!("{name} ends are the best ones in the limit"));
                continue;
            }
            let possible = || level.gap.fits.iter().filter(|fit| fit.is_possible());
            let open = |fit: &SizeFit| fit.limit.value > EXCLUDED * fit.limit.standard_error;
            let enough = self.sizes.iter().all(|own| own.instances >= ENOUGH);
            let mut words = match (possible().count(), possible().all(open)) {
                (0, _) => "it follows neither power of d, and its limit is not known".to_owned(),
                _ if !enough => "of few instances".into(),
                (_, true) => "it does not close".into(),
                (_, false) => "it may close".into(),
            };
            if level.climb == Climb::Gradient {
                words += &format!(
                    "; after {} steps {:.0} % of the runs still climb",
                    self.settings.climbs.steps,
                    100.0 * level.unconverged
                );
            }
            notes.push(format!(
                "{name} ends lie below the best ones of their instances, in the limit by {:.2e} ± {:.2e}: {words}",
                fit.limit.value, fit.limit.standard_error,
            ));
        }
        notes
    }
}

impl Answer for Maxima {
    fn tables(&self) -> Vec<Table> {
        vec![self.limits(), self.searches(), self.numbers()]
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![match self.verdict() {
            Some(Verdict::Agrees) => "verdict: theory agrees".into(),
            Some(Verdict::Disagrees) => "verdict: theory disagrees".into(),
            Some(Verdict::TooFewInstances) => {
                "verdict: too few instances, or sizes with a maximum, to tell".to_owned()
            }
            None => "verdict: there is no theory to compare with".into(),
        }];
        if self.theory.end != BrokenEnd::Converged {
            notes.push(format!("theory: {}", self.theory.explanation));
        }
        for own in &self.sizes {
            if own.standing == LevelStanding::LowerBound {
                notes.push(format!(
                    "d = {}: {:.0} % of the best ends were found once: their mean is a lower bound of the maximum, and left out of the limits",
                    own.d,
                    100.0 * own.single_hits
                ));
            }
            if own.failed > 0 {
                notes.push(format!(
                    "d = {}: {} climbs left the domain or were not finite: they are missing",
                    own.d, own.failed
                ));
            }
            if own.unfinished + own.saddles > 0 {
                notes.push(format!(
                    "d = {}: {} best ends did not converge, {} are no local maxima; they are among the numbers",
                    own.d, own.unfinished, own.saddles
                ));
            }
        }
        if let Some(power) = self.gap_power {
            notes.push(format!(
                "smallest eigenvalue of the Hessian ∝ d^({:.2} ± {:.2}): about −2/3 where the maximum is marginal, 0 where it is gapped",
                power.value, power.standard_error
            ));
        }
        notes.extend(self.verdicts());
        notes.extend(self.gaps());
        notes.push("noise of each instance is constrained: along the signals, and in its size, it is at its mean; the limit is the same".into());
        notes
    }
}

fn size_cells(name: &str, own: &Extrapolated, at: &AtSize) -> Vec<Value> {
    vec![
        name.into(),
        own.quantity.into(),
        at.d.into(),
        at.count.into(),
        at.value.value.into(),
        at.value.standard_error.into(),
        at.standing.name().into(),
    ]
}
