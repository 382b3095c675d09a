//! `packer-cc config`: every setting and who gave it.

use super::session::{Failure, Session, print, print_json};
use super::terminal::{Cell, Paint, printable};
use super::version;
use crate::config::{Config, ConfigError, Explanation, Origin};
use crate::places;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

pub fn command() -> Command {
    Command::new("config")
        .about("Show every setting with its value and who gave it; fails when something is wrong")
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let mut explanation = Config::explain(&session.environment, &Session::cwd()?);
    let problems = explanation.config.as_ref().map(places::problems).unwrap_or_default();
    explanation.errors.extend(problems.into_iter().map(ConfigError));
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
        let style = if setting.origin == Origin::Default { Paint::Dim } else { Paint::Plain };
        let origin = printable(&setting.origin.to_string());
        vec![Cell::new(setting.key).style(Paint::Bold), Cell::new(value), Cell::new(origin).style(style)]
    });
    let mut text = version::line() + "\n" + &session.terminal.table(&rows.collect::<Vec<_>>());
    for note in &explanation.notes {
        text += &format!("{} {}\n", session.terminal.paint(Paint::Yellow, "note:"), printable(note));
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
        "version": version::VERSION,
        "settings": settings.collect::<Vec<_>>(),
        "errors": explanation.errors.iter().map(|error| error.0.as_str()).collect::<Vec<_>>(),
        "notes": explanation.notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(session: &Session) -> Explanation {
        let temp = tempfile::tempdir().unwrap();
        Config::explain(&session.environment, temp.path())
    }

    #[test]
    fn each_value_has_its_origin() {
        let session =
            Session::plain(&[("PACKER_CC_DIR", "/cache"), ("PACKER_CC_PATHS", "relative"), ("PACKER_CC_REMOTE", "x")]);
        let text = as_table(&session, &explain(&session));
        let line = |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap().split_whitespace();
        assert_eq!(line("dir").collect::<Vec<_>>(), ["dir", "/cache", "environment", "PACKER_CC_DIR"]);
        assert_eq!(line("max-size").collect::<Vec<_>>(), ["max-size", "5GiB", "default"]);
        assert_eq!(line("log").collect::<Vec<_>>(), ["log", "-", "default"]);
        assert_eq!(line("paths").collect::<Vec<_>>(), ["paths", "relative", "environment", "PACKER_CC_PATHS"]);
        assert!(text.starts_with(&format!("packer-cc {}\n\n", version::VERSION)), "{text}");
        assert!(text.ends_with("note: PACKER_CC_REMOTE is accepted, but not used yet\n"), "{text}");
    }

    #[test]
    fn json_holds_errors_too() {
        let session = Session::plain(&[("PACKER_CC_DIR", "/cache"), ("PACKER_CC_READONLY", "x")]);
        let value = as_json(&explain(&session));
        assert_eq!(value["settings"][0]["origin"], json!({ "kind": "environment", "variable": "PACKER_CC_DIR" }));
        assert_eq!(value["settings"][7]["value"], "false");
        assert!(value["errors"][0].as_str().unwrap().starts_with("PACKER_CC_READONLY=x: expected 1,"));
    }
}
