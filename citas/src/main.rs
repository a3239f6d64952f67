//! Citas in one process: the embedded event store, the write side, the read side and the command line.
//!
//! It holds no logic of its own: it starts the parts, joins them, and stops them in the right order.

mod args;
mod demo;
mod log;
mod node;
mod readiness;
mod secrets;
mod serve;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the threads that do the work could not be started");
            return ExitCode::FAILURE;
        }
    };
    let ran = match cli.command() {
        Command::Serve(args) => runtime.block_on(serve::serve(args)),
        Command::Node(args) => runtime.block_on(node::serve(args)),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
