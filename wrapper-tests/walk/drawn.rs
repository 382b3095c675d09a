//! A step that gives the command an option, drawn from the table of options: whatever a row says is served must leave what the bare
//! compiler leaves.

use super::Walk;
use crate::fixture::host_program;
use fastrand::Rng;
use packer_cc::command::Role;
use packer_cc::command::grammar::{Effect, Form, OPTIONS, Row};
use std::path::Path;
use std::process::{Command, Stdio};

/// So many options are tried before the step is given up: a compiler knows about half of the table.
const TRIES: usize = 8;
/// Names that a compiler makes up at random, the same in every run.
const SEED: &str = "-frandom-seed=walk";

/// Takes the option away, or draws another one that this compiler takes.
pub fn option(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    if !walk.model.flags.drawn.is_empty() && rng.bool() {
        walk.model.flags.drawn.clear();
        return Some("no option of the table".into());
    }
    let rows: Vec<&Row> = OPTIONS.iter().filter(|row| is_drawn(row)).collect();
    let driver = host_program(walk.plan.compiler.c(), "the compiler of the walk");
    let words =
        (0..TRIES).map(|_| spelled(rows[rng.usize(..rows.len())], rng)).find(|words| is_taken(&driver, words))?;
    walk.model.flags.drawn.clone_from(&words);
    walk.model.flags.drawn.push(SEED.into());
    Some(format!("the option {}", words.join(" ")))
}

/// Options that other steps draw, or that name files, are left out.
fn is_drawn(row: &Row) -> bool {
    let effects = !matches!(
        row.effect,
        Effect::Instead(_) | Effect::Stage(_) | Effect::Language | Effect::PassPreprocessor | Effect::PassAssembler
    );
    matches!(row.role, Some(Role::Code | Role::PathText | Role::Colour)) && effects
}

/// A spelling of the row: negated or not, with a value where it takes one.
fn spelled(row: &Row, rng: &mut Rng) -> Vec<String> {
    let value = match row.effect {
        Effect::OneOf(values) => values[rng.usize(..values.len())],
        _ if row.role == Some(Role::PathText) => "inc=moved",
        _ => ["0", "1", "all", "none"][rng.usize(..4)],
    };
    let negated = || format!("{}no-{}", &row.name[..2], &row.name[2..]);
    match (row.form, rng.u8(..3)) {
        (Form::Toggle | Form::ToggleValue, 0) => vec![negated()],
        (Form::ToggleValue, 1) => vec![format!("{}={value}", row.name)],
        (Form::Flag | Form::Family | Form::Toggle | Form::ToggleValue, _) => vec![row.name.to_owned()],
        (Form::Joined, _) => vec![format!("{}{value}", row.name)],
        (Form::Separate | Form::JoinedOrSeparate, _) => vec![row.name.to_owned(), value.to_owned()],
    }
}

/// Whether the driver compiles with these words.
fn is_taken(driver: &Path, words: &[String]) -> bool {
    let mut command = Command::new(driver);
    command.args(words).args(["-x", "c", "-c", "/dev/null", "-o", "/dev/null"]);
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
