//! Progress leaves the work as events; who listens decides what is seen.

use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// What happened.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event<'a> {
    /// A part of the work begins; parts come one after the other.
    Started {
        /// "augmenting", "fold 1 of 5", ….
        what: &'a str,
        /// How many steps it has.
        total: u64,
    },
    /// Steps of the part were done.
    Advanced {
        /// How many.
        by: u64,
    },
    /// The state of the part in a few words, such as the loss.
    Now {
        /// At most some 60 characters.
        note: &'a str,
    },
    /// Numbers of the part, such as the losses of an epoch.
    Measured {
        /// The part's name.
        what: &'a str,
        /// Where its files go.
        folder: Option<&'a Path>,
        /// From 1; a part that goes on after it was cut off says its earlier steps again.
        step: u64,
        /// Names and numbers, the same names at every step.
        values: &'a [(&'a str, f64)],
    },
    /// The part is done.
    Finished {
        /// What came out of it.
        note: &'a str,
    },
    /// Something that the user should know.
    Warning {
        /// What was seen, why it matters, what to type.
        text: &'a str,
    },
}

/// Hears events; called from any thread.
pub trait Listener: Sync {
    /// One event.
    fn hear(&self, event: Event<'_>);
}

/// Hears nothing.
pub struct Silence;

impl Listener for Silence {
    fn hear(&self, _: Event<'_>) {}
}

/// A progress bar on standard error where that is a terminal; warnings as lines anywhere.
#[derive(Default)]
pub struct Bars {
    bar: Mutex<Option<ProgressBar>>,
}

impl Listener for Bars {
    fn hear(&self, event: Event<'_>) {
        let mut bar = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match (event, bar.as_ref()) {
            (Event::Started { what, total }, old) => {
                old.inspect(|old| old.finish_and_clear());
                let style = "{prefix:>24} [{bar:28}] {pos}/{len} {elapsed} (left {eta}) {msg}";
                let new = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
                new.set_style(
                    ProgressStyle::with_template(style)
                        .unwrap_or_else(|_| ProgressStyle::default_bar())
                        .progress_chars("=> "),
                );
                new.set_prefix(what.to_owned());
                *bar = Some(new);
            }
            (Event::Advanced { by }, Some(bar)) => bar.inc(by),
            (Event::Now { note }, Some(bar)) => bar.set_message(note.to_owned()),
            (Event::Finished { note }, Some(old)) => {
                if !old.is_hidden() {
                    old.println(format!("{:>24} {note}", old.prefix()));
                }
                old.finish_and_clear();
                *bar = None;
            }
            (Event::Warning { text }, bar) => {
                let line = format!("warning: {text}");
                match bar {
                    Some(bar) if !bar.is_hidden() => bar.println(line),
                    _ => drop(writeln!(std::io::stderr(), "{line}")),
                }
            }
            (Event::Measured { .. }, _) | (_, None) => {}
        }
    }
}

/// One JSON object a line on standard error, at most ten a second for the small ones.
#[derive(Default)]
pub struct JsonLines {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    steps: u64,
    last: Option<Instant>,
}

impl Listener for JsonLines {
    fn hear(&self, event: Event<'_>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut out = std::io::stderr().lock();
        // A closed standard error is no reason to stop the work.
        let mut say = |event: Event<'_>| {
            serde_json::to_string(&event).map(|line| writeln!(out, "{line}")).map(drop).unwrap_or_default();
        };
        if let Event::Advanced { by } = event {
            waiting.steps += by;
            if waiting.last.is_some_and(|last| last.elapsed() < Duration::from_millis(100)) {
                return;
            }
            waiting.last = Some(Instant::now());
        }
        if waiting.steps > 0 {
            say(Event::Advanced { by: std::mem::take(&mut waiting.steps) });
        }
        if !matches!(event, Event::Advanced { .. }) {
            say(event);
        }
    }
}
