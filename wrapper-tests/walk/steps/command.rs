//! What happens to the command, its environment and the tools.
#![expect(clippy::unnecessary_wraps, reason = "every step has the signature of those that may be impossible")]

use super::pick;
use crate::fixture::Compiler;
use crate::walk::Walk;
use crate::walk::flags::{
    C_STANDARDS, Chain, DEBUG, DEPFILES, EXTRAS, FORCED, Goal, MACROS, MAPS, OPTIMISATIONS, OTHER_GOALS, SHOW_BUILT,
    SIDES, USER_DEPFILES, WARNINGS,
};
use crate::walk::model::{Cwd, PLACES, Pwd, Spelling};
use crate::walk::tools::{ASSEMBLERS, CALLS_INNER, Driver, Form, SCRIPTS};
use fastrand::Rng;

pub fn flag(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let flags = &mut walk.model.flags;
    Some(match rng.u8(..4) {
        0 => {
            flags.optimisation = rng.usize(..OPTIMISATIONS.len());
            format!("optimisation {:?}", OPTIMISATIONS[flags.optimisation])
        }
        1 => {
            flags.debug = if rng.bool() { 0 } else { rng.usize(..DEBUG.len()) };
            format!("debug {:?}", DEBUG[flags.debug])
        }
        2 => {
            flags.standard = if rng.bool() { 0 } else { rng.usize(..C_STANDARDS.len()) };
            format!("standard {}", flags.standard)
        }
        _ => {
            flags.order = rng.usize(..4);
            format!("order of the words {}", flags.order)
        }
    })
}

pub fn macros(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let macros = &mut walk.model.flags.macros;
    match rng.u8(..4) {
        0 if macros.len() > 1 => rng.shuffle(macros),
        1 if !macros.is_empty() => {
            let gone = rng.usize(..macros.len());
            macros.remove(gone);
        }
        _ if macros.len() < 4 => {
            let which = rng.usize(..MACROS.len());
            if MACROS[which] == SHOW_BUILT && rng.u8(..3) != 0 {
                return None;
            }
            macros.push(which);
        }
        _ => macros.clear(),
    }
    Some(format!("macros {:?}", macros.iter().map(|nth| MACROS[*nth]).collect::<Vec<_>>()))
}

pub fn search_path(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let dirs = &mut walk.model.flags.dirs;
    match rng.u8(..5) {
        0 | 1 if dirs.len() > 1 => rng.shuffle(dirs),
        2 if !dirs.is_empty() => {
            let which = rng.usize(..dirs.len());
            dirs[which].0 = *pick(rng, &Chain::ALL)?;
        }
        3 if dirs.len() > 3 => {
            let gone = rng.usize(..dirs.len());
            dirs.remove(gone);
        }
        _ => {
            let at = rng.usize(..=dirs.len());
            dirs.insert(
                at,
                (
                    *pick(rng, &Chain::ALL)?,
                    pick(rng, &["inc", "sys", "quo", "aft", "gen", "env", "src", "new/dir", "missing"])?,
                ),
            );
            dirs.truncate(8);
        }
    }
    Some(format!("search path {dirs:?}"))
}

pub fn forced(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let forced = &mut walk.model.flags.forced;
    if forced.is_empty() || rng.u8(..3) == 0 {
        forced.push(rng.usize(..FORCED.len()));
        forced.truncate(2);
    } else {
        forced.clear();
    }
    Some(format!("forced {:?}", forced.iter().map(|nth| FORCED[*nth]).collect::<Vec<_>>()))
}

pub fn warning(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let which = rng.usize(..WARNINGS.len());
    walk.model.flags.warnings ^= 1 << which;
    Some(format!("switch {}", WARNINGS[which]))
}

pub fn extra(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let flags = &mut walk.model.flags;
    if flags.extras != 0 && rng.u8(..3) != 0 {
        flags.extras = 0;
        return Some("no extras".into());
    }
    let which = rng.usize(..EXTRAS.len());
    flags.extras ^= 1 << which;
    Some(format!("switch {}", EXTRAS[which]))
}

pub fn depfile(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let users = rng.u8(..3) == 0;
    walk.model.flags.depfile = if users { *pick(rng, &USER_DEPFILES)? } else { rng.usize(..DEPFILES.len()) };
    Some(format!("depfile {:?}", DEPFILES[walk.model.flags.depfile]))
}

pub fn side(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let flags = &mut walk.model.flags;
    flags.side = if flags.side == 0 { rng.usize(..SIDES.len()) } else { 0 };
    Some(format!("side files {:?}", SIDES[flags.side]))
}

pub fn map(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    // Old compilers know only the map for debug data.
    let known = if walk.plan.compiler == Compiler::AvrGcc { 3 } else { MAPS.len() };
    let flags = &mut walk.model.flags;
    flags.map = if flags.map == 0 { rng.usize(..known) } else { 0 };
    Some(format!("map {:?}", MAPS[flags.map]))
}

pub fn output_name(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    // 5 is a name in a missing directory, where every compile fails. So it is taken less often.
    walk.model.flags.output = *pick(rng, &[0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 6, 6, 5])?;
    Some(format!("output {}", walk.model.flags.output))
}

pub fn response(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.flags.response = rng.usize(..4);
    Some(format!("response file {}", walk.model.flags.response))
}

pub fn goal(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let flags = &mut walk.model.flags;
    flags.goal = match (flags.goal, rng.u8(..6)) {
        (Goal::Object, 0..4) => Goal::Assembly,
        (Goal::Object, _) => Goal::Other(rng.usize(..OTHER_GOALS.len())),
        _ => Goal::Object,
    };
    Some(format!("{:?}", flags.goal))
}

pub fn environment(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    const VARIABLES: &[(&str, &[&str])] = &[
        ("CPATH", &["env", "inc:env", "env:", ":gen", "quo:sys", ""]),
        ("C_INCLUDE_PATH", &["env", "sys:env", "gen", ""]),
        ("CPLUS_INCLUDE_PATH", &["env", "sys", "new/dir:env"]),
        ("LC_ALL", &["C", "C.UTF-8", "de_DE.UTF-8"]),
        ("LANG", &["C.UTF-8", "en_US"]),
        ("SOURCE_DATE_EPOCH", &["1", "1700000000", ""]),
        ("TERM", &["dumb", "xterm-256color"]),
        ("GCC_COLORS", &["", "error=01;34"]),
        ("COMPILER_PATH", &["TOOLS", "", "missing"]),
        ("WALK_FLAG", &["-DSCRIPT=8", "-DSCRIPT=9", ""]),
        ("UNRELATED", &["1", "2"]),
        ("TMPDIR", &["TMP"]),
        ("DEPENDENCIES_OUTPUT", &["build/deps target"]),
        ("GCC_EXEC_PREFIX", &["missing/"]),
    ];
    let (name, values) = pick(rng, VARIABLES)?;
    if walk.model.env.remove(*name).is_some() && rng.bool() {
        return Some(format!("unset {name}"));
    }
    if name.starts_with("DEPENDENCIES") || name.starts_with("GCC_EXEC") {
        // Rarely: nothing is served as long as it is set.
        if rng.u8(..3) != 0 {
            return None;
        }
    }
    let value = pick(rng, values)?;
    let value = match *value {
        "TOOLS" => walk.bench.dir().display().to_string(),
        "TMP" => walk.world.path("tmp").display().to_string(),
        other => other.to_owned(),
    };
    let told = format!("{name}={value}");
    walk.model.env.insert(name, value);
    Some(told)
}

pub fn directory(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.cwd = *pick(rng, &[Cwd::Project, Cwd::Project, Cwd::Build, Cwd::Linked])?;
    Some(format!("in {:?}", walk.model.cwd))
}

pub fn pwd(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.pwd = *pick(rng, &[Pwd::Unset, Pwd::Right, Pwd::Wrong, Pwd::Unnormalised, Pwd::Relative])?;
    Some(format!("PWD {:?}", walk.model.pwd))
}

pub fn spelling(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.spelling =
        *pick(rng, &[Spelling::Relative, Spelling::Relative, Spelling::DotSlash, Spelling::Absolute])?;
    Some(format!("names {:?}", walk.model.spelling))
}

pub fn tools(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let tools = &mut walk.model.tools;
    match rng.u8(..8) {
        0..3 => tools.driver = *pick(rng, &Driver::ALL)?,
        3 => tools.form = *pick(rng, &[Form::Launcher, Form::Doubled, Form::Masquerade])?,
        4 => {
            tools.driver = Driver::Script;
            tools.script = rng.usize(..SCRIPTS);
        }
        5 => {
            tools.driver = Driver::Script;
            tools.script = CALLS_INNER;
            tools.inner = rng.usize(..3);
        }
        6 => tools.assembler = rng.usize(..ASSEMBLERS),
        _ => {
            tools.driver = Driver::Copy;
            tools.flipped = !tools.flipped;
        }
    }
    Some(format!("{tools:?}"))
}

pub fn move_project(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.place = rng.usize(..PLACES.len());
    Some(format!("the project is at {:?}", PLACES[walk.model.place]))
}
