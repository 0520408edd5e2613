//! How ranks reach each other.

/// Numbers that go from rank to rank. Every rank makes the same calls in the same order, and those of
/// one process come from one thread at a time.
///
/// A link that breaks ends the process: with a part of the rows missing there is nothing left to do.
pub trait Link: Send + Sync {
    /// Number of this rank, from 0.
    fn rank(&self) -> usize;

    /// Number of ranks.
    fn count(&self) -> usize;

    /// Number of ranks on this machine, with this one.
    fn neighbours(&self) -> usize;

    /// Sends numbers to another rank, which [receives](Link::receive) as many.
    fn send(&self, to: usize, numbers: &[f64]);

    /// Receives what another rank sends.
    fn receive(&self, from: usize, numbers: &mut [f64]);

    /// The numbers of rank `from`, on all.
    fn broadcast(&self, from: usize, numbers: &mut [f64]);

    /// The numbers of each rank, of which there are `counts`, one after the other, on all.
    fn gather(&self, own: &[f64], counts: &[usize]) -> Vec<f64>;
}
