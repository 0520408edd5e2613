//! What the common legend of all panels says.

use super::heat;
use super::plot::{Plot, Standing, standing};
use crate::figure::data::{Cells, Datum, PanelData, SeriesData, Spread};
use crate::figure::error::FigureError;
use crate::figure::ink::Rect;
use crate::figure::spec::{
    CurveSpec, FigureSpec, HeatSpec, LegendPlace, PanelSpec, RegionsSpec, SeriesSpec,
};
use crate::figure::style::{NEUTRAL, Rgb, SeriesStyle, Stroke};

/// What an entry shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// A series.
    Series(SeriesStyle),
    /// A line, and the points that go with it.
    Joined(SeriesStyle, SeriesStyle),
    /// The alternate part of a series.
    Alternate(SeriesStyle),
    /// A reference line.
    Mark(Stroke),
    /// Cells of one category.
    Cell(Rgb),
    /// Cells without a number or category.
    Hatched,
    /// The sign for rows without a number.
    Failure,
    /// The sign for numbers beyond the range.
    Beyond,
    /// The sign for numbers without an error.
    NoError,
}

/// One entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Label with markup.
    pub label: String,
    /// What stands beside it.
    pub sample: Sample,
}

/// The entries of a figure's legend, in their order: series, reference lines, signs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entries(pub Vec<Entry>);

impl Entries {
    /// The entries of the common legend: those of all panels, none if each has a legend of its own.
    /// Panels may share an entry if they mean the same by it.
    pub fn collect(spec: &FigureSpec, data: &[PanelData]) -> Result<Self, FigureError> {
        match spec.legend {
            LegendPlace::Panels => Ok(Self::default()),
            LegendPlace::Below | LegendPlace::Right => Self::of(&spec.panels, data),
        }
    }

    /// The entries of the legend of one panel.
    pub fn of_panel(panel: &PanelSpec, data: &PanelData) -> Result<Self, FigureError> {
        Self::of(std::slice::from_ref(panel), std::slice::from_ref(data))
    }

    fn of(panels: &[PanelSpec], data: &[PanelData]) -> Result<Self, FigureError> {
        let mut entries = Self::default();
        for (panel, data) in panels.iter().zip(data) {
            entries.add_series(panel, data)?;
        }
        for mark in panels.iter().flat_map(|panel| &panel.marks) {
            if let Some(label) = &mark.label {
                entries.add(label, Sample::Mark(Stroke::of_mark(mark)))?;
            }
        }
        entries.add_signs(data)?;
        Ok(entries)
    }

    fn add_series(&mut self, panel: &PanelSpec, data: &PanelData) -> Result<(), FigureError> {
        for (series, rows) in panel.series.iter().zip(&data.series) {
            match (series, rows) {
                (SeriesSpec::Curve(curve), SeriesData::Curve(rows)) => {
                    self.add_curve(curve, rows)?
                }
                (SeriesSpec::Heat(heat), SeriesData::Heat(map)) => {
                    self.add_contours(heat, map, data)?;
                    self.add_missing(&heat.missing, map, data)?;
                }
                (SeriesSpec::Regions(regions), SeriesData::Regions(map)) => {
                    self.add_categories(regions, map, data)?;
                    self.add_missing(&regions.missing, map, data)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_curve(&mut self, curve: &CurveSpec, rows: &[Datum]) -> Result<(), FigureError> {
        // A label beside its line needs no entry.
        if curve.label_at.is_none() {
            self.add(&curve.label, Sample::Series(SeriesStyle::of(curve)))?;
        }
        let Some(alternate) = &curve.alternate else {
            return Ok(());
        };
        if rows.iter().any(|datum| datum.alternate) {
            // Its errors are those of the series, and the entry is about what differs.
            let style = SeriesStyle {
                bars: false,
                band: false,
                ..SeriesStyle::of_alternate(curve, alternate)
            };
            self.add(&alternate.label, Sample::Alternate(style))?;
        }
        Ok(())
    }

    /// Adds the entry for lines of equal value, if there are some in the frame.
    fn add_contours(
        &mut self,
        heat: &HeatSpec,
        map: &Cells<f64>,
        panel: &PanelData,
    ) -> Result<(), FigureError> {
        // What is in the frame does not depend on its size.
        let frame = Rect {
            left: 0.0,
            top: 0.0,
            right: 1.0,
            bottom: 1.0,
        };
        let plot = Plot::new(frame, panel);
        if heat.contours.is_empty() || heat::contours(&plot, heat, map).is_empty() {
            return Ok(());
        }
        let label = heat.contour_label.clone();
        let label = label.unwrap_or_else(|| levels(&heat.value_label, &heat.contours));
        self.add(&label, Sample::Mark(heat::contour_stroke()))
    }

    /// Adds the entries for the categories in the frame, in the order of the specification.
    fn add_categories(
        &mut self,
        regions: &RegionsSpec,
        map: &Cells<usize>,
        panel: &PanelData,
    ) -> Result<(), FigureError> {
        for (index, category) in regions.categories.iter().enumerate() {
            let mut visible = map.visible(&panel.x, &panel.y);
            if visible.any(|(_, value)| value == Some(index)) {
                self.add(&category.label, Sample::Cell(category.rgb()))?;
            }
        }
        Ok(())
    }

    /// Adds the entry for hatched cells, if there are some in the frame.
    fn add_missing<T: Copy>(
        &mut self,
        label: &str,
        map: &Cells<T>,
        panel: &PanelData,
    ) -> Result<(), FigureError> {
        let mut visible = map.visible(&panel.x, &panel.y);
        if visible.any(|(_, value)| value.is_none()) {
            self.add(label, Sample::Hatched)?;
        }
        Ok(())
    }

    /// Adds the signs that occur.
    fn add_signs(&mut self, data: &[PanelData]) -> Result<(), FigureError> {
        let rows = || {
            let panels = data.iter();
            panels.flat_map(|panel| {
                let rows = panel.series.iter().flat_map(SeriesData::curve);
                rows.map(move |row| (panel, row))
            })
        };
        let stands = |wanted: fn(Standing) -> bool| {
            rows().any(|(panel, row)| wanted(standing(&panel.x, &panel.y, row)))
        };
        if stands(|standing| standing == Standing::Failed) {
            self.add("no number obtained", Sample::Failure)?;
        }
        if stands(|standing| matches!(standing, Standing::Beyond(_))) {
            self.add("beyond the axis range", Sample::Beyond)?;
        }
        if rows().any(|(_, row)| row.spread == Spread::Missing && row.y.is_some()) {
            self.add("no error obtained", Sample::NoError)?;
        }
        Ok(())
    }

    fn add(&mut self, label: &str, sample: Sample) -> Result<(), FigureError> {
        let Some(known) = self.0.iter_mut().find(|entry| entry.label == label) else {
            self.0.push(Entry {
                label: label.to_owned(),
                sample,
            });
            return Ok(());
        };
        if known.sample == sample {
            return Ok(());
        }
        if let Some(both) = joined(known.sample, sample) {
            known.sample = both;
            return Ok(());
        }
        // One label may describe the alternate parts of several series: then the dash counts and
        // not the colour.
        known.sample = colourless(known.sample)
            .filter(|&neutral| colourless(sample) == Some(neutral))
            .ok_or_else(|| FigureError::AmbiguousLabel(label.to_owned()))?;
        Ok(())
    }
}

/// What the legend says of lines of equal value if the specification does not.
fn levels(value: &str, contours: &[f64]) -> String {
    let contours: Vec<String> = contours.iter().map(f64::to_string).collect();
    format!("{value} = {}", contours.join(", ").replace('-', "\u{2212}"))
}

/// A line and points of one colour and one label make one entry.
fn joined(one: Sample, other: Sample) -> Option<Sample> {
    match (one, other) {
        (Sample::Joined(line, points), Sample::Series(part)) if part == line || part == points => {
            Some(one)
        }
        (Sample::Series(one), Sample::Series(other)) if one.colour == other.colour => {
            match (one.line, other.line) {
                (Some(_), None) => Some(Sample::Joined(one, other)),
                (None, Some(_)) => Some(Sample::Joined(other, one)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn colourless(sample: Sample) -> Option<Sample> {
    match sample {
        Sample::Alternate(style) => Some(Sample::Alternate(SeriesStyle {
            colour: NEUTRAL,
            ..style
        })),
        _ => None,
    }
}
