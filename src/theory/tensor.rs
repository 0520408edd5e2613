//! Tensor trapezoid rule in the proximal coordinate, for up to three units.
//!
//! With `ω = z − V f(z)`, `dω = det(I − V D(z)) dz`, so that
//! `E[φ] = ∫ φ(z) p(ω(z)) det(I − V D) dz` has a smooth integrand and no root to solve at the
//! nodes; the trapezoid rule on a uniform grid then converges exponentially (theory.md section 3,
//! "Proximal coordinate").
//!
//! The grid lives in `y = L^{-1} z`, `L L^T = Q`: one unit of `y` is one standard deviation of the
//! noise. Only nodes within the tails of a component of the mixture are visited, so that the cost
//! grows with the number of components that lie apart, not with their distance.

use super::moments::{Accumulator, Factors, Moments, Request};
use super::nodes::Nodes;
use super::preactivation::{Component, PreActivation};
use crate::hidden::HiddenUnits;
use crate::law::{POINTS, Points, Responses};
use nalgebra::{Cholesky, SMatrix, SVector};
use rayon::prelude::*;
use std::cell::Cell;
use std::f64::consts::PI;

/// Standard deviations after which a Gaussian tail is dropped: its mass is 1e-15 of the whole
/// (8e-14 around a point in three dimensions).
const TAIL: f64 = 8.0;

/// Spacing of the coarsest grid, in units of the fields over which the denoiser varies: the
/// trapezoid error of `tanh`, with poles at distance π/2, is then about `exp(−π²/0.5)` = 3e-9.
const COARSE: f64 = 0.5;

/// Nodes from which on slabs of the grid are worth a thread of their own.
const PARALLEL_NODES: usize = 20_000;

/// Groups of neighbouring slabs that threads share: enough to balance them.
const GROUPS: usize = 32;

/// One uniform grid, with what of it is visited.
struct Grid<const K: usize> {
    spacing: SVector<f64, K>,
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
    grid.walk(0, &mut [0; K], &whole, &mut rooms, &mut count)?;
    let packet = || Packet::new(hidden, law, v, request);
    // Summed group by group in the order of the grid: the same bits for any number of threads.
    if K > 1 && count.nodes > PARALLEL_NODES {
        let slabs = grid.slabs(&whole);
        let group = |slabs: &[(i64, Vec<Section<K>>)]| {
            let (mut packet, mut rooms) = (packet(), grid.rooms());
            for (index, sections) in slabs {
                crate::interrupt::check();
                let mut position = [0; K];
                position[0] = *index;
                grid.walk(1, &mut position, sections, &mut rooms, &mut packet)?;
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
    grid.walk(0, &mut [0; K], &whole, &mut rooms, &mut packet)?;
    packet.sums(|sums| sums.finish(law))
}

/// What a walk does with a run of nodes: all coordinates but the last are fixed.
trait Visit<const K: usize> {
    /// `None` ends the walk.
    fn run(
        &mut self,
        grid: &Grid<K>,
        position: &[i64; K],
        last: i64,
        spans: &[Span<K>],
    ) -> Option<()>;
}

/// Counts nodes up to a limit.
struct Count {
    nodes: usize,
    limit: usize,
}

impl<const K: usize> Visit<K> for Count {
    fn run(&mut self, _: &Grid<K>, position: &[i64; K], last: i64, _: &[Span<K>]) -> Option<()> {
        self.nodes += (last - position[K - 1]) as usize + 1;
        (self.nodes <= self.limit).then_some(())
    }
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
        let steepness = hidden.covariance_bound().sqrt().max(1.0);
        let factor = law.noise_factor.abs() * steepness;
        let longest = factor.max();
        let varying = varying(hidden, law, v, longest);
        let spacing = |axis: usize| match &varying {
            // Each unit varies with its own field alone.
            Some(varying) => (0..K)
                .map(|unit| coarse(factor[(unit, axis)], varying[unit]))
                .fold(f64::INFINITY, f64::min),
            None => coarse(factor.column(axis).norm(), 1.0),
        };
        let spacing = |axis: usize| scale * spacing(axis);
        Some(Self {
            spacing: SVector::from_fn(|axis, _| spacing(axis)),
            factor: law.noise_factor,
            regions: regions(hidden, law, v)?,
            halved: odd,
        })
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
        self.spans(0, whole, &mut room.spans);
        let mut slabs = Vec::new();
        for (first, last, spans) in merged_spans(&room.spans) {
            for index in first..=last {
                self.cut(0, index, spans, &mut room.sections);
                slabs.push((index, room.sections.clone()));
            }
        }
        slabs
    }

    /// What the sections span along `axis`, in order.
    fn spans(&self, axis: usize, sections: &[Section<K>], spans: &mut Vec<Span<K>>) {
        spans.clear();
        for section in sections {
            let region = &self.regions[section.component];
            let turned: f64 = (0..axis)
                .map(|before| region.factor[(axis, before)] * section.t[before])
                .sum();
            let middle = region.centre[axis] + turned;
            let half = region.factor[(axis, axis)] * section.rest.sqrt();
            let mut first = ((middle - half) / self.spacing[axis]).ceil() as i64;
            let last = ((middle + half) / self.spacing[axis]).floor() as i64;
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

    /// The sections at one index along `axis`.
    fn cut(&self, axis: usize, index: i64, spans: &[Span<K>], sections: &mut Vec<Section<K>>) {
        sections.clear();
        let y = self.spacing[axis] * index as f64;
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
        position: &mut [i64; K],
        sections: &[Section<K>],
        rooms: &mut [Room<K>],
        visit: &mut impl Visit<K>,
    ) -> Option<()> {
        let (room, deeper) = rooms.split_first_mut()?;
        self.spans(axis, sections, &mut room.spans);
        for (first, last, spans) in merged_spans(&room.spans) {
            if axis + 1 == K {
                position[axis] = first;
                visit.run(self, position, last, spans)?;
                continue;
            }
            for index in first..=last {
                position[axis] = index;
                self.cut(axis, index, spans, &mut room.sections);
                self.walk(axis + 1, position, &room.sections, deeper, visit)?;
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

/// Spacing of the coarsest grid along an axis whose unit is this many units of the denoiser's
/// fields, in that unit.
///
/// With a pole at distance `p = π/2` by the length, the trapezoid error of the Gaussian density
/// times `tanh` at spacing `h` is about `exp(−2πp/h + p²/2)`, less where the probability `share` of
/// the fields near the pole is small; that of the density alone, without poles so near,
/// `exp(−2π²/h²)`. Both are here as large as that of [`COARSE`] at length 1.
fn coarse(length: f64, share: f64) -> f64 {
    let exponent = PI * PI / COARSE - PI * PI / 8.0;
    let widest = 2.0 * PI / (2.0 * exponent).sqrt();
    let pole = PI / (2.0 * length);
    let left = exponent + share.ln();
    if left <= 0.5 * pole * pole {
        return widest;
    }
    widest.min(2.0 * PI * pole / (left + 0.5 * pole * pole))
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
    if K == 1 || longest <= 1.0 || hidden.law().joint_dimension().is_some() {
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
        position: &[i64; K],
        last: i64,
        spans: &[Span<K>],
    ) -> Option<()> {
        let along = |axis: usize| grid.spacing[axis] * position[axis] as f64;
        let before = |unit: usize| {
            let axes = 0..unit.min(K - 1) + usize::from(unit < K - 1);
            axes.map(|axis| grid.factor[(unit, axis)] * along(axis))
                .sum::<f64>()
        };
        let fixed: [f64; K] = std::array::from_fn(before);
        let step = grid.factor[(K - 1, K - 1)] * grid.spacing[K - 1];
        let volume = grid.spacing.product() * grid.factor.diagonal().product();
        for index in position[K - 1]..=last {
            let kept = &mut *self.kept;
            if kept.nodes.used() == 0 || index == position[K - 1] {
                for span in spans {
                    let component = span.section.component;
                    if !std::mem::replace(&mut kept.present[component], true) {
                        kept.components.push(component);
                    }
                }
            }
            let first = if K == 1 { index } else { position[0] };
            let doubled = grid.halved && first > 0;
            self.volumes[kept.nodes.used()] = if doubled { 2.0 * volume } else { volume };
            let moved = step * index as f64;
            kept.nodes.push(|unit| {
                if unit == K - 1 {
                    fixed[unit] + moved
                } else {
                    fixed[unit]
                }
            });
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
