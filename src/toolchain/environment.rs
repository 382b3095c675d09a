//! Which variables of the environment matter to a compiler, and how.

use crate::environment::Environment;
use std::os::unix::ffi::OsStrExt as _;

/// Directories for headers (GCC manual, "Environment Variables Affecting GCC"). They are merged into the include
/// path where a compiler would put them; their text is part of the key.
pub const INCLUDE_PATHS: [&str; 5] =
    ["CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "OBJCPLUS_INCLUDE_PATH"];

/// Part of every key. The locale changes messages, and the variables about colours and links change how messages are stored. The rest
/// changes code, or where the compiler looks.
pub const IN_KEY: [&str; 27] = [
    "LOCPATH",
    "NLSPATH",
    "OUTPUT_CHARSET",
    "GCONV_PATH",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "GCC_COLORS",
    "GCC_EXTRA_DIAGNOSTIC_OUTPUT",
    "GCC_URLS",
    "TERM_URLS",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "CLANG_FORCE_COLOR_DIAGNOSTICS",
    "MACOSX_DEPLOYMENT_TARGET",
    "IPHONEOS_DEPLOYMENT_TARGET",
    "TVOS_DEPLOYMENT_TARGET",
    "WATCHOS_DEPLOYMENT_TARGET",
    "XROS_DEPLOYMENT_TARGET",
    "DRIVERKIT_DEPLOYMENT_TARGET",
    "CLANG_NO_DEFAULT_CONFIG",
    "SDKROOT",
    "ZERO_AR_DATE",
    "GNUTARGET",
    "GCC_ROOT",
];

/// What `__DATE__` and `__TIME__` say, where the compiler knows it (gcc 7, clang 16). Results that hold a date are bound
/// to it, see [`crate::proof::Input`]; a build that sets it from its commit shares all others.
pub const SOURCE_DATE: &str = "SOURCE_DATE_EPOCH";

/// Where programs of a compiler may leave temporary files: the first of these directories that can be used (libiberty,
/// `choose_tmpdir`; LLVM, `system_temp_directory`).
pub fn temporary_dirs(environment: &Environment) -> impl Iterator<Item = Vec<u8>> {
    let named = ["TMPDIR", "TMP", "TEMP", "TEMPDIR"].into_iter().filter_map(|name| environment.get_nonempty(name));
    let named = named.map(|dir| dir.as_bytes().to_vec()).filter(|dir| dir.starts_with(b"/"));
    named.chain(["/tmp", "/var/tmp", "/usr/tmp"].map(|dir| dir.as_bytes().to_vec()))
}

/// They decide which programs and libraries the driver uses, so they are part of the question that the identity memo answers.
pub const IN_IDENTITY: [&str; 7] = [
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "GCC_ROOT",
    "SDKROOT",
    "CLANG_NO_DEFAULT_CONFIG",
];

/// They make a compiler write files, say more, or rewrite its command line, behind the command's back. A run that has one is a bypass.
pub const NOT_SERVED: [&str; 15] = [
    "DEPENDENCIES_OUTPUT",
    "SUNPRO_DEPENDENCIES",
    "CC_PRINT_OPTIONS",
    "CC_PRINT_HEADERS",
    "CC_PRINT_INTERNAL_STAT",
    "CC_PRINT_PROC_STAT",
    "CC_LOG_DIAGNOSTICS",
    "CCC_OVERRIDE_OPTIONS",
    "CCC_ADD_ARGS",
    "QA_OVERRIDE_GCC3_OPTIONS",
    "RC_DEBUG_OPTIONS",
    "RC_DEBUG_PREFIX_MAP",
    "GCC_COMPARE_DEBUG",
    "FORCE_CLANG_DIAGNOSTICS_CRASH",
    "LD_DEBUG",
];
