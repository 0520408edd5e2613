//! A progress bar with the time left, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar over a fraction of work; hidden unless standard error is a terminal.
pub struct Progress(ProgressBar);

impl Progress {
    const STEPS: u64 = 10_000;

    pub fn new(label: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(Self::STEPS);
        let template = "{prefix} {bar:30} {percent:>3} %  left {eta}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(label.to_owned());
        bar.enable_steady_tick(std::time::Duration::from_millis(250));
        Self(bar)
    }

    /// A sign of life for work of unknown length, shown once it has taken a second.
    pub fn spinner(label: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{prefix} {spinner} {elapsed}  {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(label.to_owned());
        let shown = bar.downgrade();
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_secs(1));
            if let Some(bar) = shown.upgrade().filter(|bar| !bar.is_finished()) {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(std::time::Duration::from_millis(250));
            }
        });
        Self(bar)
    }

    pub fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }

    pub fn set(&self, message: &str, fraction: f64) {
        self.0.set_message(message.to_owned());
        self.0
            .set_position((fraction.clamp(0.0, 1.0) * Self::STEPS as f64) as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
