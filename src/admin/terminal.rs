//! Text for people: colours where they are welcome, columns, and nothing that could move a terminal's cursor.

use crate::environment::Environment;
use crate::output;

/// Where a subcommand prints.
pub struct Terminal {
    colour_out: bool,
    colour_err: bool,
    progress: bool,
}

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
}

impl Terminal {
    pub fn new(environment: &Environment) -> Self {
        Self {
            colour_out: output::stdout_takes_colour(environment),
            colour_err: output::stderr_takes_colour(environment),
            progress: output::stderr_takes_progress(environment),
        }
    }

    /// No terminal.
    #[cfg(test)]
    pub fn plain() -> Self {
        Self { colour_out: false, colour_err: false, progress: false }
    }

    /// Whether standard error is a terminal, on which a line can be written over.
    pub fn shows_progress(&self) -> bool {
        self.progress
    }

    /// The text as standard output shows it.
    pub fn paint(&self, style: Paint, text: &str) -> String {
        paint(self.colour_out, style, text)
    }

    /// Prints `text` as an error.
    pub fn error(&self, text: &str) {
        let label = paint(self.colour_err, Paint::Red, "error:");
        output::stderr(format!("packer-cc: {label} {text}\n").as_bytes());
    }

    /// Prints `text` as a warning.
    pub fn warning(&self, text: &str) {
        let label = paint(self.colour_err, Paint::Yellow, "warning:");
        output::stderr(format!("packer-cc: {label} {text}\n").as_bytes());
    }

    /// Prints what clap has to say (help is no error) and returns the exit status.
    pub fn clap_error(&self, error: &clap::Error) -> i32 {
        let colour = if error.use_stderr() { self.colour_err } else { self.colour_out };
        let text = error.render();
        let text = if colour { text.ansi().to_string() } else { text.to_string() };
        if error.use_stderr() {
            output::stderr(text.as_bytes());
            return error.exit_code();
        }
        match output::stdout(text.as_bytes()) {
            Ok(()) => 0,
            Err(error) => {
                self.error(&format!("cannot write to standard output: {error}"));
                1
            }
        }
    }

    /// Rows in columns, two blanks apart; the last column is not padded. Colours do not disturb the widths.
    pub fn table(&self, rows: &[Vec<Cell>]) -> String {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let blanks = " ".repeat(width - cell.width());
                let painted = self.paint(cell.style, &cell.text);
                line += &if cell.right { blanks + &painted } else { painted + &blanks };
                line += "  ";
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

/// A cell of a table.
pub struct Cell {
    text: String,
    style: Paint,
    right: bool,
}

impl Cell {
    /// Text, aligned to the left.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Paint::Plain, right: false }
    }

    /// A number, aligned to the right.
    pub fn number(text: impl Into<String>) -> Self {
        Self { right: true, ..Self::new(text) }
    }

    pub fn style(self, style: Paint) -> Self {
        Self { style, ..self }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// The text with control characters spelled out: a name from a build must not command the terminal.
pub fn printable(text: &str) -> String {
    let spell = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(spell).collect()
}

/// The text with the escape sequences of its style (ECMA-48, `SGR`), where colours are wanted.
fn paint(colour: bool, style: Paint, text: &str) -> String {
    let code = match style {
        Paint::Plain => return text.to_owned(),
        Paint::Bold => "1",
        Paint::Dim => "2",
        Paint::Green => "32",
        Paint::Yellow => "33",
        Paint::Red => "31",
    };
    if colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_and_without_colour() {
        let rows = [
            vec![Cell::new("hits").style(Paint::Green), Cell::number("7"), Cell::new("ä")],
            vec![Cell::new("misses"), Cell::number("12")],
        ];
        assert_eq!(Terminal::plain().table(&rows), "hits     7  ä\nmisses  12\n");
        let coloured = Terminal { colour_out: true, colour_err: true, progress: true };
        assert_eq!(coloured.table(&rows), "\x1b[32mhits\x1b[0m     7  ä\nmisses  12\n");
    }

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(printable("a\n\x1b[2Jä"), "a\\n\\u{1b}[2Jä");
    }
}
