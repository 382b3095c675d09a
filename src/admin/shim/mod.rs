//! `packer-cc shim`: makes an overlay of a toolchain, for tools that name a compiler by its path.
//!
//! The drivers lead to packer-cc, and a shim file beside them names their originals ([`crate::call::shim`]). Everything else is a
//! link to the original file or directory. The overlay has directories of its own only where drivers lie, and above these.
//!
//! An overlay that is there already is brought up to date in place, and a build may run meanwhile. What is right is not touched. What
//! is wrong is replaced in one step. No driver stands for a moment without the shim file that names its original. What somebody else
//! put into the overlay is never removed or replaced.

mod apart;
mod drivers;
mod entries;
mod overlay;
mod plan;
mod report;

use super::session::{Failure, Session, print, print_json};
use crate::environment::Environment;
use crate::toolchain::locate::{self, Ourselves};
use apart::{existing, keep_apart, toolchain_dir};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use entries::{cannot, shown};
use overlay::{Overlay, hold};
use plan::Plan;
use serde_json::json;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub fn command() -> Command {
    let path = |name: &'static str| Arg::new(name).value_name(name).value_parser(value_parser!(PathBuf));
    Command::new("shim")
        .about("Make an overlay of a toolchain whose compilers lead through packer-cc")
        .after_help(
            "For tools that name a compiler by its path. In OVERLAY the compiler drivers (gcc, g++, cc, c++, c89, c99, \
             clang and clang++, behind a target's name and before a version) lead to packer-cc, which starts the \
             original by its own path; everything else is a link into TOOLCHAIN. TOOLCHAIN is a directory with bin/ in \
             it, or such a bin/ itself.\n\nRunning it again brings the overlay up to date: after the toolchain was \
             moved or replaced, or packer-cc was.",
        )
        .arg(path("TOOLCHAIN").required_unless_present("remove").help("The toolchain's directory"))
        .arg(
            path("OVERLAY")
                .required_unless_present("remove")
                .help("Where the overlay is made: a directory that is not there yet, is empty, or is an overlay"),
        )
        .arg(
            Arg::new("remove")
                .long("remove")
                .value_name("OVERLAY")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all(["TOOLCHAIN", "OVERLAY", "copy"])
                .help("Take an overlay away again; the toolchain is not touched"),
        )
        .arg(
            Arg::new("copy")
                .long("copy")
                .action(ArgAction::SetTrue)
                .help("Make the drivers copies of packer-cc, for programs that follow links before they start one"),
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let cwd = Session::cwd()?;
    let as_json = matches.get_flag("json");
    if let Some(overlay) = matches.get_one::<PathBuf>("remove") {
        let overlay = existing(&cwd.join(overlay))?;
        let _held = hold(&overlay)?;
        let removed = Overlay::open(&overlay)?.remove()?;
        return if as_json {
            print_json(&json!({ "overlay": overlay.to_string_lossy(), "removed": removed }))
        } else {
            print(format!("{}: the overlay was removed\n", shown(&overlay)))
        };
    }
    let path = |name| matches.get_one::<PathBuf>(name).map(|path| cwd.join(path)).unwrap_or_default();
    let toolchain = toolchain_dir(&path("TOOLCHAIN"))?;
    let overlay = path("OVERLAY");
    keep_apart(&toolchain, &overlay)?;
    let packer_cc = packer_cc(session, &cwd)?;
    let plan = Plan::of(&toolchain, &packer_cc, matches.get_flag("copy"), &Ourselves::detect(&session.environment))?;
    let changes = plan.realise(&overlay)?;
    if as_json { print_json(&plan.as_json(&overlay, changes)) } else { print(plan.as_text(&overlay, changes)) }
}

/// The path of packer-cc that the drivers lead to. If `PATH` leads to this very program, it is the path there: in some installations
/// that is a link which stays, while the file behind it changes its place with each version.
fn packer_cc(session: &Session, cwd: &Path) -> Result<PathBuf, Failure> {
    let me = Environment::current_exe().map_err(|error| Failure::because("cannot tell where packer-cc is", &error))?;
    let id = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    let mine = id(&me).map_err(|error| cannot("find", &me, &error))?;
    let on_path = locate::program_or_ourselves(OsStr::new("packer-cc"), &session.environment, cwd);
    Ok(on_path.filter(|path| path.is_absolute() && id(path).is_ok_and(|other| other == mine)).unwrap_or(me))
}
