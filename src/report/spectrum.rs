//! The spectrum: eigenvalues beside the law of noise, or alone where there is none; signals and noise.

use super::markup::{Numbers, element, figure, list, number, section as headed, sentence, table};
use crate::analysis::BulkLaw;
use crate::error::Result;
use crate::experiment::{Analyzed, Answer, SignalCount};

/// Points of a density.
const POINTS: usize = 200;

/// Fewest and most bars of a histogram.
const BARS: [usize; 2] = [6, 60];

/// Numbers of eigenvalues from which on ranks have a logarithmic axis.
const MANY: usize = 40;

/// How far outliers may be from the edge, in widths of the bulk, to be in its figure.
const FAR: f64 = 3.0;

/// How many times higher than the bars a density may be to be in their figure.
const MOST_TIMES: f64 = 2.0;

/// Style of eigenvalues.
const EIGENVALUES: &str = "kind = \"line\"\ncolor = \"black\"\nwidth = 1.5";

/// Style of signals in all figures.
const SIGNALS: &str = "kind = \"points\"\ncolor = \"vermillion\"\nmarker = \"triangle\"";

/// The section.
pub fn section(found: &Analyzed) -> Result<String> {
    let notes: Vec<String> = found.notes().iter().map(|note| sentence(note)).collect();
    // Warnings are above.
    let notes = &notes[found.warnings.len()..];
    let figure = match Bulk::of(found)? {
        Some(bulk) => bulk.figure(found)?,
        None => ranked(found)?,
    };
    let signals = match found.signals.is_empty() {
        true => element("p", "No direction is taken for a signal."),
        false => table(&found.signal_table()),
    };
    let noise = found.noise_table().as_ref().map(table).unwrap_or_default();
    let caution = match found.assumption_violated && !notes.is_empty() {
        true => element(
            "p",
            "What this list says of strengths λ and of units rests on white noise, which these data do not have.",
        ),
        false => String::new(),
    };
    let content = [caution, list(notes), figure];
    let tables = [signals, noise];
    Ok([
        headed("Spectrum", &content.concat()),
        headed("Signals and noise", &tables.concat()),
    ]
    .concat())
}

/// The law of the noise in units of the data.
struct Bulk {
    law: BulkLaw,
    /// An eigenvalue of the data over that of the law.
    scale: f64,
    edges: [f64; 2],
}

impl Bulk {
    /// Where there is a bulk, or one was asked for by a number of signals.
    fn of(found: &Analyzed) -> Result<Option<Self>> {
        let asked = matches!(
            found.signal_count,
            SignalCount::Outliers | SignalCount::Given
        );
        let Some(edges) = found.bulk_edges.filter(|_| asked) else {
            return Ok(None);
        };
        let larger = found.independent.max(found.d) as f64;
        let law = BulkLaw::new(bulk(found).len() as f64 / larger)?;
        let scale = edges[1] / law.edges()[1];
        Ok(Some(Self { law, scale, edges }))
    }

    /// Histogram and ranks, each with the law.
    fn figure(&self, found: &Analyzed) -> Result<String> {
        let mut numbers = Numbers::new();
        let bars = histogram(bulk(found), &mut numbers);
        let density = self.density(&mut numbers);
        for signal in &found.signals {
            numbers.push("outliers", signal.test.eigenvalue, 0.0, None::<f64>);
        }
        rank(found, &mut numbers);
        self.quantiles(found, &mut numbers);
        let law = match found.assumption_violated {
            true => "Marchenko–Pastur (rejected)",
            false => "Marchenko–Pastur",
        };
        let line = "kind = \"line\"\ncolor = \"blue\"\nwidth = 2.25";
        let [low, high] = self.range(found);
        // Where the law begins at 0 its density is infinite there.
        let top = (1.25 * bars).max((1.05 * density).min(MOST_TIMES * bars));
        let spec = [
            "size = [186, 87]\n".into(),
            format!(
                "[[panel]]\ntitle = \"the bulk\"\nx = {{ label = \"eigenvalue\", column = \"x\", range = [{low:e}, {high:e}] }}\n\
                 y = {{ label = \"density\", column = \"y\", range = [0.0, {top:e}] }}\n"
            ),
            numbers.series("bars", "eigenvalues", EIGENVALUES),
            numbers.series("density", law, line),
            numbers.series("outliers", "taken for signals", SIGNALS),
            panel(found, "by rank"),
            numbers.series("quantiles", law, line),
            numbers.series("ranks", "eigenvalues", EIGENVALUES),
            numbers.series("signals", "taken for signals", SIGNALS),
        ];
        let description = format!(
            "Histogram of {} eigenvalues beside the Marchenko–Pastur density between {} and {}, and all {} eigenvalues by rank, of which {} are taken for signals.",
            bulk(found).len(),
            number(self.edges[0]),
            number(self.edges[1]),
            found.eigenvalues.len(),
            found.signals.len()
        );
        let caption = format!(
            "Eigenvalues of XᵀX/n in units of the prepared data. (a) Without those taken for signals, beside the density of Marchenko and Pastur at the variance {} of the noise{}. (b) All of them by rank: the number of a signal is its rank.{}",
            self.variance(found).map_or_else(String::new, number),
            match found.assumption_violated {
                true => ", which does not describe them",
                false => "",
            },
            estimated(found)
        );
        figure(&spec.concat(), &numbers, &description, &caption)
    }

    /// The variance at which the law is drawn.
    fn variance(&self, found: &Analyzed) -> Option<f64> {
        let larger = found.independent.max(found.d) as f64;
        let variance = self.scale * found.independent as f64 / larger;
        found.noise.map(|_| variance)
    }

    /// Ends of the axis: the bulk, and outliers that are not far from it.
    fn range(&self, found: &Analyzed) -> [f64; 2] {
        let bulk = bulk(found);
        let high = self.edges[1].max(bulk.first().copied().unwrap_or(0.0));
        let low = self.edges[0].min(bulk.last().copied().unwrap_or(0.0));
        let width = high - low;
        let largest = found.eigenvalues.first().copied().unwrap_or(high);
        let end = match largest <= high + FAR * width {
            true => largest.max(high),
            false => high,
        };
        let pad = 0.06 * (end - low);
        [(low - pad).max(0.0), end + pad]
    }

    /// The density; its largest value.
    fn density(&self, numbers: &mut Numbers) -> f64 {
        let [low, high] = self.law.edges();
        // Dense at the edges, where the density is steep.
        let place = |at: usize| {
            let angle = 0.5 * std::f64::consts::PI * at as f64 / POINTS as f64;
            low + (high - low) * angle.sin().powi(2)
        };
        let mut largest = 0.0_f64;
        numbers.push("density", self.scale * low, 0.0, None::<f64>);
        for at in 0..POINTS {
            let [from, to] = [place(at), place(at + 1)];
            let part = self.law.distribution(to) - self.law.distribution(from);
            let density = part / ((to - from) * self.scale);
            largest = largest.max(density);
            numbers.push(
                "density",
                0.5 * self.scale * (from + to),
                density,
                None::<f64>,
            );
        }
        numbers.push("density", self.scale * high, 0.0, None::<f64>);
        largest
    }

    fn quantiles(&self, found: &Analyzed, numbers: &mut Numbers) {
        let count = bulk(found).len();
        let before = found.eigenvalues.len() - count;
        for at in 0..count {
            let above = (at as f64 + 0.5) / count as f64;
            let place = self.scale * self.law.quantile(1.0 - above);
            numbers.push("quantiles", (before + at + 1) as f64, place, None::<f64>);
        }
    }
}

/// The eigenvalues that are not taken for signals, the largest first.
fn bulk(found: &Analyzed) -> &[f64] {
    let signals = found.signals.len().min(found.eigenvalues.len());
    &found.eigenvalues[signals..]
}

/// Bars as an outline; the height of the highest.
fn histogram(values: &[f64], numbers: &mut Numbers) -> f64 {
    let [Some(high), Some(low)] = [values.first(), values.last()] else {
        return 1.0;
    };
    let [least, most] = BARS;
    let bars = (1.5 * (values.len() as f64).sqrt()) as usize;
    let bars = bars.clamp(least, most);
    // Eigenvalues that differ by rounding only still have a bar.
    let width = ((high - low) / bars as f64).max(1e-9 * high);
    let mut counts = vec![0_usize; bars];
    for value in values {
        let bar = ((value - low) / width) as usize;
        counts[bar.min(bars - 1)] += 1;
    }
    let height = |count: usize| count as f64 / (values.len() as f64 * width);
    numbers.push("bars", *low, 0.0, None::<f64>);
    for (bar, count) in counts.iter().enumerate() {
        for edge in [bar, bar + 1] {
            let edge = low + edge as f64 * width;
            numbers.push("bars", edge, height(*count), None::<f64>);
        }
    }
    numbers.push("bars", *high, 0.0, None::<f64>);
    height(counts.into_iter().max().unwrap_or(1))
}

/// Eigenvalues by rank, those of signals apart.
fn rank(found: &Analyzed, numbers: &mut Numbers) {
    let signals = found.eigenvalues.len() - bulk(found).len();
    for (at, value) in found.eigenvalues.iter().enumerate() {
        let series = if at < signals { "signals" } else { "ranks" };
        numbers.push(series, (at + 1) as f64, *value, None::<f64>);
    }
}

/// A panel of eigenvalues by rank.
fn panel(found: &Analyzed, title: &str) -> String {
    let x = match found.eigenvalues.len() >= MANY {
        true => "log",
        false => "linear",
    };
    let title = match title.is_empty() {
        true => String::new(),
        false => format!("title = \"{title}\"\n"),
    };
    format!(
        "[[panel]]\n{title}x = {{ label = \"rank\", column = \"x\", scale = \"{x}\", ticks = \"whole\" }}\n\
         y = {{ label = \"eigenvalue\", column = \"y\", scale = \"log\" }}\n"
    )
}

/// What is to be known of eigenvalues that were not computed.
fn estimated(found: &Analyzed) -> String {
    match found.eigenvalues_known < found.eigenvalues.len() {
        true => format!(
            " The first {} were computed, the others are quantiles of an estimated density.",
            found.eigenvalues_known
        ),
        false => String::new(),
    }
}

/// All eigenvalues by rank, and no law.
fn ranked(found: &Analyzed) -> Result<String> {
    let mut numbers = Numbers::new();
    rank(found, &mut numbers);
    let all = &found.eigenvalues;
    let count = all.len() - bulk(found).len();
    let edge = match count > 0 && count < all.len() {
        // Halfway on the logarithmic axis.
        true => format!(
            "[[panel.mark]]\naxis = \"y\"\nvalue = {:e}\nlabel = \"edge of what is taken for signals\"\n",
            (all[count - 1] * all[count]).sqrt()
        ),
        false => String::new(),
    };
    let spec = [
        "size = [156, 87]\n".into(),
        panel(found, ""),
        numbers.series(
            "ranks",
            "eigenvalues",
            "kind = \"line\"\nmarker = \"circle\"\nwidth = 1.0",
        ),
        numbers.series("signals", "taken for signals", SIGNALS),
        edge,
    ];
    let taken = match count {
        0 => "none is taken for a signal".into(),
        1 => "the first is taken for a signal".into(),
        count => format!("the first {count} are taken for signals"),
    };
    let description = format!(
        "All {} eigenvalues by rank; {taken}. No law of noise is drawn, as there is no bulk of noise.",
        all.len()
    );
    let caption = format!(
        "Eigenvalues of XᵀX/n by rank, in units of the prepared data; {taken}. No density of noise is drawn: there is no bulk that it would describe.{}",
        estimated(found)
    );
    figure(&spec.concat(), &numbers, &description, &caption)
}
