//! The analysis as tables and remarks.

use super::Analyzed;
use crate::ensemble::Estimate;
use crate::experiment::Answer;
use crate::table::{Column, Digits, Table, Value};
use crate::theory::Nature;

impl Analyzed {
    pub(crate) fn signal_table(&self) -> Table {
        let columns = [
            Column::new("signal").digits(Digits::Shortest),
            Column::new("eigenvalue"),
            Column::new("statistic").headed("Tracy–Widom"),
            Column::new("p_value").headed("p"),
            Column::new("lambda").headed("λ"),
            Column::new("error").headed("±"),
            Column::new("low").headed("95 % from"),
            Column::new("high").headed("to"),
            Column::new("kurtosis").headed("kurtosis"),
            Column::new("overlap_pca").headed("overlap of PCA"),
            Column::new("samples_needed").headed("samples needed"),
            Column::new("zeta").headed("predicted ζ"),
            Column::new("zeta_error").headed("±"),
            Column::new("samples_useful").headed("samples useful"),
            Column::new("assumption_violated").headed("assumption violated"),
        ];
        let mut table = Table::new("directions that are taken for signals", columns);
        for (at, signal) in self.signals.iter().enumerate() {
            let predicted = self.predicted.as_ref();
            let unit = predicted.and_then(|predicted| predicted.units.get(at));
            table.push(vec![
                (at + 1).into(),
                signal.test.eigenvalue.into(),
                signal.test.statistic.into(),
                signal.test.p_value.into(),
                signal.lambda.into(),
                signal.error.into(),
                signal.interval95.map(|[low, _]| low).into(),
                signal.interval95.map(|[_, high]| high).into(),
                signal.kurtosis.into(),
                signal.overlap_pca.into(),
                signal.samples_needed.into(),
                unit.map(|unit| unit.zeta).into(),
                unit.and_then(|unit| unit.zeta_error).into(),
                signal.samples_useful.into(),
                signal.assumption_violated.into(),
            ]);
        }
        table
    }

    pub(crate) fn noise_table(&self) -> Option<Table> {
        let (noise, distance) = self.noise.zip(self.bulk_distance)?;
        let columns = [
            Column::new("median").headed("σ² of the median"),
            Column::new("fit").headed("of the fit"),
            Column::new("trace").headed("of the mean"),
            Column::new("n_ks").headed("N·KS"),
            Column::new("limit").headed("limit"),
            Column::new("p_value").headed("p"),
            Column::new("inside_support").headed("within the edges"),
            Column::new("levels_agree").headed("levels agree"),
        ];
        let mut table = Table::new("noise", columns);
        let numbers = [
            noise.median,
            noise.fit,
            noise.trace,
            distance.n_ks,
            distance.limit,
            distance.p_value,
            distance.inside_support,
        ];
        let mut row = numbers.map(Value::from).to_vec();
        row.push(distance.levels_agree.into());
        table.push(row);
        Some(table)
    }

    pub(crate) fn half_table(&self) -> Table {
        let columns = [
            Column::new("direction").digits(Digits::Shortest),
            Column::new("overlap"),
            Column::new("expected").headed("in theory"),
            Column::new("subspace").headed("spaces up to it"),
        ];
        let title = "principal directions of two halves of the data";
        let mut table = Table::new(title, columns);
        let pairs = self.split_half.directions.iter();
        for (at, (overlap, subspace)) in pairs.zip(&self.split_half.subspaces).enumerate() {
            table.push(vec![
                (at + 1).into(),
                (*overlap).into(),
                self.signals
                    .get(at)
                    .map(|signal| signal.split_half_expected)
                    .into(),
                (*subspace).into(),
            ]);
        }
        table
    }

    pub(crate) fn gain_table(&self) -> Option<Table> {
        let predicted = self.predicted.as_ref()?;
        let columns = [
            Column::new("units").digits(Digits::Shortest),
            Column::new("nature").headed("solution"),
            Column::new("gain_in").headed("gain on the data"),
            Column::new("gain_out").headed("on fresh data"),
            Column::new("gain_out_error").headed("± by λ"),
            Column::new("quadrature_error").headed("quadrature"),
            Column::new("replicon"),
            Column::new("aligned"),
            Column::new("assumption_violated").headed("assumption violated"),
        ];
        let mut table = Table::new("prediction, nats per sample", columns);
        for gain in &predicted.gains {
            table.push(vec![
                gain.units.into(),
                gain.nature.map_or("none", Nature::name).into(),
                gain.gain_in.into(),
                gain.gain_out.into(),
                gain.gain_out_error.into(),
                gain.quadrature_error.into(),
                gain.replicon.into(),
                gain.aligned.into(),
                predicted.assumption_violated.into(),
            ]);
        }
        Some(table)
    }
}

impl Analyzed {
    pub(crate) fn comparison_table(&self) -> Option<Table> {
        if self.bootstrap.is_none() && self.obtained.is_none() {
            return None;
        }
        let columns = [
            Column::new("units").digits(Digits::Shortest),
            Column::new("quantity"),
            Column::new("predicted").headed("state evolution"),
            Column::new("bootstrap").headed("synthetic data"),
            Column::new("deviation").headed("scatter"),
            Column::new("obtained"),
            Column::new("error").headed("±"),
            Column::new("distance").headed("distance in scatters"),
        ];
        let mut table = Table::new("predicted, on synthetic data, and obtained", columns);
        for own in self.comparisons() {
            table.push(vec![
                own.units.into(),
                own.quantity.to_string().into(),
                own.predicted.into(),
                own.bootstrap.map(|scatter| scatter.mean).into(),
                own.bootstrap.map(|scatter| scatter.deviation).into(),
                own.obtained.into(),
                own.error.into(),
                own.distance().into(),
            ]);
        }
        Some(table)
    }
}

impl Analyzed {
    pub(crate) fn completion_table(&self) -> Option<Table> {
        if self.completions.is_empty() {
            return None;
        }
        let columns = [
            Column::new("occlusion").headed("hidden half"),
            Column::new("by").headed("completed by"),
            Column::new("error").headed("mean squared error"),
            Column::new("error_error").headed("±"),
            Column::new("over_means").headed("over that of means"),
            Column::new("over_means_error").headed("±"),
            Column::new("over_divergence").headed("over that of CD-1"),
            Column::new("over_divergence_error").headed("±"),
        ];
        let mut table = Table::new("hidden entries of rows kept apart", columns);
        for own in &self.completions {
            let pair = |estimate: Option<Estimate>| {
                let error = estimate.and_then(|estimate| estimate.standard_error);
                [estimate.map(|estimate| estimate.mean), error].map(Value::from)
            };
            let numbers = [own.error, own.over_means, own.over_divergence].map(pair);
            let names = [own.occlusion.name(), own.by.name()].map(Value::from);
            table.push(
                names
                    .into_iter()
                    .chain(numbers.into_iter().flatten())
                    .collect(),
            );
        }
        Some(table)
    }
}

impl Answer for Analyzed {
    fn tables(&self) -> Vec<Table> {
        let more = [
            self.noise_table(),
            Some(self.half_table()),
            self.gain_table(),
            self.comparison_table(),
            self.completion_table(),
        ];
        let all = [self.signal_table()].into_iter();
        all.chain(more.into_iter().flatten()).collect()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.warnings.clone();
        notes.push(format!(
            "{} samples of {} columns that vary, α = {:.4}",
            self.n, self.d, self.alpha
        ));
        let white = self.noise.is_some() && !self.assumption_violated;
        if white {
            notes.push(format!(
                "a direction can be seen from λ = {:.4} on, in units of the noise",
                self.threshold
            ));
        }
        if white {
            let more = self.with_more.iter();
            let more: Vec<String> = more
                .map(|more| format!("{} times as many: {:.4}", more.factor, more.threshold))
                .collect();
            notes.push(format!("with more samples, {}", more.join(", ")));
        }
        if let Some(detect) = self.lambda_detect.filter(|_| white) {
            notes.push(format!(
                "found in 95 of 100 data sets of this shape: λ > {detect:.4}"
            ));
        }
        if let Some(upper) = self.next_signal_upper95.filter(|_| white) {
            notes.push(format!(
                "a further signal, if there is one, has λ < {upper:.4}"
            ));
        }
        if let Some(predicted) = &self.predicted {
            let law = &predicted.law;
            notes.push(match predicted.best {
                Some(0) => format!("signals {law}: every unit loses on fresh data"),
                Some(1) => {
                    format!("signals {law}: at these strengths one unit gains most on fresh data")
                }
                Some(best) => {
                    format!(
                        "signals {law}: at these strengths {best} units gain most on fresh data"
                    )
                }
                None => "a gain on fresh data is not known".into(),
            });
        }
        for run in self.obtained.iter().flat_map(|obtained| &obtained.runs) {
            if !run.end.is_finished() {
                notes.push(format!(
                    "training of {} units: {}",
                    run.units,
                    run.end.name()
                ));
            }
        }
        for point in self.obtained.iter().flat_map(|obtained| &obtained.curve) {
            if !point.end.is_finished() {
                notes.push(format!(
                    "learning curve, {} rows: {}",
                    point.rows,
                    point.end.name()
                ));
            }
        }
        for gain in self.bootstrap.iter().flat_map(|bootstrap| &bootstrap.gains) {
            if gain.unfinished > 0 {
                notes.push(format!(
                    "{} units: training did not come to its end on {} of {} synthetic data sets",
                    gain.units,
                    gain.unfinished,
                    self.bootstrap.as_ref().map_or(0, |all| all.sets)
                ));
            }
            if gain.failed > 0 {
                notes.push(format!(
                    "{} units: training failed on {} synthetic data sets, which are in no mean",
                    gain.units, gain.failed
                ));
            }
        }
        notes
    }
}
