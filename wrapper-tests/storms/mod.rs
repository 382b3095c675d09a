//! Many at once, killed, stopped, starved: the results stay those of the bare compiler.

mod claims;
mod starved;
mod stores;

use crate::fixture::{SCATTER, World, first_difference, packer_cc, words};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Output, Stdio};

fn wrapped(world: &World, line: &str) -> Command {
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(words(line)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn spawn(world: &World, line: &str) -> Child {
    wrapped(world, line).spawn().expect("packer-cc starts")
}

fn finish(children: Vec<Child>) -> Vec<Output> {
    children.into_iter().map(|child| child.wait_with_output().expect("an end")).collect()
}

fn outcomes(world: &World) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in world.journal() {
        *counts.entry(record["outcome"].as_str().expect("an outcome").to_owned()).or_default() += 1;
    }
    counts
}

/// A prefix that runs the command in a mount namespace of its own, after `setup`.
fn in_namespace(setup: &str) -> String {
    format!("unshare -m sh -c {} sh", shlex::try_quote(&format!("{setup} && exec \"$@\"")).expect("a quotable line"))
}

#[track_caller]
fn assert_same_bytes(world: &World, bare: &str, ours: &str) {
    let (bare, theirs) = (world.read(bare), world.read(ours));
    assert!(bare == theirs, "{ours}: {}", first_difference(&bare, &theirs));
}

fn project(world: &World) {
    world.files(&[("a.c", "#include \"a.h\"\nint a(void) { int unused; return A; }\n"), ("a.h", "#define A 1\n")]);
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("a signal sent");
}

/// A source whose object compresses badly, another one for each unit.
fn noise(unit: usize) -> String {
    let numbers: Vec<_> = (0u32..1_500)
        .map(|n| (n ^ (u32::try_from(unit).expect("a small number") << 16)).wrapping_mul(SCATTER).rotate_left(n % 31))
        .map(|n| format!("{n}u"))
        .collect();
    format!("unsigned u{unit}[] = {{{}}};\n", numbers.join(","))
}

fn store_size(world: &World) -> u64 {
    world.store_files().iter().map(|file| fs::metadata(file).expect("a file").len()).sum()
}
