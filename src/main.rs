//! The `evenfold` command; all of it is in the library's room `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    evenfold::cli::main()
}
