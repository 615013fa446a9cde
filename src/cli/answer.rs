//! What a command gives back: one thing, said in two ways.

use std::error::Error;

use serde::Serialize;
use serde_json::Value;

/// A command's result.
pub struct Answer {
    /// For people; ends with a line that says where the results are and what to do next.
    pub text: String,
    /// For programs.
    pub json: Value,
    /// Done, but something should be looked at: exit code 1.
    pub look: bool,
}

impl Answer {
    /// Of a value that says it all.
    pub fn new(text: String, value: &impl Serialize, look: bool) -> Self {
        Self { text, json: serde_json::to_value(value).unwrap_or(Value::Null), look }
    }
}

/// Why a command could not run: exit code 2.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The first of many, with a count of the rest.
pub fn few(lines: impl ExactSizeIterator<Item = String>, most: usize) -> String {
    let count = lines.len();
    let mut text: String = lines.take(most).flat_map(|line| ["  ".to_owned(), line, "\n".to_owned()]).collect();
    if count > most {
        text += &format!("  … and {} more (--format json lists all)\n", count - most);
    }
    text
}
