//! A sign of life with the time left, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Once;
use std::time::Duration;

/// What is being done, and how much of it, shown once the work has taken a second; hidden unless standard error is a terminal.
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
        if let Ok(style) = ProgressStyle::with_template("{prefix} {spinner} {elapsed}  {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(label.to_owned());
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
        self.bar.set_message(message.to_owned());
        let Some(fraction) = fraction else { return };
        self.measured.call_once(|| {
            let template = "{prefix} {bar:30} {percent:>3} %  left {eta}  {msg}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style);
            }
            self.bar.set_length(Self::STEPS);
        });
        self.bar
            .set_position((fraction.clamp(0.0, 1.0) * Self::STEPS as f64) as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
