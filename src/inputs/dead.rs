//! Include directives that cannot have been read, since nothing defines what they wait for, see [`conditions`].
//!
//! ```c
//! #ifdef CREATE_TRACE_POINTS
//! #undef CREATE_TRACE_POINTS
//! #include TRACE_INCLUDE(TRACE_INCLUDE_FILE)
//! #define CREATE_TRACE_POINTS
//! #endif
//! ```
//!
//! A definition within a branch that waits for the very name is never the first one, so it does not count (the scan leaves it out).

use crate::text::conditions;
use crate::text::{Facts, HeaderMacro, Waiting, WordSet, name_hash};
use crate::toolchain::{ARCHITECTURE, DEVICE, LIBRARY};
use rustc_hash::FxHashSet;

/// The names that the texts of a compile define.
#[derive(Debug, Default)]
pub struct Defined {
    /// Those that stand for a header's name, by [`name_hash`].
    headers: FxHashSet<u32>,
    /// Those that stand for something else.
    others: FxHashSet<u32>,
    /// Some text may define anything.
    hidden: bool,
}

impl Defined {
    /// Takes what a text defines.
    pub fn take(&mut self, facts: &Facts) {
        self.others.extend(&facts.defined);
        self.headers.extend(facts.macros.iter().map(|HeaderMacro { name, .. }| name_hash(name)));
        self.hidden |= facts.words.intersects(WordSet::HIDDEN_DEFINE);
    }

    /// Some text may define the name.
    pub fn may_hold(&self, name: &[u8]) -> bool {
        self.hidden || self.headers.contains(&name_hash(name)) || self.others.contains(&name_hash(name))
    }

    /// Every definition of the name is a header's name.
    pub fn holds_headers_alone(&self, name: &[u8]) -> bool {
        !self.hidden && !self.others.contains(&name_hash(name))
    }

    /// Whether the directive cannot have been read. `driver_macros` are what the driver defines by itself.
    pub fn is_dead(&self, waiting: &Waiting, driver_macros: &[Vec<u8>]) -> bool {
        let never = |name: &Vec<u8>| is_nobodys(name, driver_macros) && !self.may_hold(name);
        waiting.needs.iter().any(|group| group.iter().all(never))
    }
}

/// Neither the driver nor the compiler defines the name. They define no name of a user's kind. The driver defines names of AVR devices
/// (`__AVR_ATmega8__`) and of the device library in avr-libc. So such a name is judged only where it is known what the driver defines.
fn is_nobodys(name: &[u8], driver_macros: &[Vec<u8>]) -> bool {
    let is_defined = |name: &[u8]| driver_macros.iter().any(|known| known == name);
    let knows_device = || is_defined(ARCHITECTURE);
    let is_of_device = (name.starts_with(DEVICE) || name == LIBRARY) && knows_device();
    (conditions::is_users(name) || is_of_device) && !is_defined(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_dead(texts: &[&str], driver_macros: &[&[u8]]) -> bool {
        let facts: Vec<Facts> = texts.iter().map(|text| Facts::of(text.as_bytes())).collect();
        let mut defined = Defined::default();
        for facts in &facts {
            defined.take(facts);
        }
        let driver_macros: Vec<Vec<u8>> = driver_macros.iter().map(|name| name.to_vec()).collect();
        let waiting = &facts[0].waiting;
        assert!(!waiting.is_empty(), "{texts:?}");
        waiting.iter().all(|waiting| defined.is_dead(waiting, &driver_macros))
    }

    #[test]
    fn what_nobody_defines_is_not_read() {
        let lua = "#if defined(LUA_USER_H)\n#include LUA_USER_H\n#endif\n";
        assert!(is_dead(&[lua], &[]));
        assert!(is_dead(&[lua, "#undef LUA_USER_H\n// LUA_USER_H\n#define LUA_USER_HH 1\n"], &[]));
        for definition in [
            "#define LUA_USER_H <mine.h>\n",
            "# define LUA_USER_H\n",
            "#/**/define/**/LUA_USER_H(x)\n",
            "%:define LUA_USER_H\n",
            "#def\\\nine LUA_USER\\\n_H\n",
            "??=define LUA_USER_H\n",
            "#define /* open\n */ LUA_USER_H\n",
            &format!("#define /*{}*/ LUA_USER_H\n", " ".repeat(100_000)),
        ] {
            assert!(!is_dead(&[lua, definition], &[]), "{definition}");
        }
        assert!(!is_dead(&[lua], &[b"LUA_USER_H"]));
        // Compilers define names of this kind.
        assert!(!is_dead(&["#ifdef __AVR_ARCH__\n#include X\n#endif\n"], &[]));
    }

    #[test]
    fn what_is_only_defined_where_it_is_defined_is_not_read() {
        let trace = "#ifdef CREATE_TRACE_POINTS\n#undef CREATE_TRACE_POINTS\n#include T(F)\n#define CREATE_TRACE_POINTS\n#endif\n";
        assert!(is_dead(&[trace], &[]));
        assert!(!is_dead(&[trace, "#define CREATE_TRACE_POINTS\n"], &[]));
        assert!(!is_dead(&[trace, "#ifndef CREATE_TRACE_POINTS\n#define CREATE_TRACE_POINTS\n#endif\n"], &[]));
    }

    #[test]
    fn headers_of_other_devices() {
        let io = "#if defined (__AVR_ATmega8__)\n# include <avr/iom8.h>\n#endif\n";
        assert!(!is_dead(&[io], &[]), "the driver does not say for what it compiles");
        assert!(is_dead(&[io], &[ARCHITECTURE]));
        assert!(!is_dead(&[io], &[ARCHITECTURE, b"__AVR_ATmega8__"]));
        assert!(!is_dead(&[io, "#define __AVR_ATmega8__\n"], &[ARCHITECTURE]));
    }
}
