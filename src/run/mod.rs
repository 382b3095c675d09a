//! The way of one compile.
//!
//! ```text
//! argv → Command → Job | Cause → Compiler → KeyInputs → first key → Lookup: Hit | Miss(Permit)
//!      Hit  → restore outputs
//!      Miss → run the compiler → Observed → prove → Proven → Permit.commit
//! ```
//!
//! Until the compiler was started, whatever goes wrong is a [`Cause`](crate::reason::Cause): it is recorded and the real compiler takes
//! this process's place with the arguments as they were typed. After that, what goes wrong is a line in the log and
//! a reason in the journal, and the compiler's own result stands.

mod ask;
mod compile;
mod keep;
mod novelty;
mod observe;
mod prepare;
mod process;
mod relative;
mod serve;
mod story;
mod toolchain;
mod verify;

use crate::admin;
use crate::call::{self, Call};
use crate::config::Config;
use crate::environment::Environment;
use crate::faults;
use crate::output;
use crate::reason::Reason;
use crate::toolchain::locate::Ourselves;
use crate::toolchain::run::Spec;
use process::Run;
use std::time::Instant;

/// Does what this process was called for and returns its exit status; does not return where a compiler takes over.
pub fn main() -> i32 {
    let began = Instant::now();
    // Before any file is opened: it would take a closed stream's number.
    let streams_are_open = output::streams_are_open();
    let environment = Environment::capture();
    faults::arm(&environment);
    let args = Environment::args();
    // Without a working directory only absolute paths mean anything; the compiler will say so.
    let cwd = Environment::current_dir();
    let ourselves = Ourselves::detect(&environment);
    let base = cwd.as_deref().unwrap_or("/".as_ref()).to_owned();
    let call = call::resolve(&args, &environment, &base, &ourselves);
    if let Call::Administration(args) = call {
        return admin::run(args, environment);
    }
    crate::toolchain::run::survive_file_size_limit();
    let config = match &cwd {
        Ok(cwd) => Config::load(&environment, cwd).map_err(|error| Reason::Configuration.about(error.0)),
        Err(error) => Err(Reason::WorkingDirectory.about(error.to_string())),
    };
    let mut refused = None;
    let call = match call {
        Call::Default(personality, args) => {
            let left_out = config.as_ref().ok();
            let left_out = left_out.and_then(|config| config.left_out_compiler(personality == call::Personality::Cxx));
            // Which compiler was meant is not known, so what `cc` makes is not kept.
            refused = left_out.map(|text| Reason::Configuration.about(text));
            let words = config.as_ref().ok().and_then(|config| match personality {
                call::Personality::C => config.compiler.as_deref(),
                call::Personality::Cxx => config.cxx_compiler.as_deref(),
            });
            call::default_compiler(personality, words, args, &environment, &base, &ourselves)
        }
        call => call,
    };
    let (program, argv0, args) = match call {
        Call::Compiler { program, argv0, args } => (program, argv0, args),
        Call::Broken(broken) => {
            output::stderr(format!("packer-cc: {}\n", broken.text).as_bytes());
            return broken.status;
        }
        Call::Administration(_) | Call::Default(..) => unreachable!("resolved above"),
    };
    let spec = Spec { program, argv0, args, env: Vec::new(), skip: ourselves.to_variable() };
    let mut run = Run::new(began, environment, base, spec, config.as_ref().ok());
    let result = if streams_are_open {
        config.and_then(|config| refused.map_or_else(|| run.serve(&config), Err))
    } else {
        // Not even a record: the journal's file could become the compiler's output.
        return run.become_compiler();
    };
    match result {
        Ok(status) => status,
        Err(cause) => run.bypass(cause),
    }
}
