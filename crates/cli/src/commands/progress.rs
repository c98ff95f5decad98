//! Shows a sync to whoever waits for it: a bar on a terminal, lines elsewhere.

use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use netgain_sync::{Event, Observer, Pace, Progress, StreamSummary};

/// How often a line tells of progress where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// All of a stream, in ten-thousandths.
const WHOLE: u64 = 10_000;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// A bar on a terminal, lines elsewhere.
    Progress,
    /// Nothing.
    Nothing,
}

/// Watches one sync.
pub struct Watcher {
    bar: Option<ProgressBar>,
    show: Show,
    name: String,
    now: Mutex<Now>,
}

struct Now {
    pace: Pace,
    began: Instant,
    told: Instant,
}

impl Now {
    fn new(stream: &str) -> Self {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        pace.begin(stream);
        Self { pace, began, told: began }
    }
}

impl Watcher {
    /// Watches a connection's sync.
    pub fn new(name: String, show: Show) -> Self {
        let terminal = show == Show::Progress && std::io::stderr().is_terminal();
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(Some(WHOLE), ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, show, name, now: Mutex::new(Now::new("")) }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None if self.show == Show::Progress => eprintln!("{text}"),
            None => {}
        }
    }

    fn began(&self, stream: &str) {
        *self.now() = Now::new(stream);
        if let Some(bar) = &self.bar {
            bar.set_position(0);
            bar.set_style(style(false));
            bar.set_message(format!("{} {stream}", self.name));
        }
    }

    fn kept(&self, stream: &str, records: u64, fraction: Option<u16>) {
        let text = {
            let mut now = self.now();
            now.pace.add(records, fraction, Instant::now());
            let due = now.told.elapsed() >= LINE_EVERY;
            if due {
                now.told = Instant::now();
            }
            let progress = now.pace.progress(Instant::now());
            if let (Some(bar), Some(fraction)) = (&self.bar, progress.fraction) {
                bar.set_style(style(true));
                bar.set_position(u64::from(fraction).min(WHOLE));
            }
            let text = format!("{} {stream}: {}", self.name, described(&progress));
            match &self.bar {
                Some(bar) => {
                    bar.set_message(text);
                    return;
                }
                None => due.then_some(text),
            }
        };
        if let Some(text) = text {
            self.line(&text);
        }
    }

    fn ended(&self, summary: &StreamSummary) {
        let time = self.now().began.elapsed();
        let mut text = format!(
            "{} {}: {} records, {} rows in {}.{} s, {} a second",
            self.name,
            summary.stream,
            thousands(summary.records),
            thousands(summary.rows),
            time.as_secs(),
            time.subsec_millis() / 100,
            thousands(rate(summary.records, time)),
        );
        if summary.quarantined > 0 {
            text.push_str(&format!("; {} set aside", thousands(summary.quarantined)));
        }
        if summary.unit_costs_without_currency > 0 {
            text.push_str(&format!(
                "; {} unit costs without a currency left out",
                thousands(summary.unit_costs_without_currency)
            ));
        }
        if let Some(error) = &summary.error {
            text.push_str(&format!("; {error}"));
        }
        self.line(&text);
    }
}

impl Observer for Watcher {
    fn event(&self, event: &Event<'_>) {
        use netgain_sync::Note;
        match event {
            Event::StreamBegan { stream, .. } => self.began(stream),
            Event::Kept { stream, records, fraction } => self.kept(stream, *records, *fraction),
            Event::Wrote { .. } => {}
            Event::StreamEnded(summary) => self.ended(summary),
            Event::Note(Note::Waiting { time, why }) => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("{}: waiting {} s ({why})", self.name, time.as_secs().max(1)));
                }
            }
            Event::Note(Note::Job { stream, state, objects }) => {
                if let Some(bar) = &self.bar {
                    let objects =
                        objects.map_or_else(String::new, |count| format!(", {} objects", thousands(count)));
                    bar.set_message(format!(
                        "{} {stream}: the platform prepares it ({state}{objects})",
                        self.name
                    ));
                }
            }
            Event::Note(Note::Recovered { stream, what }) => {
                self.line(&format!("{} {stream}: {what}", self.name));
            }
            Event::Profit { orders } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("{}: profit of {} orders", self.name, thousands(*orders)));
                }
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(end_known: bool) -> ProgressStyle {
    let template = if end_known { "{spinner} [{bar:30}] {msg}" } else { "{spinner} {msg}" };
    // a template that is wrong shows the library's own bar
    ProgressStyle::with_template(template)
        .map_or_else(|_| ProgressStyle::default_bar(), |style| style.progress_chars("=> "))
}

/// Rows, rate and the time to the end.
fn described(progress: &Progress) -> String {
    let mut text = format!("{} records", thousands(progress.records));
    if let Some(rate) = progress.records_per_second {
        text.push_str(&format!(", {} a second", thousands(rate)));
    }
    if let Some(fraction) = progress.fraction {
        text.push_str(&format!(", {} % done", fraction / 100));
    }
    if let Some(seconds) = progress.seconds_left {
        text.push_str(&format!(", {seconds} s left"));
    }
    text
}

fn rate(records: u64, time: Duration) -> u64 {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    records.saturating_mul(1000) / millis
}

/// A number with commas between its thousands.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let texts: Vec<String> = [0, 999, 1_000, 69_659, 1_234_567].map(thousands).into();
        assert_eq!(texts, ["0", "999", "1,000", "69,659", "1,234,567"]);
        assert_eq!(rate(500, Duration::from_millis(250)), 2_000);
        let progress = Progress {
            stream: "orders".to_owned(),
            records: 6_000,
            fraction: Some(2_550),
            records_per_second: Some(1_999),
            seconds_left: Some(90),
        };
        assert_eq!(described(&progress), "6,000 records, 1,999 a second, 25 % done, 90 s left");
    }
}
