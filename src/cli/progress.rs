//! A sign of life with the time left, on a terminal only.

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use onsager::table::printable_line;
use std::io::IsTerminal;
use std::sync::Once;
use std::time::Duration;

/// What is being done, and how much of it, shown once the work has taken a second; hidden unless
/// standard error is a terminal.
pub struct Progress {
    bar: ProgressBar,
    measured: Once,
}

impl Progress {
    const STEPS: u64 = 10_000;

    pub fn new(label: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::of(ProgressBar::hidden());
        }
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
        Self::of(bar)
    }

    fn of(bar: ProgressBar) -> Self {
        Self {
            bar,
            measured: Once::new(),
        }
    }

    /// Shows what is being done, and the fraction of the work that is finished, where it is known.
    pub fn tell(&self, message: &str, fraction: Option<f64>) {
        self.bar.set_message(printable_line(message).into_owned());
        let Some(fraction) = fraction else { return };
        self.measured.call_once(|| {
            if let Ok(style) = ProgressStyle::with_template(measured(columns())) {
                self.bar.set_style(style);
            }
            self.bar.set_length(Self::STEPS);
        });
        self.bar
            .set_position((fraction.clamp(0.0, 1.0) * Self::STEPS as f64) as u64);
    }
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
        _ => "{prefix} {bar:30} {percent:>3} %  left {eta}  {wide_msg}",
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
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
