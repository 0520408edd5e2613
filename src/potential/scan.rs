//! All roots of one order parameter: a scan of its domain that brackets them.
//!
//! The domain is covered by a coordinate `u` that resolves its ends and many orders of magnitude.
//! `F` and `∂F` at the nodes predict `F` between them (cubic Hermite interpolation); a cell is
//! halved until the prediction holds and tells whether `F` crosses zero in it, and a dip of `|F|`
//! until it is clear of zero or shows the two roots beside it. What stays hidden is narrower than
//! the first cells and leaves no trace in `F` and `∂F` at three points of one.

use super::outcome::{PotentialOutcome, Solution};
use super::saddle::Saddle;
use super::search::Search;
use super::solve::PotentialSettings;
use crate::definitions::Domain;
use nalgebra::DVector;
use std::cell::{Cell, RefCell};

/// Largest `|u|`: 1e-12 of the width from an end, or 1e12 from it where the domain is infinite.
const REACH: f64 = 27.6;

/// Cells of the first pass.
const CELLS: u32 = 216;

/// Width in which `u` is linear on the whole line.
const CORE: f64 = 0.1;

/// Finest level of the quadrature at a node.
const MAX_LEVEL: u32 = 12;

/// Largest number of quadrature nodes at a node: averages inside of each other are not refined as
/// far.
const MAX_QUADRATURE: usize = 50_000;

/// Relative change of `F` between two levels at which its sign is known, and that of `∂F`.
const FIRM: [f64; 2] = [1e-3, 1e-2];

/// Error of the prediction, relative to `|F|`, up to which it holds.
const PREDICTED: f64 = 0.1;

/// Halvings of a cell of the first pass where `F` crosses zero or `|F|` has a dip.
const DEEPEST: u32 = 30;

/// The same where only the prediction fails.
const DEEP: u32 = 8;

/// Nodes of one scan.
const BUDGET: u32 = 20_000;

/// Solutions at every root of the one order parameter that the scan finds; none where there are
/// several.
pub(super) fn scan(
    saddle: &Saddle,
    domains: &[Domain],
    settings: &PotentialSettings,
) -> Vec<Solution> {
    let [domain] = *domains else {
        return Vec::new();
    };
    let scan = Scan {
        saddle,
        domain,
        tolerance: settings.tolerance,
        nodes: Cell::new(0),
        finest: Cell::new(None),
        found: RefCell::default(),
    };
    scan.run();
    let search = |candidate: &Candidate| {
        let search = Search::new(saddle, domains, settings);
        match *candidate {
            Candidate::At(x) => search.start_at("scan".into(), DVector::from_element(1, x)),
            Candidate::Between(ends, level) => search.between("scan".into(), ends, level),
        }
    };
    // A change of sign without a root is a pole or a jump: not a stationary point, and not a
    // failure either.
    let is_answer = |solution: &Solution| {
        matches!(
            solution.outcome,
            PotentialOutcome::Converged | PotentialOutcome::QuadratureLimit { .. }
        )
    };
    let mut solutions: Vec<Solution> = scan.found.borrow().iter().map(search).collect();
    solutions.retain(is_answer);
    if scan.is_exhausted() {
        solutions.push(Solution {
            starts: vec!["scan".into()],
            outcome: PotentialOutcome::ScanIncomplete,
            residual: f64::INFINITY,
            evaluations: u64::from(scan.nodes.get()),
            level: 0,
            nodes: None,
            point: None,
        });
    }
    solutions
}

/// Where a root is.
#[derive(Debug, Clone, Copy)]
enum Candidate {
    At(f64),
    /// Between points at which the sign of `F` differs, at a level that resolves `F` at both.
    Between([f64; 2], u32),
}

/// `F` at one point.
#[derive(Debug, Clone, Copy)]
struct Node {
    u: f64,
    x: f64,
    value: f64,
    /// `dF/du`.
    slope: f64,
    level: u32,
    /// Whether quadrature resolves `F` and its slope.
    firm: bool,
    /// Whether `F` is 0 within the tolerance.
    zero: bool,
}

/// Two nodes and the one in the middle.
struct Triple {
    a: Node,
    middle: Node,
    b: Node,
}

struct Scan<'a> {
    saddle: &'a Saddle,
    domain: Domain,
    tolerance: f64,
    nodes: Cell<u32>,
    /// Finest level that is not too large, once it is known.
    finest: Cell<Option<u32>>,
    found: RefCell<Vec<Candidate>>,
}

/// The point with coordinate `u`, and `dx/du`.
fn coordinate(domain: Domain, u: f64) -> (f64, f64) {
    let width = domain.high - domain.low;
    match (domain.low.is_finite(), domain.high.is_finite()) {
        (true, true) => {
            let small = 1.0 / (1.0 + u.abs().exp());
            // From the nearer end, so that the distance to it keeps its digits.
            let x = match u < 0.0 {
                true => domain.low + width * small,
                false => domain.high - width * small,
            };
            (x, width * small * (1.0 - small))
        }
        (true, false) => (domain.low + u.exp(), u.exp()),
        (false, true) => (domain.high - (-u).exp(), (-u).exp()),
        (false, false) => (CORE * u.sinh(), CORE * u.cosh()),
    }
}

impl Scan<'_> {
    fn run(&self) {
        let nodes = self.first_pass();
        self.add_runs(&nodes);
        self.inspect_ends(&nodes);
        for pair in nodes.windows(2) {
            self.inspect(pair[0], pair[1], DEEPEST);
        }
    }

    fn is_exhausted(&self) -> bool {
        self.nodes.get() >= BUDGET
    }

    fn add(&self, candidate: Candidate) {
        self.found.borrow_mut().push(candidate);
    }

    /// Nodes at equal distances in `u`, and towards places where `F` begins or ceases to be
    /// defined.
    fn first_pass(&self) -> Vec<Node> {
        let place = |index: u32| REACH * (2.0 * f64::from(index) / f64::from(CELLS) - 1.0);
        let mut nodes: Vec<Node> = Vec::new();
        let mut before: Option<(f64, Option<Node>)> = None;
        for u in (0..=CELLS).map(place) {
            let node = self.node(u);
            match (before, node) {
                (Some((_, Some(inside))), None) => nodes.extend(self.towards_edge(inside.u, u)),
                (Some((outside, None)), Some(inside)) => {
                    nodes.extend(self.towards_edge(inside.u, outside).into_iter().rev());
                }
                _ => {}
            }
            nodes.extend(node);
            before = Some((u, node));
        }
        nodes
    }

    /// Nodes from a place where `F` is defined towards one where it is not.
    fn towards_edge(&self, mut inside: f64, mut outside: f64) -> Vec<Node> {
        let mut nodes = Vec::new();
        for _ in 0..DEEPEST {
            let u = 0.5 * (inside + outside);
            match self.node(u) {
                Some(node) => {
                    nodes.push(node);
                    inside = u;
                }
                None => outside = u,
            }
        }
        nodes
    }

    fn node(&self, u: f64) -> Option<Node> {
        let (x, stretch) = coordinate(self.domain, u);
        self.node_at(u, x, stretch)
    }

    /// `F` at `x`, at the first level that resolves it.
    fn node_at(&self, u: f64, x: f64, stretch: f64) -> Option<Node> {
        if !self.domain.contains(x) {
            return None;
        }
        self.nodes.set(self.nodes.get() + 1);
        let at = |level| {
            let value = self.saddle.equations(&[x], level).ok()?[0];
            let slope = self.saddle.jacobian(&[x], level).ok()?[(0, 0)];
            Some([value, slope])
        };
        let mut coarse = at(0)?;
        let mut level = 0;
        let mut firm = false;
        while !firm && level < self.finest_level(x) {
            let Some(fine) = at(level + 2) else { break };
            level += 2;
            let settled = |entry: usize| {
                let change = (fine[entry] - coarse[entry]).abs();
                change <= FIRM[entry] * fine[entry].abs() + self.tolerance
            };
            firm = settled(0) && settled(1);
            coarse = fine;
        }
        let [value, slope] = coarse;
        Some(Node {
            u,
            x,
            value,
            slope: slope * stretch,
            level,
            firm,
            zero: value.abs() <= self.tolerance,
        })
    }

    /// The number of quadrature nodes is the same at every `x`.
    fn finest_level(&self, x: f64) -> u32 {
        let affordable = |level: &u32| {
            let count = self.saddle.nodes(&[x], *level);
            count.is_ok_and(|count| count <= MAX_QUADRATURE)
        };
        let known = self.finest.get();
        let finest = known.unwrap_or_else(|| {
            let levels = (2..=MAX_LEVEL).step_by(2);
            levels.take_while(affordable).last().unwrap_or(0)
        });
        self.finest.set(Some(finest));
        finest
    }

    /// Roots at nodes. In a row of them `F` is small as well beside the root, or vanishes towards
    /// an end that is not in the domain.
    fn add_runs(&self, nodes: &[Node]) {
        for run in nodes.chunk_by(|a, b| a.zero == b.zero) {
            let touches = |u: f64| run.iter().any(|node| node.u == u);
            let at_end = touches(-REACH) || touches(REACH);
            let smallest = run
                .iter()
                .min_by(|a, b| a.value.abs().total_cmp(&b.value.abs()));
            if let Some(node) = smallest
                && node.zero
                && !at_end
            {
                self.add(Candidate::At(node.x));
            }
        }
    }

    /// Ends that belong to the domain.
    fn inspect_ends(&self, nodes: &[Node]) {
        let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else {
            return;
        };
        for (x, open, nearest) in [
            (self.domain.low, self.domain.low_open, first),
            (self.domain.high, self.domain.high_open, last),
        ] {
            let end = match open || !x.is_finite() {
                true => None,
                false => self.node_at(nearest.u, x, 1.0),
            };
            match end {
                Some(end) if end.zero => self.add(Candidate::At(x)),
                Some(end) if !nearest.zero && end.value * nearest.value < 0.0 => {
                    self.add(between(&end, nearest));
                }
                _ => {}
            }
        }
    }

    /// Looks for roots between two nodes; `depth` more halvings.
    fn inspect(&self, a: Node, b: Node, depth: u32) {
        let blind = !(a.firm && b.firm) || self.is_exhausted();
        let middle = match blind {
            true => None,
            false => self.node(0.5 * (a.u + b.u)),
        };
        let Some(middle) = middle else {
            if crosses(&a, &b) {
                self.add(between(&a, &b));
            }
            return;
        };
        if a.zero && b.zero && middle.zero {
            return;
        }
        let cell = Triple { a, middle, b };
        match cell.verdict(depth) {
            Verdict::Root => self.add(between(&a, &b)),
            Verdict::Nothing => {}
            Verdict::Unknown => {
                if middle.zero && !a.zero && !b.zero {
                    self.add(Candidate::At(middle.x));
                }
                self.inspect(a, middle, depth - 1);
                self.inspect(middle, b, depth - 1);
            }
        }
    }
}

/// What is known of a cell.
enum Verdict {
    Root,
    Nothing,
    Unknown,
}

impl Triple {
    fn verdict(&self, depth: u32) -> Verdict {
        let Self { a, middle, b } = self;
        if depth == 0 {
            return match crosses(a, b) {
                true => Verdict::Root,
                false => Verdict::Nothing,
            };
        }
        let width = b.u - a.u;
        let predicted = 0.5 * (a.value + b.value) + 0.125 * width * (a.slope - b.slope);
        let error = (middle.value - predicted).abs();
        let sizes = [a, middle, b].map(|node| node.value.abs());
        let slopes = [a, middle, b].map(|node| node.slope);
        if crosses(a, b) {
            let monotone =
                slopes.iter().all(|slope| *slope > 0.0) || slopes.iter().all(|slope| *slope < 0.0);
            let holds = error <= PREDICTED * sizes[0].max(sizes[2]);
            return match monotone && holds {
                true => Verdict::Root,
                false => Verdict::Unknown,
            };
        }
        let least = sizes.into_iter().fold(f64::INFINITY, f64::min);
        let steepest = slopes.iter().map(|slope| slope.abs()).fold(0.0, f64::max);
        let holds = error <= PREDICTED * least;
        let dips = dips(a, b) || dips(a, middle) || dips(middle, b);
        let clear = !dips || least > 0.25 * width * steepest;
        let trusted = holds && clear || !dips && depth <= DEEPEST - DEEP;
        match trusted && !crosses(a, middle) && !crosses(middle, b) {
            true => Verdict::Nothing,
            false => Verdict::Unknown,
        }
    }
}

fn between(a: &Node, b: &Node) -> Candidate {
    let ends = [a.x.min(b.x), a.x.max(b.x)];
    Candidate::Between(ends, a.level.max(b.level))
}

/// Whether `F` changes its sign from `a` to `b`, a root at one of them left aside.
fn crosses(a: &Node, b: &Node) -> bool {
    let beside = |node: &Node, direction: f64| match node.zero {
        true => direction * node.slope,
        false => node.value,
    };
    beside(a, 1.0) * beside(b, -1.0) < 0.0
}

/// Whether `|F|` falls from both nodes towards each other.
fn dips(a: &Node, b: &Node) -> bool {
    a.value * a.slope < 0.0 && b.value * b.slope > 0.0
}
