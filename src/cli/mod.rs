//! The command line: the only room that prints. Doc comments here are the help.

mod answer;
mod audit;
mod audit_input;
mod augment;
mod compare;
mod demo_data;
mod doctor;
#[cfg(feature = "train")]
mod export;
mod groups;
mod import;
#[cfg(feature = "train")]
mod judge;
mod merge;
mod near;
mod pack;
mod replay;
mod shard;
mod split;
mod table;
#[cfg(feature = "train")]
mod train_eval;
#[cfg(feature = "train")]
mod training;
mod transforms;
#[cfg(feature = "train")]
mod tune;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::run::{Bars, JsonLines, Listener, Silence};
use answer::{Answer, Failure};

/// Even classes, honest folds: rebalances image-classification data, splits it into folds that cannot leak, trains an
/// EfficientNet on them, and says whether the validation score will hold on the images that you will be judged on.
///
/// Exit codes: 0 done; 1 done, but look (images skipped, leak found, validation not to be trusted); 2 could not run.
#[derive(Parser)]
#[command(version, propagate_version = true, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    shared: Shared,
}

/// What every command takes.
#[derive(clap::Args)]
struct Shared {
    /// `text` for people; `json` prints one JSON object on standard output, and progress as JSON lines on standard error
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
    /// No progress; warnings are kept
    #[arg(long, short, global = true, help_heading = "Output")]
    quiet: bool,
    /// Threads to use [default: all]
    #[arg(long, short, global = true, value_name = "N", help_heading = "Output")]
    jobs: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Subcommand)]
enum Command {
    Augment(augment::Args),
    Merge(merge::Args),
    Split(split::Args),
    Audit(audit::Args),
    Compare(compare::Args),
    Replay(replay::Args),
    Pack(pack::Args),
    #[cfg(feature = "train")]
    TrainEval(train_eval::Args),
    #[cfg(feature = "train")]
    Tune(tune::Args),
    #[cfg(feature = "train")]
    Export(export::Args),
    DemoData(demo_data::Args),
    Doctor(doctor::Args),
    Import(import::Args),
    Transforms(transforms::Args),
}

/// Parses, runs, prints, and says how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    #[cfg(feature = "train")]
    if matches!(cli.command, Command::TrainEval(_) | Command::Tune(_)) {
        train_eval::start_with_policies();
    }
    if let Some(jobs) = cli.shared.jobs {
        // Fails only where threads were started before, which nothing does.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs).build_global();
    }
    let listener: Box<dyn Listener> = match cli.shared.format {
        _ if cli.shared.quiet => Box::new(Silence),
        Format::Json => Box::new(JsonLines::default()),
        Format::Text => Box::new(Bars::default()),
    };
    let answer = match cli.command {
        Command::Augment(args) => augment::run(&args, &*listener),
        Command::Merge(args) => merge::run(&args, &*listener),
        Command::Split(args) => split::run(&args, &*listener),
        Command::Audit(args) => audit::run(&args, &*listener),
        Command::Compare(args) => compare::run(&args, &*listener),
        Command::Replay(args) => replay::run(&args),
        Command::Pack(args) => pack::run(&args, &*listener),
        #[cfg(feature = "train")]
        Command::TrainEval(args) => train_eval::run(&args, cli.shared.jobs, &*listener),
        #[cfg(feature = "train")]
        Command::Tune(args) => tune::run(&args, cli.shared.jobs, &*listener),
        #[cfg(feature = "train")]
        Command::Export(args) => export::run(&args),
        Command::DemoData(args) => demo_data::run(&args, &*listener),
        Command::Doctor(args) => Ok(doctor::run(&args)),
        Command::Import(args) => import::run(&args),
        Command::Transforms(args) => transforms::run(&args),
    };
    match answer {
        Ok(answer) => {
            print(&answer, cli.shared.format);
            if answer.look { ExitCode::from(1) } else { ExitCode::SUCCESS }
        }
        Err(failure) => {
            complain(&failure, cli.shared.format);
            ExitCode::from(2)
        }
    }
}

fn print(answer: &Answer, format: Format) {
    let text = match format {
        Format::Text => answer.text.clone(),
        Format::Json => format!("{}\n", answer.json),
    };
    // A reader that has gone away (`| head`) is no failure.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn complain(failure: &Failure, format: Format) {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    if format == Format::Json {
        let _ = writeln!(std::io::stdout(), "{}", serde_json::json!({"error": text}));
    }
    let bold = if std::io::stderr().is_terminal() { ["\x1b[1;31m", "\x1b[0m"] } else { [""; 2] };
    let _ = writeln!(std::io::stderr(), "{}error:{} {text}", bold[0], bold[1]);
}
