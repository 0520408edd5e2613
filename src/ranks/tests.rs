use super::threads::{on_ranks, speak_only_where};
use super::*;
use crate::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Numbers of ranks: fewer and more than chunks, and such as don't divide them.
const COUNTS: [usize; 6] = [1, 2, 3, 4, 7, 40];

#[test]
fn every_row_has_one_rank() {
    for count in COUNTS {
        for rows in [0, 1, 63, 64, 65, 700, 2048, 100_000] {
            for chunk_rows in [64, 1024] {
                let all = on_ranks(count, |ranks| Division::new(rows, chunk_rows, ranks).own());
                assert_eq!(all[0].start, 0);
                assert_eq!(all[count - 1].end, rows);
                for pair in all.windows(2) {
                    assert_eq!(pair[0].end, pair[1].start);
                    assert!(pair[1].start % chunk_rows == 0 || pair[1].start == rows);
                }
                let chunks = all.iter().map(|own| own.len().div_ceil(chunk_rows));
                let (most, least) = chunks.fold((0, usize::MAX), |(most, least), chunks| {
                    (most.max(chunks), least.min(chunks))
                });
                assert!(most <= least + 1, "{count} ranks, {rows} rows: {all:?}");
                on_ranks(count, |ranks| {
                    let division = Division::new(rows, chunk_rows, ranks);
                    for row in division.own().step_by(61) {
                        assert_eq!(division.owner_of(row), ranks.rank());
                    }
                });
            }
        }
    }
}

/// A sum whose order shows in its last bits is that of one process, on every rank, with what each
/// chunk counted, and the states are those of the own rows.
#[test]
fn sums_do_not_depend_on_the_number_of_ranks() {
    let value = |row: usize, place: usize| 1.0 / (1.0 + (row * 31 + place * 7) as f64).sqrt();
    let summed = |ranks: &Ranks, rows: usize| {
        let division = Division::new(rows, 16, ranks);
        let own = division.own();
        let mut states = vec![0; own.len()];
        let mut sum = vec![0.0; 5];
        let mut counted = vec![(0_usize, Vec::new()); division.chunks()];
        division.sum(
            &mut states,
            &mut sum,
            &mut counted,
            &|first, states, g, own_count| {
                own_count.0 = states.len();
                for (place, state) in states.iter_mut().enumerate() {
                    let row = own.start + first + place;
                    *state = row;
                    own_count.1.push(value(row, 0));
                    for (entry, g) in g.iter_mut().enumerate() {
                        *g += value(row, entry);
                    }
                }
            },
        );
        assert_eq!(states, own.collect::<Vec<_>>());
        (sum, counted)
    };
    for rows in [1, 16, 100, 177, 512, 1000] {
        let alone = summed(Ranks::alone(), rows);
        for count in COUNTS {
            for own in on_ranks(count, |ranks| summed(ranks, rows)) {
                assert_eq!(own, alone, "{count} ranks, {rows} rows");
            }
        }
    }
    // The order does show.
    let rows = 1000;
    let (sum, _) = summed(Ranks::alone(), rows);
    let plain: f64 = (0..rows).map(|row| value(row, 0)).sum();
    assert_ne!(sum[0], plain);
    assert!((sum[0] - plain).abs() < 1e-12);
}

/// No rank waits for another, or lets one wait, before its own chunks are done: whatever the borders.
#[test]
fn work_comes_before_messages() {
    for count in COUNTS {
        on_ranks(count, |ranks| {
            let division = Division::new(1000, 16, ranks);
            let (own, done) = (division.own().len(), Arc::new(AtomicUsize::new(0)));
            let rows = Arc::clone(&done);
            speak_only_where(move || rows.load(Ordering::Relaxed) == own);
            let mut sum = vec![0.0];
            let mut counted = vec![(); division.chunks()];
            division.sum(
                &mut vec![(); own],
                &mut sum,
                &mut counted,
                &|_, states, g, ()| {
                    g[0] += states.len() as f64;
                    done.fetch_add(states.len(), Ordering::Relaxed);
                },
            );
            assert_eq!(sum, [1000.0]);
        });
    }
}

#[test]
fn what_others_know_is_filled_in() {
    for count in COUNTS {
        on_ranks(count, |ranks| {
            let division = Division::new(177, 16, ranks);
            let mut entries = vec![[0.0, 0.0]; 177];
            for row in division.own() {
                entries[row] = [row as f64, 0.5];
            }
            division.complete_rows(&mut entries);
            assert!((0..177).all(|row| entries[row] == [row as f64, 0.5]));
            let mut states: Vec<usize> = division.own().collect();
            let first = |chunk: usize, states: &mut [usize]| (chunk, states[0]);
            let all = division.all(division.each(&mut states, first), &(0, 0));
            assert_eq!(
                all,
                (0..12).map(|chunk| (chunk, 16 * chunk)).collect::<Vec<_>>()
            );
            let own = vec![1.0; ranks.rank()];
            let lengths: Vec<usize> = ranks.gather(own).iter().map(Vec::len).collect();
            assert_eq!(lengths, (0..count).collect::<Vec<_>>());
        });
    }
}

#[test]
fn the_first_rank_reads_for_all() {
    let text = "of any length, 19 bytes and more: ±1";
    for length in [0, 1, 7, 8, 9, text.len()] {
        for own in on_ranks(3, |ranks| {
            ranks.by_first(|| {
                assert!(ranks.is_first());
                Ok(text.as_bytes()[..length].to_vec())
            })
        }) {
            assert_eq!(own.expect("read"), &text.as_bytes()[..length]);
        }
    }
    let failed = on_ranks(3, |ranks| {
        ranks.by_first(|| Err(Error::file("it", "is gone")))
    });
    let words: Vec<String> = failed
        .into_iter()
        .map(|own| own.expect_err("gone").to_string())
        .collect();
    assert!(words[0].contains("is gone"), "{words:?}");
    assert!(
        words[1].contains("rank") && words[1] == words[2],
        "{words:?}"
    );
}

/// A rank that holds other numbers ends the run, whichever it is and however little they differ.
#[test]
fn ranks_that_went_apart_are_found() {
    for wrong in 0..3 {
        let all = on_ranks(3, |ranks| {
            let mut weights = vec![0.1, 0.2, 0.3];
            ranks.require_same("weights", &weights);
            if ranks.rank() == wrong {
                weights[2] = f64::from_bits(weights[2].to_bits() + 1);
            }
            let found = std::panic::AssertUnwindSafe(|| ranks.require_same("weights", &weights));
            std::panic::catch_unwind(found).is_err()
        });
        assert_eq!(all, [true; 3]);
    }
}
