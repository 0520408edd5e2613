//! The command line of onsager.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
