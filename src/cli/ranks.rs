//! The part of this process in a job of several, which `mpirun` or `srun` started.

use onsager::error::{Error, Result};
use std::process::ExitCode;
use std::sync::OnceLock;

/// Variables in which launchers tell a process its number and how many there are: Open MPI, those of
/// PMI (MPICH, Intel MPI, Slurm), and Slurm with PMIx.
const LAUNCHERS: [(&str, &str); 3] = [
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("PMIX_RANK", "SLURM_NTASKS"),
];

/// Number of this process among those that were started together; 0 for one that was started alone.
fn number() -> usize {
    static NUMBER: OnceLock<usize> = OnceLock::new();
    *NUMBER.get_or_init(|| started().map_or(0, |(rank, _)| rank))
}

/// Number and count, where several processes were started together.
fn started() -> Option<(usize, usize)> {
    let read = |name: &str| std::env::var(name).ok()?.trim().parse::<usize>().ok();
    let found = LAUNCHERS
        .iter()
        .find_map(|(rank, count)| read(rank).zip(read(count)));
    found.filter(|(_, count)| *count > 1)
}

/// Whether this process speaks and writes: of those that share a simulation one does. Commands that
/// share nothing are as many runs as there are processes.
pub fn is_first() -> bool {
    !SHARES.get().copied().unwrap_or(true) || number() == 0
}

/// Whether the command shares its simulations; unknown before it is read.
static SHARES: OnceLock<bool> = OnceLock::new();

/// The part of this process.
pub struct Job {
    #[cfg(feature = "mpi")]
    joined: Option<onsager::ranks::mpi::Job>,
}

/// Joins the job, if there is one and the command `shares` its simulations.
///
/// # Errors
/// A job that can't be joined.
pub fn join(shares: bool) -> Result<Job> {
    let _ = SHARES.set(shares);
    joined(shares && started().is_some())
}

#[cfg(feature = "mpi")]
fn joined(job: bool) -> Result<Job> {
    use onsager::ranks::Ranks;
    if !job {
        return Ok(Job { joined: None });
    }
    let joined = onsager::ranks::mpi::join()?;
    let ranks = Ranks::of_process();
    let seen = Some((ranks.rank(), ranks.count()));
    if seen == started() {
        return Ok(Job {
            joined: Some(joined),
        });
    }
    let got = format!("{} for the MPI library of this program", ranks.count());
    let count = started().map_or(1, |(_, count)| count);
    let allowed = format!(
        "{count} processes were started: build the program with the MPI library whose mpirun or srun starts it"
    );
    Err(Error::invalid("ranks", got, allowed))
}

#[cfg(not(feature = "mpi"))]
fn joined(job: bool) -> Result<Job> {
    if !job {
        return Ok(Job {});
    }
    let count = started().map_or(1, |(_, count)| count);
    let got = format!("{count} processes that were started together");
    let allowed = "this program was built without MPI, and they would all do the same: build it with --features mpi, or start one";
    Err(Error::invalid("ranks", got, allowed))
}

impl Job {
    #[cfg(not(feature = "mpi"))]
    pub fn run(self, work: impl FnOnce() -> Result<ExitCode>) -> Result<ExitCode> {
        work()
    }

    /// Runs the command. Where several processes share it, an error or a defect of one ends all.
    #[cfg(feature = "mpi")]
    pub fn run(self, work: impl FnOnce() -> Result<ExitCode>) -> Result<ExitCode> {
        use super::{BAD_INPUT, complain};
        use onsager::ranks::mpi::abort;
        use std::time::Duration;

        /// What is wrong on all of them is said by the first one.
        const FIRST: Duration = Duration::from_secs(2);
        /// Exit status of a defect, as Rust has it.
        const DEFECT: i32 = 101;

        if self.joined.is_none() {
            return work();
        }
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            eprintln!("rank {}:", number());
            usual(panic);
            abort(DEFECT);
        }));
        let ended = work();
        if let Err(error) = &ended {
            if number() > 0 {
                std::thread::sleep(FIRST);
                eprint!("rank {}: ", number());
            }
            complain(error);
            abort(i32::from(BAD_INPUT));
        }
        ended
    }
}
