use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An end that somebody may ask for while work goes on: Ctrl-C.
#[derive(Clone, Debug, Default)]
pub struct Halt(Arc<AtomicBool>);

impl Halt {
    /// Asks for the end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What a signal sets.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}
