//! How long the rest of a work will take, from the pieces that are finished.

use std::time::Duration;

/// Parts into which the finished work is cut.
const PARTS: usize = 9;

/// Pieces before there is an estimate.
const FEWEST: usize = 3;

/// The pieces that are finished: when, and which fraction of the work was done then.
///
/// The rest is taken to go as fast as the median of up to nine equal parts of what was done since
/// the first piece: one slow piece changes it little, and what comes before the first piece, not at
/// all.
#[derive(Debug, Default)]
pub struct Remaining {
    finished: Vec<(Duration, f64)>,
}

impl Remaining {
    /// A piece is finished.
    pub fn note(&mut self, at: Duration, fraction: f64) {
        let before = self.finished.last().map_or(0.0, |last| last.1);
        if fraction.is_finite() && fraction > before {
            self.finished.push((at, fraction.min(1.0)));
        }
    }

    /// Time that the rest will take, `now` after the beginning.
    pub fn left(&self, now: Duration) -> Option<Duration> {
        let &(last, done) = self.finished.last()?;
        if self.finished.len() < FEWEST {
            return None;
        }
        let mut slopes: Vec<f64> = (0..PARTS).filter_map(|part| self.slope(part)).collect();
        slopes.sort_by(f64::total_cmp);
        let median = *slopes.get(slopes.len() / 2)?;
        let rest = median * (1.0 - done);
        // What has passed since the last piece belongs to the next one.
        let since = now.saturating_sub(last).as_secs_f64();
        Some(Duration::from_secs_f64((rest - since).max(1.0)))
    }

    /// Seconds per unit of work in a part of what was done since the first piece.
    fn slope(&self, part: usize) -> Option<f64> {
        let (first, last) = (self.finished.first()?.1, self.finished.last()?.1);
        let at = |part: usize| {
            let fraction = first + (last - first) * part as f64 / PARTS as f64;
            let place = self.finished.partition_point(|one| one.1 < fraction);
            let place = place.min(self.finished.len() - 1);
            self.finished[place]
        };
        let (begin, end) = (at(part), at(part + 1));
        let work = end.1 - begin.1;
        (work > 0.0).then(|| end.0.saturating_sub(begin.0).as_secs_f64() / work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(pieces: impl IntoIterator<Item = f64>, of: usize) -> (Remaining, f64) {
        let mut own = Remaining::default();
        let mut time = 0.0;
        for (place, seconds) in pieces.into_iter().enumerate() {
            time += seconds;
            let fraction = (place + 1) as f64 / of as f64;
            own.note(Duration::from_secs_f64(time), fraction);
        }
        (own, time)
    }

    #[test]
    fn equal_pieces_are_extrapolated() {
        let (own, time) = after([2.0; 30], 100);
        let left = own
            .left(Duration::from_secs_f64(time))
            .expect("an estimate");
        assert!((left.as_secs_f64() - 140.0).abs() < 1.0, "{left:?}");
        // While the next piece is computed, the estimate falls.
        let later = own
            .left(Duration::from_secs_f64(time + 1.5))
            .expect("an estimate");
        assert!((later.as_secs_f64() - 138.5).abs() < 1.0, "{later:?}");
    }

    /// Theory comes first, and counts for nothing.
    #[test]
    fn a_long_beginning_changes_nothing() {
        let pieces = (0..20).map(|place| if place == 0 { 400.0 } else { 3.0 });
        let (own, time) = after(pieces, 100);
        let left = own
            .left(Duration::from_secs_f64(time))
            .expect("an estimate");
        assert!((left.as_secs_f64() - 240.0).abs() < 1.0, "{left:?}");
    }

    #[test]
    fn one_slow_piece_changes_little() {
        let pieces = (0..40).map(|place| if place == 20 { 600.0 } else { 1.0 });
        let (own, time) = after(pieces, 100);
        let left = own
            .left(Duration::from_secs_f64(time))
            .expect("an estimate");
        assert!((left.as_secs_f64() - 60.0).abs() < 5.0, "{left:?}");
    }

    #[test]
    fn nothing_is_said_at_the_very_beginning_and_nothing_negative_at_the_end() {
        let (own, time) = after([1.0, 1.0], 100);
        assert_eq!(own.left(Duration::from_secs_f64(time)), None);
        let (own, _) = after([1.0; 100], 100);
        let left = own.left(Duration::from_secs(500)).expect("an estimate");
        assert_eq!(left, Duration::from_secs(1));
        assert_eq!(Remaining::default().left(Duration::from_secs(5)), None);
    }
}
