//! The grid, and walks over the nodes of it that are visited.

use super::regions::{Region, extent, regions, varying};
use crate::hidden::HiddenUnits;
use crate::theory::axis::{Axis, Stretch, coarse, widest};
use crate::theory::preactivation::PreActivation;
use nalgebra::SMatrix;
use std::ops::RangeInclusive;

/// Width of the noise, in units of the fields over which the denoiser varies, from which on an axis
/// alone is stretched: below, more nodes cost less than where they lie.
const STRETCHED_ALONE: f64 = 3.0;

/// One grid, with what of it is visited.
pub(super) struct Grid<const K: usize> {
    pub axes: [Axis; K],
    /// Whether an axis is centred where the unit's own field, `Σ_j L_aj y_j` and its bias,
    /// vanishes.
    centred: [bool; K],
    bias: [f64; K],
    /// `L`.
    pub factor: SMatrix<f64, K, K>,
    regions: Vec<Region<K>>,
    /// Only the half-space of non-negative first coordinates, doubled.
    pub halved: bool,
}

/// What of a region is left on a line or plane of the grid.
#[derive(Clone, Copy)]
pub(super) struct Section<const K: usize> {
    pub component: usize,
    /// Leading coordinates of `T^{-1} (y − centre)`.
    t: [f64; K],
    /// What is left of the squared reach.
    rest: f64,
}

/// Indices that a section spans along the next axis.
pub(super) struct Span<const K: usize> {
    first: i64,
    last: i64,
    pub section: Section<K>,
    middle: f64,
}

/// A node, or the part of it that is given before an axis.
#[derive(Clone, Copy)]
pub(super) struct Position<const K: usize> {
    /// Index on the first axis.
    pub first: i64,
    pub y: [f64; K],
    /// `Π dy/ds` of the axes.
    pub slope: f64,
}

/// Room for one axis of a walk.
pub(super) struct Room<const K: usize> {
    spans: Vec<Span<K>>,
    sections: Vec<Section<K>>,
}

/// What a walk does with a run of nodes: all coordinates but the last are fixed.
pub(super) trait Visit<const K: usize> {
    /// `None` ends the walk.
    fn run(
        &mut self,
        grid: &Grid<K>,
        position: &Position<K>,
        indices: RangeInclusive<i64>,
        spans: &[Span<K>],
    ) -> Option<()>;
}

impl<const K: usize> Position<K> {
    pub const START: Self = Self {
        first: 0,
        y: [0.0; K],
        slope: 1.0,
    };
}

impl<const K: usize> Grid<K> {
    pub fn new(
        hidden: &HiddenUnits,
        law: &PreActivation<'_, K>,
        v: &SMatrix<f64, K, K>,
        odd: bool,
        level: u32,
    ) -> Option<Self> {
        let scale = 2f64.powf(-0.5 * f64::from(level));
        let regions = regions(hidden, law, v)?;
        let steepness = hidden.covariance_bound().sqrt().max(1.0);
        let factor = law.noise.factor;
        let lengths = factor.abs() * steepness;
        let varying = varying(hidden, law, v, lengths.max());
        let share = |unit: usize| varying.map_or(1.0, |varying| varying[unit]);
        let width = hidden.variation_width();
        // A centre that moves faster than the axes before it would make these finer.
        let tilt = |unit: usize, axis: usize| factor[(unit, axis)] / factor[(unit, unit)];
        let tilts = |unit: usize| (0..unit).map(|axis| tilt(unit, axis).powi(2)).sum::<f64>();
        let centred: [bool; K] = std::array::from_fn(|unit| {
            let worth = K > 1 || lengths[(unit, unit)] > STRETCHED_ALONE;
            width.is_some() && worth && tilts(unit) <= 1.0
        });
        let axis = |axis: usize| {
            let later = (axis + 1..K).filter(|&unit| centred[unit]);
            let tilted = later.map(|unit| tilt(unit, axis).powi(2)).sum::<f64>();
            let mut spacing = widest() / (1.0 + tilted).sqrt();
            let mut stretch = None;
            if centred[axis] {
                let length = lengths[(axis, axis)];
                spacing = spacing.min(coarse(length.min(1.0), share(axis)));
                stretch = (length > 1.0).then_some(Stretch {
                    factor: length,
                    width: width.unwrap_or(1.0),
                });
            }
            if width.is_none() {
                spacing = spacing.min(coarse(lengths.column(axis).norm(), 1.0));
            }
            for unit in (axis..K).filter(|&unit| width.is_some() && !centred[unit]) {
                spacing = spacing.min(coarse(lengths[(unit, axis)], share(unit)));
            }
            Axis::new(
                scale * spacing,
                stretch,
                extent(&regions, &factor, hidden.bias()[axis], axis),
            )
        };
        Some(Self {
            axes: std::array::from_fn(axis),
            centred,
            bias: std::array::from_fn(|unit| hidden.bias()[unit]),
            factor,
            regions,
            halved: odd,
        })
    }

    /// `Σ_{j<a} L_aj y_j` of the axis `a`.
    pub fn field_before(&self, axis: usize, position: &Position<K>) -> f64 {
        let terms = (0..axis).map(|before| self.factor[(axis, before)] * position.y[before]);
        terms.sum()
    }

    /// Where the places of an axis are counted from, in `y`.
    pub fn centre(&self, axis: usize, position: &Position<K>) -> f64 {
        if !self.centred[axis] {
            return 0.0;
        }
        let field = self.field_before(axis, position) + self.bias[axis];
        -field / self.factor[(axis, axis)]
    }

    /// The position with the node of this index on the next axis.
    pub fn moved(&self, position: &Position<K>, axis: usize, index: i64) -> Position<K> {
        let place = self.axes[axis].place(index);
        let mut moved = *position;
        moved.y[axis] = self.centre(axis, position) + place.y;
        moved.slope *= place.slope;
        if axis == 0 {
            moved.first = index;
        }
        moved
    }

    /// All of every region.
    pub fn whole(&self) -> Vec<Section<K>> {
        let whole = |(component, region): (usize, &Region<K>)| Section {
            component,
            t: [0.0; K],
            rest: region.reach * region.reach,
        };
        self.regions.iter().enumerate().map(whole).collect()
    }

    pub fn rooms(&self) -> Vec<Room<K>> {
        let room = || Room {
            spans: Vec::with_capacity(self.regions.len()),
            sections: Vec::with_capacity(self.regions.len()),
        };
        (0..K).map(|_| room()).collect()
    }

    /// First indices, each with the sections of the regions there.
    pub fn slabs(&self, whole: &[Section<K>]) -> Vec<(i64, Vec<Section<K>>)> {
        let mut room = self.rooms().remove(0);
        self.spans(0, &Position::START, whole, &mut room.spans);
        let mut slabs = Vec::new();
        for (first, last, spans) in merged_spans(&room.spans) {
            for index in first..=last {
                let y = self.moved(&Position::START, 0, index).y[0];
                self.cut(0, index, y, spans, &mut room.sections);
                slabs.push((index, room.sections.clone()));
            }
        }
        slabs
    }

    /// What the sections span along `axis`, in order.
    fn spans(
        &self,
        axis: usize,
        position: &Position<K>,
        sections: &[Section<K>],
        spans: &mut Vec<Span<K>>,
    ) {
        spans.clear();
        let centre = self.centre(axis, position);
        for section in sections {
            let region = &self.regions[section.component];
            let turned: f64 = (0..axis)
                .map(|before| region.factor[(axis, before)] * section.t[before])
                .sum();
            let middle = region.centre[axis] + turned;
            let half = region.factor[(axis, axis)] * section.rest.sqrt();
            let from = middle - centre;
            let [mut first, last] = self.axes[axis].indices(from - half, from + half);
            if axis == 0 && self.halved {
                first = first.max(0);
            }
            if first <= last {
                spans.push(Span {
                    first,
                    last,
                    section: *section,
                    middle,
                });
            }
        }
        spans.sort_by_key(|span| span.first);
    }

    /// The sections at one index along `axis`, where the coordinate is `y`.
    fn cut(
        &self,
        axis: usize,
        index: i64,
        y: f64,
        spans: &[Span<K>],
        sections: &mut Vec<Section<K>>,
    ) {
        sections.clear();
        for span in spans {
            if (span.first..=span.last).contains(&index) {
                let mut section = span.section;
                let factor = &self.regions[section.component].factor;
                section.t[axis] = (y - span.middle) / factor[(axis, axis)];
                section.rest = (section.rest - section.t[axis] * section.t[axis]).max(0.0);
                sections.push(section);
            }
        }
    }

    /// Visits all runs of nodes in these sections, whose coordinates before `axis` are given.
    pub fn walk(
        &self,
        axis: usize,
        position: &Position<K>,
        sections: &[Section<K>],
        rooms: &mut [Room<K>],
        visit: &mut impl Visit<K>,
    ) -> Option<()> {
        let (room, deeper) = rooms.split_first_mut()?;
        self.spans(axis, position, sections, &mut room.spans);
        for (first, last, spans) in merged_spans(&room.spans) {
            if axis + 1 == K {
                visit.run(self, position, first..=last, spans)?;
                continue;
            }
            for index in first..=last {
                let moved = self.moved(position, axis, index);
                self.cut(axis, index, moved.y[axis], spans, &mut room.sections);
                self.walk(axis + 1, &moved, &room.sections, deeper, visit)?;
            }
        }
        Some(())
    }
}

/// Spans that touch, together: first and last index, and the spans themselves.
fn merged_spans<const K: usize>(spans: &[Span<K>]) -> impl Iterator<Item = (i64, i64, &[Span<K>])> {
    let mut rest = spans;
    std::iter::from_fn(move || {
        let first = rest.first()?.first;
        let mut last = rest[0].last;
        let mut count = 1;
        while let Some(next) = rest.get(count).filter(|next| next.first <= last + 1) {
            last = last.max(next.last);
            count += 1;
        }
        let (own, others) = rest.split_at(count);
        rest = others;
        Some((first, last, own))
    })
}
