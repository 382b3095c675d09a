//! The table against the gcc of this machine: does it cut the words where the table does?

use packer_cc::invocation::grammar::{Effect, Form, OPTIONS, Row};

/// Asks gcc what it would run for `arguments` followed by an input. A gcc that does not know an option fails, and
/// then has no say.
fn compiles_the_last_word(arguments: &[&str]) -> Option<bool> {
    let output = std::process::Command::new("gcc")
        .args(["-###", "-x", "c", "-c"])
        .args(arguments)
        .arg("/dev/null")
        .output()
        .expect("gcc is on PATH");
    let text = String::from_utf8_lossy(&output.stderr);
    let starts_compiler = text.lines().any(|line| line.contains("cc1") && line.contains("/dev/null"));
    if text.contains("no input files") { Some(false) } else { output.status.success().then_some(starts_compiler) }
}

fn rows(forms: &[Form]) -> impl Iterator<Item = &'static Row> {
    let is_query = |row: &Row| matches!(row.effect, Effect::Instead(_));
    OPTIONS.iter().filter(move |row| row.role.is_some() && forms.contains(&row.form) && !is_query(row))
}

#[test]
fn flags_leave_the_next_word_alone() {
    for row in rows(&[Form::Flag]) {
        assert_ne!(compiles_the_last_word(&[row.name]), Some(false), "{}", row.name);
    }
}

#[test]
fn separate_values_are_the_next_word() {
    for row in rows(&[Form::Separate, Form::JoinedOrSeparate]) {
        assert_ne!(compiles_the_last_word(&[row.name]), Some(true), "{}", row.name);
    }
}

#[test]
fn joined_values_leave_the_next_word_alone() {
    for row in rows(&[Form::Joined, Form::JoinedOrSeparate]) {
        for value in ["0", "c"] {
            let word = format!("{}{value}", row.name);
            assert_ne!(compiles_the_last_word(&[&word]), Some(false), "{word}");
        }
    }
}
