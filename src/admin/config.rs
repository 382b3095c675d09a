//! `packer-cc config`: every setting and who gave it.

use super::terminal::{Cell, Style, printable};
use super::{Failure, Session, print, print_json};
use crate::config::{Config, Explanation, Origin};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

pub fn command() -> Command {
    Command::new("config")
        .about("Show every setting with its value and who gave it; fails when something is wrong")
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let explanation = Config::explain(&session.environment, &Session::cwd()?);
    if matches.get_flag("json") {
        print_json(&as_json(&explanation))?;
    } else {
        print(as_table(session, &explanation))?;
    }
    for error in &explanation.errors {
        session.terminal.error(&error.0);
    }
    if explanation.errors.is_empty() { Ok(()) } else { Err(Failure::Status(1)) }
}

fn as_table(session: &Session, explanation: &Explanation) -> String {
    let rows = explanation.settings.iter().map(|setting| {
        let value = if setting.value.is_empty() { "-".to_owned() } else { printable(&setting.value) };
        let style = if setting.origin == Origin::Default { Style::Dim } else { Style::Plain };
        let origin = printable(&setting.origin.to_string());
        vec![Cell::new(setting.key).style(Style::Bold), Cell::new(value), Cell::new(origin).style(style)]
    });
    let mut text = session.terminal.table(&rows.collect::<Vec<_>>());
    for note in &explanation.notes {
        text += &format!("{} {}\n", session.terminal.paint(Style::Yellow, "note:"), printable(note));
    }
    text
}

fn as_json(explanation: &Explanation) -> Value {
    let settings = explanation.settings.iter().map(|setting| {
        let origin = match &setting.origin {
            Origin::Default => json!({ "kind": "default" }),
            Origin::Environment(variable) => json!({ "kind": "environment", "variable": variable }),
            Origin::File(path) => json!({ "kind": "file", "path": path.to_string_lossy() }),
        };
        json!({ "key": setting.key, "variable": setting.variable, "value": setting.value, "origin": origin })
    });
    json!({
        "settings": settings.collect::<Vec<_>>(),
        "errors": explanation.errors.iter().map(|error| error.0.as_str()).collect::<Vec<_>>(),
        "notes": explanation.notes,
    })
}
