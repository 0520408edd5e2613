//! Ranks of an MPI job.

use super::Link;
use crate::error::{Error, Result};
use mpi::Threading;
use mpi::collective::{CommunicatorCollectives, Root};
use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::point_to_point::{Destination, Source};
use mpi::topology::{Communicator, SimpleCommunicator};
use std::sync::Arc;

/// Most numbers of a message: MPI counts in 32 bits.
const MOST: usize = 1 << 28;

/// The part of this process in an MPI job. Keep it: it ends when it is dropped, on all ranks at about
/// the same time.
#[must_use = "the job ends when this is dropped"]
pub struct Job {
    _universe: Universe,
}

/// All ranks of the job.
struct World {
    rank: usize,
    count: usize,
    neighbours: usize,
}

/// Joins the MPI job in which this process was started: from now on simulations share their rows with
/// its other ranks (see [`enter`](super::enter)). A rank that gives up, by an error or a panic, must
/// [`abort`]: the others would wait for it.
///
/// # Errors
/// A process that is in a job already, a library that takes no calls from threads, or ranks that are
/// not alike.
pub fn join() -> Result<Job> {
    let (universe, threading) =
        mpi::initialize_with_threading(Threading::Serialized).ok_or_else(|| {
            Error::invalid("ranks", "joined twice", "a process joins an MPI job once")
        })?;
    if threading < Threading::Serialized {
        let allowed = "must take calls from one thread after the other: use another MPI library";
        let got = format!("an MPI library of threading {threading:?}");
        return Err(Error::invalid("ranks", got, allowed));
    }
    let world = universe.world();
    let [rank, count] = [world.rank(), world.size()].map(|number| number as usize);
    let neighbours = world.split_shared(world.rank()).size() as usize;
    super::enter(Arc::new(World {
        rank,
        count,
        neighbours,
    }))?;
    Ok(Job {
        _universe: universe,
    })
}

/// Ends the job on all ranks, with this exit status.
pub fn abort(status: i32) -> ! {
    SimpleCommunicator::world().abort(status)
}

fn world() -> SimpleCommunicator {
    SimpleCommunicator::world()
}

impl Link for World {
    fn rank(&self) -> usize {
        self.rank
    }

    fn count(&self) -> usize {
        self.count
    }

    fn neighbours(&self) -> usize {
        self.neighbours
    }

    fn send(&self, to: usize, numbers: &[f64]) {
        for part in numbers.chunks(MOST) {
            world().process_at_rank(to as i32).send(part);
        }
    }

    fn receive(&self, from: usize, numbers: &mut [f64]) {
        for part in numbers.chunks_mut(MOST) {
            world().process_at_rank(from as i32).receive_into(part);
        }
    }

    fn broadcast(&self, from: usize, numbers: &mut [f64]) {
        for part in numbers.chunks_mut(MOST) {
            world().process_at_rank(from as i32).broadcast_into(part);
        }
    }

    fn gather(&self, own: &[f64], counts: &[usize]) -> Vec<f64> {
        let total: usize = counts.iter().sum();
        let mut all = vec![0.0; total];
        if total > MOST {
            let mut rest = &mut all[..];
            for (rank, count) in counts.iter().enumerate() {
                let (part, others) = rest.split_at_mut(*count);
                if rank == self.rank {
                    part.copy_from_slice(own);
                }
                self.broadcast(rank, part);
                rest = others;
            }
            return all;
        }
        let mut next = 0;
        let places: Vec<i32> = counts
            .iter()
            .map(|count| {
                let place = next;
                next += *count as i32;
                place
            })
            .collect();
        let counts: Vec<i32> = counts.iter().map(|count| *count as i32).collect();
        world().all_gather_varcount_into(own, &mut PartitionMut::new(&mut all[..], counts, places));
        all
    }
}
