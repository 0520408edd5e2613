//! Nodes that are summed together.

use super::grid::{Grid, Position, Span, Visit};
use super::regions::TAIL;
use crate::hidden::HiddenUnits;
use crate::law::Points;
use crate::theory::axis::Axis;
use crate::theory::moments::{Accumulator, Factors, Request};
use crate::theory::nodes::Nodes;
use crate::theory::preactivation::PreActivation;
use nalgebra::SMatrix;
use std::cell::Cell;
use std::ops::RangeInclusive;

/// Packet of nodes that are summed together, with the components that reach them.
pub(super) struct Packet<'a, const K: usize> {
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

impl<'a, const K: usize> Packet<'a, K> {
    pub fn new(
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
    pub fn sums<T>(mut self, of: impl FnOnce(&Accumulator) -> T) -> Option<T> {
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
