//! A sign of life with the time that is left: a bar on a terminal, else a plain line a minute.

use super::messages::{Talk, say, talk};
use super::remaining::Remaining;
use console::Term;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use onsager::table::printable_line;
use std::io::IsTerminal;
use std::sync::{Arc, Condvar, Mutex, Once};
use std::time::{Duration, Instant};

/// Where standard error is not a terminal, a line is written each time this has passed.
const PLAIN: Duration = Duration::from_secs(60);

/// What is being done, how much of it, and how long the rest will take; shown on a terminal once
/// the work has taken a second.
pub struct Progress {
    bar: ProgressBar,
    measured: Once,
    shared: Arc<Shared>,
    begun: Instant,
}

/// What the thread that writes plain lines sees.
struct Shared {
    label: String,
    state: Mutex<State>,
    finished: Condvar,
}

#[derive(Default)]
struct State {
    message: String,
    fraction: Option<f64>,
    remaining: Remaining,
    finished: bool,
}

impl Progress {
    const STEPS: u64 = 10_000;

    pub fn new(label: &str) -> Self {
        let shared = Arc::new(Shared {
            label: prefix(label),
            state: Mutex::default(),
            finished: Condvar::new(),
        });
        let begun = Instant::now();
        let bar = match (talk(), std::io::stderr().is_terminal()) {
            (Talk::Usual, true) => bar(label),
            (Talk::Usual, false) => {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.write_lines(begun));
                ProgressBar::hidden()
            }
            (Talk::Nothing | Talk::Quiet | Talk::Verbose, _) => ProgressBar::hidden(),
        };
        Self {
            bar,
            measured: Once::new(),
            shared,
            begun,
        }
    }

    /// Shows what is being done, and the fraction of the work that is finished, where it is known.
    pub fn tell(&self, message: &str, fraction: Option<f64>) {
        let message = printable_line(message).into_owned();
        let elapsed = self.begun.elapsed();
        let line = self.shared.told(&message, fraction, elapsed);
        if talk() == Talk::Verbose {
            say(&line);
        }
        let Some(fraction) = fraction else {
            return self.bar.set_message(message);
        };
        self.measured.call_once(|| {
            if let Ok(style) = ProgressStyle::with_template(measured(columns())) {
                self.bar.set_style(style);
            }
            self.bar.set_length(Self::STEPS);
        });
        self.bar.set_message(match self.shared.left(elapsed) {
            Some(left) => format!("{left}  {message}"),
            None => message,
        });
        // All of it is done when there is an answer.
        let shown = fraction.clamp(0.0, 0.99);
        self.bar.set_position((shown * Self::STEPS as f64) as u64);
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }

    /// Notes what is done; the line that says so.
    fn told(&self, message: &str, fraction: Option<f64>, elapsed: Duration) -> String {
        let mut state = self.lock();
        message.clone_into(&mut state.message);
        state.fraction = fraction.or(state.fraction);
        if let Some(fraction) = fraction {
            state.remaining.note(elapsed, fraction);
        }
        drop(state);
        self.line(elapsed)
    }

    /// How long the rest will take, in words, where that is known.
    fn left(&self, elapsed: Duration) -> Option<String> {
        let left = self.lock().remaining.left(elapsed)?;
        Some(format!("about {} left", words(left)))
    }

    fn line(&self, elapsed: Duration) -> String {
        let left = self.left(elapsed);
        let left = left.map_or_else(String::new, |left| format!(", {left}"));
        let state = self.lock();
        let done = state.fraction.map_or_else(String::new, |fraction| {
            format!(" {:.0} %,", 100.0 * fraction.clamp(0.0, 0.99))
        });
        let elapsed = words(elapsed);
        let message = match state.message.as_str() {
            "" => "begun",
            message => message,
        };
        format!("{}:{done} {message}; {elapsed} elapsed{left}", self.label)
    }

    fn write_lines(&self, begun: Instant) {
        let mut state = self.lock();
        while !state.finished {
            let waited = self.finished.wait_timeout(state, PLAIN);
            let (own, timeout) = waited.unwrap_or_else(|broken| broken.into_inner());
            state = own;
            if timeout.timed_out() && !state.finished {
                drop(state);
                say(&self.line(begun.elapsed()));
                state = self.lock();
            }
        }
    }
}

/// A time in words: 45 s, 3 min 10 s, 2 h 5 min.
fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => HumanDuration(time).to_string(),
    }
}

/// A bar on the terminal, once the work has taken a second.
fn bar(label: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template(waiting(columns())) {
        bar.set_style(style);
    }
    bar.set_prefix(prefix(label));
    let shown = bar.downgrade();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        if let Some(bar) = shown.upgrade().filter(|bar| !bar.is_finished()) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(250));
        }
    });
    bar
}

/// The beginning of a label.
fn prefix(label: &str) -> String {
    const LONGEST: usize = 24;
    printable_line(label).chars().take(LONGEST).collect()
}

/// Columns of the terminal.
fn columns() -> u16 {
    Term::stderr().size().1
}

/// What is shown while the amount of work is not known, on a terminal of this width: one line at
/// any width.
fn waiting(columns: u16) -> &'static str {
    match columns {
        0..40 => "{spinner} {wide_msg}",
        _ => "{prefix} {spinner} {elapsed}  {wide_msg}",
    }
}

/// What is shown when it is.
fn measured(columns: u16) -> &'static str {
    match columns {
        0..40 => "{percent:>3} % {wide_msg}",
        40..80 => "{bar:12} {percent:>3} %  {wide_msg}",
        _ => "{prefix} {bar:30} {percent:>3} %  {elapsed}  {wide_msg}",
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.shared.lock().finished = true;
        self.shared.finished.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io::Result;
    use std::sync::{Arc, Mutex};

    /// A terminal that keeps what is written.
    #[derive(Debug, Clone)]
    struct Paper {
        width: u16,
        text: Arc<Mutex<String>>,
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            self.width
        }
        fn move_cursor_up(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> Result<()> {
            self.text.lock().expect("one thread").push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> Result<()> {
            Ok(())
        }
        fn flush(&self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_says_what_is_done_and_how_long_it_will_take() {
        let shared = Shared {
            label: "fig1-right".into(),
            state: Mutex::default(),
            finished: Condvar::new(),
        };
        let at = Duration::from_secs;
        let line = shared.told("λ = 0.6", None, at(5));
        assert_eq!(line, "fig1-right: λ = 0.6; 5 s elapsed");
        for (seconds, fraction) in [(10, 0.1), (20, 0.2), (30, 0.3)] {
            shared.told("λ = 1.5", Some(fraction), at(seconds));
        }
        let line = shared.line(at(30));
        assert_eq!(
            line,
            "fig1-right: 30 %, λ = 1.5; 30 s elapsed, about 1 min 10 s left"
        );
        let line = shared.told("the end", Some(1.0), at(100));
        assert!(line.starts_with("fig1-right: 99 %"), "{line}");
    }

    #[test]
    fn the_bar_fits_any_terminal() {
        for width in [8, 20, 40, 60, 80, 200] {
            for template in [waiting(width), measured(width)] {
                let text = Arc::default();
                let paper = Paper {
                    width,
                    text: Arc::clone(&text),
                };
                let bar = ProgressBar::with_draw_target(
                    Some(100),
                    ProgressDrawTarget::term_like(Box::new(paper)),
                );
                bar.set_style(ProgressStyle::with_template(template).expect("a template"));
                bar.set_prefix(prefix("phase-two-signals-and-still-more"));
                bar.set_message("cell 1234 of 56789, λ = 1.2345, a long message of a search");
                text.lock().expect("one thread").clear();
                bar.force_draw();
                let shown = text.lock().expect("one thread").trim_end().to_owned();
                let length = shown.chars().count();
                assert!(
                    (1..=usize::from(width)).contains(&length),
                    "{width}: {shown:?}"
                );
            }
        }
    }
}
