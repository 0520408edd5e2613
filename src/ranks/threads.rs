//! Ranks that are threads of one process.

use super::{Link, Ranks};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

thread_local! {
    /// What must be true where this thread sends or receives.
    static READY: RefCell<Option<Box<dyn Fn() -> bool>>> = const { RefCell::new(None) };
}

/// From now on this thread sends and receives nothing unless this is true.
pub(super) fn speak_only_where(ready: impl Fn() -> bool + 'static) {
    READY.with(|own| *own.borrow_mut() = Some(Box::new(ready)));
}

fn require_ready() {
    let ready = READY.with(|own| own.borrow().as_ref().is_none_or(|ready| ready()));
    assert!(ready, "work is left to do before a message");
}

/// The end of one thread.
struct Threads {
    rank: usize,
    to: Vec<Mutex<Sender<Vec<f64>>>>,
    from: Vec<Mutex<Receiver<Vec<f64>>>>,
}

/// What `work` makes on each of `count` ranks, in their order.
pub(crate) fn on_ranks<T: Send>(count: usize, work: impl Fn(&Ranks) -> T + Sync) -> Vec<T> {
    let mut to: Vec<Vec<_>> = (0..count).map(|_| Vec::new()).collect();
    let mut from: Vec<Vec<_>> = (0..count).map(|_| Vec::new()).collect();
    for sender in &mut to {
        for receiver in &mut from {
            let (near, far) = channel();
            sender.push(Mutex::new(near));
            receiver.push(Mutex::new(far));
        }
    }
    let ends = to.into_iter().zip(from).enumerate();
    let ends = ends.map(|(rank, (to, from))| Threads { rank, to, from });
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = ends
            .map(|end| scope.spawn(move || work(&Ranks::new(Arc::new(end)))))
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended.map(|made| made.expect("a rank that ends")).collect()
    })
}

impl Link for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn count(&self) -> usize {
        self.to.len()
    }

    fn neighbours(&self) -> usize {
        self.count()
    }

    fn send(&self, to: usize, numbers: &[f64]) {
        require_ready();
        let end = self.to[to].lock().expect("one thread");
        end.send(numbers.to_vec()).expect("somebody listens");
    }

    fn receive(&self, from: usize, numbers: &mut [f64]) {
        require_ready();
        let end = self.from[from].lock().expect("one thread");
        numbers.copy_from_slice(&end.recv().expect("somebody sends"));
    }

    fn broadcast(&self, from: usize, numbers: &mut [f64]) {
        if self.rank != from {
            return self.receive(from, numbers);
        }
        for to in (0..self.count()).filter(|to| *to != from) {
            self.send(to, numbers);
        }
    }

    fn gather(&self, own: &[f64], counts: &[usize]) -> Vec<f64> {
        assert_eq!(own.len(), counts[self.rank], "what the others expect");
        let parts = counts.iter().enumerate().map(|(rank, count)| {
            let mut part = match rank == self.rank {
                true => own.to_vec(),
                false => vec![0.0; *count],
            };
            self.broadcast(rank, &mut part);
            part
        });
        parts.collect::<Vec<_>>().concat()
    }
}
