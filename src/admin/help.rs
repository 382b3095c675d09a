//! `packer-cc help`: how to use it at all, and about each subcommand.

use super::session::{Failure, Session, print};
use super::terminal::Paint;
use clap::{Arg, ArgMatches, Command};

/// What `packer-cc help` says before the list of subcommands. A line that starts with `# ` is a heading.
const GUIDE: &str = "\
packer-cc serves compiles from a cache when nothing that could change their result has changed.

# Ways of being called

  packer-cc gcc -c a.c -o a.o      in front of any compiler (launcher)
  packer-cc -c a.c -o a.o          as the C compiler itself; packer-c++ as the C++ compiler
  gcc -c a.c -o a.o                through a link named gcc that leads to packer-cc
  /overlay/bin/gcc -c a.c -o a.o   through an overlay of a toolchain (packer-cc shim)
  packer-cc stats                  administration

In all but the last every argument belongs to the compiler, --help and --version too. Only the exact
names below, as the first word, are administration.

# Examples

  CMake        cmake -B build -DCMAKE_C_COMPILER_LAUNCHER=packer-cc -DCMAKE_CXX_COMPILER_LAUNCHER=packer-cc
  make         make CC='packer-cc gcc' CXX='packer-cc g++'
  autoconf     ./configure CC='packer-cc gcc' CXX='packer-cc g++'
  instead      export CC=packer-cc PACKER_CC_COMPILER=arm-none-eabi-gcc
  by links     mkdir -p ~/links && ln -s \"$(command -v packer-cc)\" ~/links/gcc && PATH=~/links:$PATH make
  by path      packer-cc shim /opt/avr ~/overlay && make CC=$HOME/overlay/bin/avr-gcc
  look         packer-cc stats; packer-cc journal -n 5
  CI           packer-cc stats --zero, the build, packer-cc trim --unused-since zero; see docs/CI_CACHE.md

As the compiler itself, packer-cc runs $PACKER_CC_COMPILER ($PACKER_CXX_COMPILER for C++), else the first
cc (c++) on PATH that is not packer-cc. Through a link, it runs the next executable of that name on PATH; in an
overlay, the original.

# Administration
";

/// What `packer-cc help` says behind the list of subcommands.
const SETTINGS: &str = "
# Settings

From the environment, or from the nearest .packer-cc.toml upwards; `packer-cc config` lists them all
with their values and where each comes from. PACKER_CC_DISABLE=1 switches packer-cc off.
";

pub fn command() -> Command {
    Command::new("help")
        .about("Explain how packer-cc is used, or one of these commands")
        .arg(Arg::new("command").value_name("COMMAND").help("The command to explain"))
}

/// `command` is the whole of `packer-cc`.
pub fn run(session: &Session, matches: &ArgMatches, command: Command) -> Result<(), Failure> {
    let Some(name) = matches.get_one::<String>("command") else { return guide(session, &command) };
    // Asking the command itself gives the same text as its `--help`, unknown names included.
    let asked = command.try_get_matches_from(["packer-cc", name, "--help"]);
    match asked.map_err(|error| session.terminal.clap_error(&error)) {
        Ok(_) | Err(0) => Ok(()),
        Err(status) => Err(Failure::Status(status)),
    }
}

/// Prints the guide.
pub fn guide(session: &Session, command: &Command) -> Result<(), Failure> {
    let mut text = String::new();
    add_section(session, &mut text, GUIDE);
    for subcommand in command.get_subcommands() {
        let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
        text += &format!("\n  {:<12} {about}", subcommand.get_name());
    }
    text += "\n";
    add_section(session, &mut text, SETTINGS);
    print(text)
}

fn add_section(session: &Session, text: &mut String, section: &str) {
    for line in section.lines() {
        match line.strip_prefix("# ") {
            Some(heading) => *text += &session.terminal.paint(Paint::Bold, heading),
            None => *text += line,
        }
        text.push('\n');
    }
}
