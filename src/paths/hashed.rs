//! Names of directories that tell what made them: package managers put a hash or a random name there, which changes while the files below
//! stay.
//!
//! ```text
//! /nix/store/0c1q…-zlib-1.3/include       32 letters and digits
//! ~/.conan2/p/zlib4f7275ba0a71f/p         hexadecimal digits behind a name, from the first letter on that could be one
//! ~/.cache/uv/builds-v0/.tmpkXK3lG/lib    a temporary name
//! ```
//!
//! Only what stands for a directory in debug data goes by this. A name that is taken for a hash by mistake loses a word there, and one
//! that is taken for none keeps its result to its place.

/// What is written in the place of a hash.
const HASH: &[u8] = b"HASH";
/// Shorter hexadecimal numbers are versions and dates.
const SHORTEST_NUMBER: usize = 8;
/// Shorter mixtures of letters and digits are words.
const SHORTEST_MIXTURE: usize = 16;
/// So many digits at least stand in a mixture.
const DIGITS: usize = 3;
/// Begins names of temporary directories, with random letters behind it.
const TEMPORARY: &[u8] = b".tmp";
/// So many random letters at least.
const SHORTEST_RANDOM: usize = 6;

/// The path with a word in the place of each hash; `None` if none is in it.
pub fn without_hashes(path: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(path.len());
    let mut found = false;
    for (nth, component) in path.split(|byte| *byte == b'/').enumerate() {
        if nth > 0 {
            out.push(b'/');
        }
        if is_temporary(component) {
            out.extend_from_slice(&[TEMPORARY, HASH].concat());
            found = true;
            continue;
        }
        for run in component.chunk_by(|left, right| left.is_ascii_alphanumeric() == right.is_ascii_alphanumeric()) {
            match hash_at(run) {
                Some(at) => {
                    out.extend_from_slice(&[&run[..at], HASH].concat());
                    found = true;
                }
                None => out.extend_from_slice(run),
            }
        }
    }
    found.then_some(out)
}

/// `.tmpkXK3lG`.
fn is_temporary(component: &[u8]) -> bool {
    let random = component.strip_prefix(TEMPORARY);
    random.is_some_and(|random| random.len() >= SHORTEST_RANDOM && random.iter().all(u8::is_ascii_alphanumeric))
}

/// Where the hash begins that letters and digits end in.
fn hash_at(run: &[u8]) -> Option<usize> {
    let digits = |text: &[u8]| text.iter().filter(|byte| byte.is_ascii_digit()).count();
    if run.len() >= SHORTEST_MIXTURE && (DIGITS..run.len()).contains(&digits(run)) && !begins_with_word(run) {
        return Some(0);
    }
    let number = run.iter().rev().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
    let number = &run[run.len() - number..];
    let is_hash = number.len() >= SHORTEST_NUMBER && (DIGITS..number.len()).contains(&digits(number));
    is_hash.then_some(run.len() - number.len())
}

/// `zlib4f7275ba0a71f` is a word with a number behind it, `0c1q8x…` is none.
fn begins_with_word(run: &[u8]) -> bool {
    let number = run.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let word = &run[..run.len() - number];
    !word.is_empty() && number >= SHORTEST_NUMBER && !word.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_told_from_names() {
        for (path, without) in [
            (
                "/nix/store/0c1q8xf2h9kz4v7n5m3l6j0b1w2y4r8s-zlib-1.3-dev/include",
                "/nix/store/HASH-zlib-1.3-dev/include",
            ),
            ("~/.conan2/p/zlib4f7275ba0a71f/p/include", "~/.conan2/p/zliHASH/p/include"),
            ("~/.conan2/p/b/boost204752602052d/p", "~/.conan2/p/b/boostHASH/p"),
            ("/opt/spack/gcc-12/zlib-1.3-abcdef0123456789abcdef0123456789", "/opt/spack/gcc-12/zlib-1.3-HASH"),
            ("~/.cache/uv/builds-v0/.tmpkXK3lG/lib/python3.12", "~/.cache/uv/builds-v0/.tmpHASH/lib/python3.12"),
            ("~/.cache/uv/archive-v0/0QWbUQ2KYWyQ8qBnCM0fE/x", "~/.cache/uv/archive-v0/HASH/x"),
            (
                "~/.cache/bazel/_bazel_me/d41d8cd98f00b204e9800998ecf8427e/execroot",
                "~/.cache/bazel/_bazel_me/HASH/execroot",
            ),
            ("/a/1f2e3d4c/b/9a8b7c6d5e", "/a/HASH/b/HASH"),
        ] {
            assert_eq!(without_hashes(path.as_bytes()).as_deref(), Some(without.as_bytes()), "{path}");
        }
    }

    #[test]
    fn names_and_versions_are_no_hashes() {
        for path in [
            "/usr/lib/x86_64-linux-gnu/include",
            "~/.platformio/packages/framework-arduino-avr/cores/arduino",
            "~/.espressif/tools/xtensa-esp32-elf/esp-12.2.0_20230208/include",
            "/opt/zephyr-sdk-0.16.5/arm-zephyr-eabi",
            "/data/20240131/1234567890123456/x",
            "/src/decade/facade/deadbeef/feedfacecafe",
            "/home/someone-with-a-long-name/internationalization",
            "/opt/gcc-arm-11.2-2022.02-x86_64-arm-none-eabi",
            "/opt/.tmp/.tmp12/.tmp-abcdefgh",
            "/home/me/stm32f407vgt6/inc",
            "",
            "/",
        ] {
            assert_eq!(without_hashes(path.as_bytes()), None, "{path}");
        }
    }
}
