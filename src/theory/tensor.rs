//! Tensor trapezoid rule in the proximal coordinate, for up to three units.
//!
//! With `ω = z − V f(z)`, `dω = det(I − V D(z)) dz`, so that
//! `E[φ] = ∫ φ(z) p(ω(z)) det(I − V D) dz` has a smooth integrand and no root to solve at the
//! nodes; the trapezoid rule on a uniform grid then converges exponentially (theory.md section 3,
//! "Proximal coordinate").
//!
//! The grid lives in `y = L^{-1} z`, `L L^T = Q`: one unit of `y` is one standard deviation of the
//! noise. Independent units vary with their own field alone: their axes are centred where that
//! vanishes, and dense there (see [`Axis`]). Only nodes within the tails of a component of the mixture are visited, so that the cost
//! grows with the number of components that lie apart, not with their distance.

use super::axis::{Axis, Stretch, coarse, widest};
use super::moments::{Accumulator, Factors, Moments, Request};
use super::nodes::Nodes;
use super::preactivation::{Component, PreActivation};
use crate::hidden::HiddenUnits;
use crate::law::{POINTS, Points, Responses};
use nalgebra::{Cholesky, SMatrix, SVector};
use rayon::prelude::*;
use std::cell::Cell;
use std::f64::consts::PI;
use std::ops::RangeInclusive;

/// Standard deviations after which a Gaussian tail is dropped: its mass is 1e-15 of the whole
/// (8e-14 around a point in three dimensions).
const TAIL: f64 = 8.0;

/// Nodes from which on slabs of the grid are worth a thread of their own.
const PARALLEL_NODES: usize = 20_000;

/// Width of the noise, in units of the fields over which the denoiser varies, from which on an axis
/// alone is stretched: below, more nodes cost less than where they lie.
const STRETCHED_ALONE: f64 = 3.0;

/// Groups of neighbouring slabs that threads share: enough to balance them.
const GROUPS: usize = 32;

/// One grid, with what of it is visited.
struct Grid<const K: usize> {
    axes: [Axis; K],
    /// Whether an axis is centred where the unit's own field, `Σ_j L_aj y_j` and its bias,
    /// vanishes.
    centred: [bool; K],
    bias: [f64; K],
    /// `L`.
    factor: SMatrix<f64, K, K>,
    regions: Vec<Region<K>>,
    /// Only the half-space of non-negative first coordinates, doubled.
    halved: bool,
}

/// Where a component has its mass: `|T^{-1} (y − centre)| ≤ reach`.
struct Region<const K: usize> {
    centre: SVector<f64, K>,
    /// `T`, lower triangular.
    factor: SMatrix<f64, K, K>,
    reach: f64,
}

/// What of a region is left on a line or plane of the grid.
#[derive(Clone, Copy)]
struct Section<const K: usize> {
    component: usize,
    /// Leading coordinates of `T^{-1} (y − centre)`.
    t: [f64; K],
    /// What is left of the squared reach.
    rest: f64,
}

/// Indices that a section spans along the next axis.
struct Span<const K: usize> {
    first: i64,
    last: i64,
    section: Section<K>,
    middle: f64,
}

/// A node, or the part of it that is given before an axis.
#[derive(Clone, Copy)]
struct Position<const K: usize> {
    /// Index on the first axis.
    first: i64,
    y: [f64; K],
    /// `Π dy/ds` of the axes.
    slope: f64,
}

/// Room for one axis of a walk.
struct Room<const K: usize> {
    spans: Vec<Span<K>>,
    sections: Vec<Section<K>>,
}

/// Packet of nodes that are summed together, with the components that reach them.
struct Packet<'a, const K: usize> {
    hidden: &'a HiddenUnits,
    law: &'a PreActivation<'a, K>,
    v: &'a SMatrix<f64, K, K>,
    volumes: Points,
    kept: Box<Kept>,
}

/// What the next sum of this thread needs again.
struct Kept {
    nodes: Nodes,
    factors: Factors,
    sums: Accumulator,
    components: Vec<usize>,
    /// Whether a component is among them.
    present: Vec<bool>,
}

thread_local! {
    static KEPT: Cell<Option<Box<Kept>>> = const { Cell::new(None) };
}

/// Expectations over the pre-activation, at refinement `level`: each level divides the spacing by
/// √2. `None` where the grid would have more than `max_nodes` nodes or `I − V D` is not positive at
/// a node.
pub(super) fn moments<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<'_, K>,
    v: &SMatrix<f64, K, K>,
    odd: bool,
    level: u32,
    max_nodes: usize,
    request: Request,
) -> Option<Moments> {
    let grid = Grid::new(hidden, law, v, odd, level)?;
    let (whole, mut rooms) = (grid.whole(), grid.rooms());
    let mut count = Count {
        nodes: 0,
        limit: max_nodes,
    };
    grid.walk(0, &Position::START, &whole, &mut rooms, &mut count)?;
    let packet = || Packet::new(hidden, law, v, request);
    // Summed group by group in the order of the grid: the same bits for any number of threads.
    if K > 1 && count.nodes > PARALLEL_NODES {
        let slabs = grid.slabs(&whole);
        let group = |slabs: &[(i64, Vec<Section<K>>)]| {
            let (mut packet, mut rooms) = (packet(), grid.rooms());
            for (index, sections) in slabs {
                crate::interrupt::check();
                let position = grid.moved(&Position::START, 0, *index);
                grid.walk(1, &position, sections, &mut rooms, &mut packet)?;
            }
            packet.sums(Accumulator::clone)
        };
        let groups = slabs.par_chunks(slabs.len().div_ceil(GROUPS));
        let sums: Vec<Option<Accumulator>> = groups.map(group).collect();
        let mut total = Accumulator::new(K, law.signals(), request);
        for sum in sums {
            total.absorb(&sum?);
        }
        return Some(total.finish(law));
    }
    crate::interrupt::check();
    let mut packet = packet();
    grid.walk(0, &Position::START, &whole, &mut rooms, &mut packet)?;
    packet.sums(|sums| sums.finish(law))
}

/// What a walk does with a run of nodes: all coordinates but the last are fixed.
trait Visit<const K: usize> {
    /// `None` ends the walk.
    fn run(
        &mut self,
        grid: &Grid<K>,
        position: &Position<K>,
        indices: RangeInclusive<i64>,
        spans: &[Span<K>],
    ) -> Option<()>;
}

/// Counts nodes up to a limit.
struct Count {
    nodes: usize,
    limit: usize,
}

impl<const K: usize> Visit<K> for Count {
    fn run(
        &mut self,
        _: &Grid<K>,
        _: &Position<K>,
        indices: RangeInclusive<i64>,
        _: &[Span<K>],
    ) -> Option<()> {
        self.nodes += (indices.end() - indices.start()) as usize + 1;
        (self.nodes <= self.limit).then_some(())
    }
}

impl<const K: usize> Position<K> {
    const START: Self = Self {
        first: 0,
        y: [0.0; K],
        slope: 1.0,
    };
}

impl<const K: usize> Grid<K> {
    fn new(
        hidden: &HiddenUnits,
        law: &PreActivation<'_, K>,
        v: &SMatrix<f64, K, K>,
        odd: bool,
        level: u32,
    ) -> Option<Self> {
        let scale = 2f64.powf(-0.5 * f64::from(level));
        let regions = regions(hidden, law, v)?;
        let steepness = hidden.covariance_bound().sqrt().max(1.0);
        let factor = law.noise_factor;
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
    fn field_before(&self, axis: usize, position: &Position<K>) -> f64 {
        let terms = (0..axis).map(|before| self.factor[(axis, before)] * position.y[before]);
        terms.sum()
    }

    /// Where the places of an axis are counted from, in `y`.
    fn centre(&self, axis: usize, position: &Position<K>) -> f64 {
        if !self.centred[axis] {
            return 0.0;
        }
        let field = self.field_before(axis, position) + self.bias[axis];
        -field / self.factor[(axis, axis)]
    }

    /// The position with the node of this index on the next axis.
    fn moved(&self, position: &Position<K>, axis: usize, index: i64) -> Position<K> {
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
    fn whole(&self) -> Vec<Section<K>> {
        let whole = |(component, region): (usize, &Region<K>)| Section {
            component,
            t: [0.0; K],
            rest: region.reach * region.reach,
        };
        self.regions.iter().enumerate().map(whole).collect()
    }

    fn rooms(&self) -> Vec<Room<K>> {
        let room = || Room {
            spans: Vec::with_capacity(self.regions.len()),
            sections: Vec::with_capacity(self.regions.len()),
        };
        (0..K).map(|_| room()).collect()
    }

    /// First indices, each with the sections of the regions there.
    fn slabs(&self, whole: &[Section<K>]) -> Vec<(i64, Vec<Section<K>>)> {
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
    fn walk(
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

/// From where to where the regions reach along an axis, from where the unit's own field with this
/// bias vanishes, in units of its own noise.
fn extent<const K: usize>(
    regions: &[Region<K>],
    factor: &SMatrix<f64, K, K>,
    bias: f64,
    axis: usize,
) -> [f64; 2] {
    let mut extent = [f64::INFINITY, f64::NEG_INFINITY];
    for region in regions {
        let field = ((factor * region.centre)[axis] + bias) / factor[(axis, axis)];
        let spread = (factor * region.factor).row(axis).norm() / factor[(axis, axis)];
        extent[0] = extent[0].min(field - region.reach * spread);
        extent[1] = extent[1].max(field + region.reach * spread);
    }
    extent
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

/// For each of independent units, the probability of the fields in which its denoiser varies,
/// `E[D(z)]/sup D`, or somewhat more: strong signals saturate units nearly always. `None` where
/// there is nothing to gain, or a law that binds units together.
fn varying<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<'_, K>,
    v: &SMatrix<f64, K, K>,
    longest: f64,
) -> Option<[f64; K]> {
    if K == 1 || longest <= 1.0 || hidden.variation_width().is_none() {
        return None;
    }
    let largest = SVector::<f64, K>::from_column_slice(&hidden.mean_bound()?);
    let moved = v.abs() * largest;
    let steepness = hidden.covariance_bound().sqrt().max(1.0);
    let spacing = 0.25 / steepness;
    let farthest = |component: &Component<'_, K>| {
        (0..K)
            .map(|unit| {
                component.mean[unit].abs() + TAIL * component.covariance[(unit, unit)].sqrt()
            })
            .fold(0.0, f64::max)
    };
    let reach = law.components.iter().map(farthest).fold(0.0, f64::max) + moved.max();
    let steps = (reach / spacing).ceil() as i64;
    let mut shares = [0.0; K];
    let mut response = Responses::new(K);
    for first in (-steps..=steps).step_by(POINTS) {
        let mut z = Points::ZERO;
        for (place, entry) in z.iter_mut().enumerate() {
            *entry = spacing * (first + place as i64) as f64;
        }
        hidden.responses(&[z; K], &mut response);
        for (unit, share) in shares.iter_mut().enumerate() {
            let variance = &response.covariance[unit * K + unit];
            for (z, variance) in z.iter().zip(variance.iter()) {
                let relative = variance / hidden.covariance_bound();
                if relative < 1e-16 {
                    continue;
                }
                for component in &law.components {
                    let spread = component.covariance[(unit, unit)].sqrt();
                    let apart = ((z - component.mean[unit]).abs() - moved[unit]).max(0.0) / spread;
                    let density = (-0.5 * apart * apart).exp() / (spread * (2.0 * PI).sqrt());
                    *share += component.weight * density * relative * spacing;
                }
            }
        }
    }
    Some(shares.map(|share| share.clamp(f64::MIN_POSITIVE, 1.0)))
}

impl<'a, const K: usize> Packet<'a, K> {
    fn new(
        hidden: &'a HiddenUnits,
        law: &'a PreActivation<'a, K>,
        v: &'a SMatrix<f64, K, K>,
        request: Request,
    ) -> Self {
        let (r, pairs) = (law.signals(), request == Request::Slopes);
        let mut kept = KEPT.take().unwrap_or_else(|| {
            Box::new(Kept {
                nodes: Nodes::new(K, r, pairs),
                factors: Factors::default(),
                sums: Accumulator::new(K, r, request),
                components: Vec::new(),
                present: Vec::new(),
            })
        });
        kept.nodes.restart(K, r, pairs);
        kept.sums.restart(K, r, request);
        kept.components.clear();
        kept.present.clear();
        kept.present.resize(law.components.len(), false);
        Self {
            hidden,
            law,
            v,
            volumes: Points::ZERO,
            kept,
        }
    }

    fn flush(&mut self) -> Option<()> {
        let Kept {
            nodes,
            factors,
            sums,
            components,
            present,
        } = &mut *self.kept;
        if nodes.used() == 0 {
            return Some(());
        }
        self.volumes[nodes.used()..].fill(0.0);
        nodes.respond(self.hidden, self.law, self.v);
        nodes.weigh(self.law, components, TAIL * TAIL, &self.volumes)?;
        sums.add(self.hidden, self.law, nodes, factors);
        nodes.clear();
        for component in components.drain(..) {
            present[component] = false;
        }
        Some(())
    }

    /// What `of` makes of the sums over all nodes.
    fn sums<T>(mut self, of: impl FnOnce(&Accumulator) -> T) -> Option<T> {
        self.flush()?;
        let result = of(&self.kept.sums);
        KEPT.set(Some(self.kept));
        Some(result)
    }
}

impl<const K: usize> Visit<K> for Packet<'_, K> {
    fn run(
        &mut self,
        grid: &Grid<K>,
        position: &Position<K>,
        indices: RangeInclusive<i64>,
        spans: &[Span<K>],
    ) -> Option<()> {
        let last = K - 1;
        let fixed: [f64; K] = std::array::from_fn(|unit| {
            let before = grid.field_before(unit, position);
            let own = grid.factor[(unit, unit)] * position.y[unit];
            if unit < last { before + own } else { before }
        });
        let spacings = grid.axes.iter().map(Axis::spacing).product::<f64>();
        let volume = position.slope * spacings * grid.factor.diagonal().product();
        let (centre, begin) = (grid.centre(last, position), *indices.start());
        for index in indices {
            let kept = &mut *self.kept;
            if kept.nodes.used() == 0 || index == begin {
                for span in spans {
                    let component = span.section.component;
                    if !std::mem::replace(&mut kept.present[component], true) {
                        kept.components.push(component);
                    }
                }
            }
            let place = grid.axes[last].place(index);
            let first = if K == 1 { index } else { position.first };
            let doubled = if grid.halved && first > 0 { 2.0 } else { 1.0 };
            self.volumes[kept.nodes.used()] = doubled * volume * place.slope;
            let z = fixed[last] + grid.factor[(last, last)] * (centre + place.y);
            kept.nodes
                .push(|unit| if unit == last { z } else { fixed[unit] });
            if kept.nodes.is_full() {
                self.flush()?;
            }
        }
        Some(())
    }
}

/// Where the components have their mass, in `y`: pre-activations within [`TAIL`] standard deviations
/// of each, moved by at most `V sup|f|` (bounded denoisers) or solved for linearly (Gaussian units,
/// `z = (I − V)^{-1}(ω + V b)`). As no component is narrower than the noise, a move by a length in
/// `y` is at most one by as many of its own standard deviations.
fn regions<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<'_, K>,
    v: &SMatrix<f64, K, K>,
) -> Option<Vec<Region<K>>> {
    let whitener = &law.noise_whitener;
    let (to_y, offset, moved) = match hidden.mean_bound() {
        Some(largest) => {
            let reach = (whitener * v).abs() * SVector::<f64, K>::from_column_slice(&largest);
            (*whitener, SVector::zeros(), reach.norm())
        }
        None => {
            let solve = (SMatrix::<f64, K, K>::identity() - v).try_inverse()?;
            let bias = SVector::<f64, K>::from_column_slice(hidden.bias());
            (whitener * solve, whitener * solve * v * bias, 0.0)
        }
    };
    let region = |component: &Component<'_, K>| {
        let spread = to_y * component.covariance * to_y.transpose();
        let centre = to_y * component.mean + offset;
        let finite = centre.iter().all(|entry| entry.is_finite()) && moved.is_finite();
        Some(Region {
            centre: finite.then_some(centre)?,
            factor: Cholesky::new(spread)?.l(),
            reach: TAIL + moved,
        })
    };
    law.components.iter().map(region).collect()
}
