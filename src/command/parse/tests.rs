//! What command lines mean. A command is written as a shell would split it, without quotes.

use super::*;
use crate::command::{Chain, Family};

fn run(command: &str) -> Result<Job, Cause> {
    let args: Vec<OsString> = command.split_whitespace().map(OsString::from).collect();
    parse_job(&args, &|_| Err(io::ErrorKind::NotFound.into()))
}

#[track_caller]
fn served(command: &str) -> Job {
    run(command).unwrap_or_else(|reason| panic!("{command}: {reason}"))
}

/// The reason, up to the explanation. The option is expected as it was typed; users see less of it, see `refused`.
#[track_caller]
fn bypass(command: &str, expected: &str) {
    let reason = run(command).expect_err(command);
    let shown = match (reason.reason, expected.split_once(": ")) {
        (Reason::UnknownOption | Reason::DanglingOption, Some((code, typed))) => {
            format!("{code}: {}", refused::option(typed.as_ref()))
        }
        (Reason::UnservedOption, Some((code, typed))) => {
            format!("{code}: {}", refused::option_with_value(typed.as_ref()))
        }
        _ => expected.to_owned(),
    };
    assert!(reason.to_string().starts_with(&shown), "{command}: got {reason}, expected {expected:?}");
}

/// Output, depfile and its targets by gcc and by clang, separated by blanks.
#[track_caller]
fn names(command: &str, expected: &str) {
    let job = served(command);
    let mut got = vec![job.output_name().into_string().expect("UTF-8")];
    got.extend(job.depfile_name().map(|name| name.into_string().expect("UTF-8")));
    for family in [Family::Gcc, Family::Clang] {
        let targets = job.depfile_targets(family);
        got.extend(targets.into_iter().map(|target| String::from_utf8(target).expect("UTF-8")));
    }
    assert_eq!(got.join(" "), expected, "{command}");
}

#[test]
fn a_plain_compile() {
    let job = served("-Wall -I inc -Isrc -DX=1 -c dir/a.cpp -o out/a.o -MMD -MP -g -O2 -std=c++17");
    assert_eq!(job.source, "dir/a.cpp");
    assert_eq!(job.language, Language::Cxx);
    assert_eq!(job.stage, Stage::Object);
    assert!(job.debug && !job.opaque && !job.names_output);
    let parts: Vec<_> = job
        .parts
        .iter()
        .map(|part| (part.role, part.flag.to_str().unwrap(), part.value.as_deref().and_then(OsStr::to_str)))
        .collect();
    assert_eq!(
        parts,
        [
            (Role::Code, "-Wall", None),
            (Role::SearchDir(Chain::Angle), "-I", Some("inc")),
            (Role::SearchDir(Chain::Angle), "-I", Some("src")),
            (Role::Code, "-D", Some("X=1")),
            (Role::Code, "-c", None),
            (Role::Source, "", Some("dir/a.cpp")),
            (Role::Output, "-o", Some("out/a.o")),
            (Role::Depfile, "-MMD", None),
            (Role::Depfile, "-MP", None),
            (Role::Code, "-g", None),
            (Role::Code, "-O2", None),
            (Role::Code, "-std=", Some("c++17")),
        ]
    );
}

#[test]
fn parts_cover_the_words_without_gaps() {
    for command in [
        "-c a.c",
        "-x c -I i -include f.h -Wp,-MD,f.d -Xassembler --noexecstack -Wl,-z -l m -c x -o y --param a=b",
        "-iquote q -isystems -idirafter t -imacros m -B b --sysroot=s -isysroot t -target u -c a.c -MD -MF f -MTt -MQ q",
    ] {
        let job = match run(command) {
            Ok(job) => job,
            Err(reason) => {
                assert_eq!(reason.reason, Reason::UnservedOption, "{command}: {reason}");
                continue;
            }
        };
        let mut at = 0;
        for part in &job.parts {
            assert_eq!(part.words.start, at, "{command}");
            at = part.words.end;
        }
        assert_eq!(at, job.words.len(), "{command}");
    }
}

#[test]
fn what_is_no_compile() {
    for command in ["", "-v", "--version", "-dumpmachine", "-print-prog-name=as", "a.o -o a", "a.c", "-### -c a.c"] {
        bypass(command, "not-a-compile");
    }
    bypass("-c a.c -mcpu=help", "not-a-compile");
    bypass("-S a.S", "not-a-compile");
    bypass("-E a.c", "preprocess-only");
    bypass("-c -E -dM -P a.c", "preprocess-only");
    bypass("-M -c a.c", "dependencies-only");
    bypass("-MM -MF f a.c", "dependencies-only");
    bypass("-fsyntax-only -c a.c", "syntax-only");
    bypass("-fnever-heard a.c -o a", "not-a-compile");
}

#[test]
fn inputs() {
    bypass("-c", "no-source");
    bypass("-c a.c b.c", "several-sources");
    bypass("-c a.c b.o -o x.o", "several-sources");
    bypass("-c -x c -", "source-is-stream");
    bypass("-c a.h", "precompiled-header: a.h");
    bypass("a.hpp", "precompiled-header: a.hpp");
    bypass("-x c-header a.c -o a.h.gch", "precompiled-header: a.c");
    bypass("-c -x c++-system-header vector", "precompiled-header: vector");
    bypass("-c a.h a.c", "several-sources");
    bypass("-x c-header -E a.h", "preprocess-only");
    bypass("-c a.o", "language: a.o");
    bypass("-c -x c++-header a.h", "precompiled-header: a.h");
    bypass("-c .c", "ambiguous-name: .c");
    assert_eq!(served("-c -x c++ a.c").language, Language::Cxx);
    assert_eq!(served("-c -xc a").language, Language::C);
    assert_eq!(served("-c -x c++ -x none a.c").language, Language::C);
    let after = served("-c a.c -x c++");
    assert_eq!((after.language, after.language_explicit), (Language::C, false));
    assert!(served("-c -xc a").language_explicit);
}

#[test]
fn outputs() {
    names("-c dir/a.b.c", "a.b.o");
    names("-S dir/a.c", "a.s");
    names("-S a.c -ox.s", "x.s");
    bypass("-c a.c -o -", "output-is-stream");
    bypass("-c a.c -o x -o y", "unserved-option: -o y");
    bypass("-c a.c -o", "dangling-option: -o");
    bypass("-c -S a.c", "unserved-option: -S");
}

#[test]
fn depfiles_as_measured() {
    names("-MD -c sub/a.c", "a.o a.d a.o a.o");
    names("-MD -c sub/b.c.c", "b.c.o b.c.d b.c.o b.c.o");
    names("-MD -S sub/a.c", "a.s a.d a.o a.o");
    names("-MD -c sub/a.c -o out/x.o", "out/x.o out/x.d out/x.o out/x.o");
    names("-MD -c sub/a.c -o out/x.y.z", "out/x.y.z out/x.y.d out/x.y.z out/x.y.z");
    names("-MD -c sub/a.c -o ./x.o", "./x.o ./x.d x.o ./x.o");
    names("-MD -S sub/a.c -o out/x.s", "out/x.s out/x.d out/x.s out/x.s");
    names("-MD -c sub/a.c -o out/x$y#z.o", r"out/x$y#z.o out/x$y#z.d out/x$$y\#z.o out/x$$y\#z.o");
    names("-MD -MF f1.d -MFf2.d -c sub/a.c", "a.o f2.d a.o a.o");
    names("-MD -MT foo -MTc$d -c sub/a.c", "a.o a.d foo c$d foo c$d");
    names("-MD -MQ b$r -c sub/a.c", "a.o a.d b$$r b$$r");
    names("-MD -MT ./foo -c sub/a.c", "a.o a.d foo ./foo");
    names("-Wp,-MD,f1.d -c sub/a.c -o out/x.o", "out/x.o f1.d a.o out/x.o");
    names("-Wp,-MMD,f1.d -c sub/a.c", "a.o f1.d a.o a.o");
    names("-Wp,-MMD,f1.d -MT zoo -c sub/a.c -o out/q.o", "out/q.o f1.d zoo zoo");
    names("-Wp,-MD,f1.d -Wp,-MT,zoo -c sub/a.c -o out/q.o", "out/q.o f1.d zoo out/q.o zoo");
    names("-Wp,-MT,u -Wp,-MD,f1.d -MT zoo -c sub/a.c -o out/q.o", "out/q.o f1.d zoo u zoo u");
    names("-MD -MT zoo -Wp,-MT,u -c sub/a.c -o out/q.o", "out/q.o out/q.d zoo u zoo u");
    assert!(!served("-Wp,-MD,f -Wp,-DX,-MT,t -Wp,-MP -c a.c").depfile.expect("a request").gcc_only);
    for gcc_only in
        ["-Wp,-MD,f,-MT,t", "-Wp,-MD,f,-MP", "-Wp,-MD,f -Wp,-MQ,t", "-Wp,-DX,-MD,f", "-MD -Wp,-MF,f", "-Wp,-MT,t,-MD,f"]
    {
        assert!(served(&format!("{gcc_only} -c a.c")).depfile.expect("a request").gcc_only, "{gcc_only}");
    }
    names("-MD -c sub/a.S", "a.o a.d a.o a.o");
    for (command, user_only) in
        [("-MD -c a.c", false), ("-MMD -c a.c", true), ("-MD -MMD -c a.c", true), ("-MMD -MD -c a.c", true)]
    {
        assert_eq!(served(command).depfile.map(|request| request.user_only), Some(user_only), "{command}");
    }
}

#[test]
fn depfile_options_on_which_compilers_differ() {
    for command in ["-MF f -c a.c", "-MT t -c a.c", "-MQ t -c a.c", "-MP -c a.c"] {
        bypass(command, "unserved-option: -M");
    }
    bypass("-MD -MT a -MQ b -c a.c", "unserved-option: -MQ");
    bypass("-Wp,-MD,f -MD -c a.c", "unserved-option: -Wp,-MD");
    bypass("-Wp,-MD,f -MF g -c a.c", "unserved-option: -Wp,-MD");
    bypass("-Wp,-MD,f -Wp,-MF,g -c a.c", "unserved-option: -Wp,-MD");
    bypass("-Wp,-MD,f -Wp,-MD,g -c a.c", "unserved-option: -Wp,-MD,g");
    bypass("-Wp,-MD,f -Wp,-MQ,t -Wp,-MT,u -c a.c", "unserved-option: -MQ");
    bypass("-MD -Wp,-MT,t -c a.c", "unserved-option: -Wp,-MT");
    bypass("-Wp,-MT,t -c a.c", "unserved-option: -MT");
    bypass("-Wp,-MD,f -Wp,-MT -c a.c", "unserved-option: -Wp,-MT");
    bypass("-Wp,-MD,f,-MT, -c a.c", "unserved-option: -Wp,-MD,f,-MT,");
    bypass("-Wp,-MD -c a.c", "unserved-option: -Wp,-MD");
    bypass("-MD -c a.i", "unserved-option: -MD");
    bypass("-MD -c a.s", "unserved-option: -MD");
    bypass("-MD -MG -c a.c", "unserved-option: -MG");
    bypass("-MD -MF - -c a.c", "output-is-stream");
    bypass("-MD -c a.c -o a.b/c", "ambiguous-name: a.b/c");
    assert!(run("-MD -MF f.d -c a.c -o a.b/c").is_ok());
}

#[test]
fn pieces_for_other_programs() {
    assert!(run("-Wp,-D_FORTIFY_SOURCE=2 -c a.c").is_ok());
    assert!(run("-Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3 -c a.c").is_ok());
    bypass("-Wp,-Idir -c a.c", "unserved-option: -Wp,-Idir");
    assert!(run("-Wa,--noexecstack,--defsym,X=1 -Xassembler -mthumb -Wl,--gc-sections,-Map=m -c a.S").is_ok());
    assert!(served("-Wa,--gdwarf-4 -c a.S").debug);
    assert!(run("-Wa,--compress-debug-sections -c a.S").is_ok());
    bypass("-Wa,-adhln=a.lst -c a.c", "unserved-option: -Wa,-adhln=a.lst");
    bypass("-Wa,-MD,f -c a.c", "unserved-option: -Wa,-MD,f");
    bypass("-Xassembler -a -c a.c", "unserved-option: -Xassembler -a");
    bypass("-Xclang -load -Xclang p.so -c a.c", "unserved-option: -Xclang -load");
    bypass("-mllvm -stats -c a.c", "unserved-option: -mllvm -stats");
}

#[test]
fn what_the_last_word_decides() {
    for (options, debug) in [
        ("-g", true),
        ("-g -g0", false),
        ("-g0 -ggdb3", true),
        ("-g3 -gno-column-info", true),
        ("-gcolumn-info", false),
    ] {
        assert_eq!(served(&format!("{options} -c a.c")).debug, debug, "{options}");
    }
    for (options, opaque) in [("-flto", false), ("-gz=zlib", false), ("-fopenmp", true), ("--coverage", true)] {
        assert_eq!(served(&format!("{options} -c a.c")).opaque, opaque, "{options}");
    }
    for (options, lto) in
        [("-flto", true), ("-flto=thin", true), ("-flto -fno-lto", false), ("-flto -fno-lto -flto=4", true)]
    {
        assert_eq!(served(&format!("{options} -c a.c")).lto, lto, "{options}");
    }
    for (options, colour) in [
        ("", None),
        ("-fdiagnostics-color", Some(Colour::Always)),
        ("-fno-diagnostics-color", Some(Colour::Never)),
        ("-fcolor-diagnostics -fno-color-diagnostics", Some(Colour::Never)),
        ("-fdiagnostics-color=auto", Some(Colour::Auto)),
        ("-fdiagnostics-plain-output", Some(Colour::Never)),
    ] {
        assert_eq!(served(&format!("{options} -c a.c")).colour, colour, "{options}");
    }
}

#[test]
fn the_machine_and_the_identity() {
    let job = served("-m32 -Bdir --sysroot=/s -specs=nano.specs -target avr -nostdinc -O2 -DX -Iinc -c a.c");
    let identity: Vec<_> =
        job.parts.iter().filter(|part| part.identity).map(|part| part.flag.to_str().unwrap()).collect();
    assert_eq!(identity, ["-m32", "-B", "--sysroot=", "-specs=", "-target", "-nostdinc"]);
}

#[test]
fn side_files() {
    for (command, expected) in [
        ("-fstack-usage -c sub/a.c -o out/x.y.o", &["out/x.y.su"][..]),
        ("-fstack-usage -S sub/a.c", &["a.su"]),
        ("--coverage -c sub/a.c", &["a.gcno"]),
        ("-ftest-coverage -fprofile-arcs --coverage -fstack-usage -c a.c -o o/x.o", &["o/x.su", "o/x.gcno"]),
        ("-fprofile-arcs -c a.c", &[]),
        ("-fno-stack-usage -c a.c", &[]),
        ("--coverage -c a.S", &[]),
        ("-fcallgraph-info=su,da -c a.c -o o/x.y", &["o/x.ci"]),
        ("-fcallgraph-info -fno-callgraph-info -c a.c", &["a.ci"]),
        ("-flto --coverage -c a.c", &["a.gcno"]),
        ("-fstack-usage -fno-stack-usage -c a.c", &["a.su"]),
        ("-g -gsplit-dwarf -c sub/a.b.c", &["a.b.dwo"]),
        ("-gsplit-dwarf -g0 -c a.c -o d.e/x.y.o", &["d.e/x.y.dwo"]),
        ("-gsplit-dwarf=split -c a.c -o out/x", &["out/x.dwo"]),
        ("-gno-split-dwarf -c a.c", &[]),
        ("-gno-split-dwarf -gsplit-dwarf=single -c a.c", &["a.dwo"]),
        ("-g -gsplit-dwarf -c a.S", &["a.dwo"]),
        ("-g -gsplit-dwarf -fdebug-compilation-dir=. -c a.c -o a.o", &["a.dwo"]),
    ] {
        let got: Vec<_> = served(command).side_outputs.into_iter().map(|side| side.name).collect();
        assert_eq!(got, expected, "{command}");
    }
    assert!(served("-fprofile-arcs -c a.c").names_output);
    assert!(!served("-fstack-usage -c a.c").names_output);
    bypass("--coverage -c a.c -o a.b/c", "ambiguous-name: a.b/c");
    assert!(served("-g -gsplit-dwarf -c a.c").names_output);
    assert!(served("-g -gsplit-dwarf=single -c a.c").names_output);
    for line in ["-S a.c", "-fdebug-compilation-dir=. -c a.c", "-fno-integrated-as -c a.c -o a.o"] {
        bypass(&format!("-g -gsplit-dwarf {line}"), "unserved-option: -gsplit-dwarf");
    }
    for output in ["a.b/c", ".o", "x.", "./x"] {
        bypass(&format!("-g -gsplit-dwarf -c a.c -o {output}"), "ambiguous-name");
    }
    bypass("-g -gsplit-dwarf=other -c a.c", "unknown-option");
}

/// Each of these reads or writes a file the cache does not know, or differs in every run.
#[test]
fn dangerous_options_are_not_served() {
    for option in [
        "-save-temps",
        "-save-temps=obj",
        "-fdump-tree-all",
        "-fdump-final-insns=f",
        "-da",
        "-dD",
        "-aux-info f",
        "-wrapper gdb",
        "-fopt-info-vec=f",
        "-fsave-optimization-record",
        "-foptimization-record-file=f",
        "-ftime-report",
        "-ftime-trace=f",
        "-ftime-trace",
        "-fplugin=p.so",
        "-fmodules",
        "-fmodules-cache-path=d",
        "-fmodule-file=f",
        "-fmodule-mapper=f",
        "-fdeps-file=f",
        "-fprofile-use",
        "-fprofile-use=d",
        "-fprofile-instr-use=f",
        "-fauto-profile",
        "-fprofile-generate=d",
        "-fprofile-dir=d",
        "-fprofile-note=f",
        "-fxray-instrument",
        "-fbasic-block-sections=list=f",
        "-fdiagnostics-format=sarif-file",
        "-fdiagnostics-add-output=sarif",
        "-frecord-gcc-switches",
        "-grecord-command-line",
        "-fembed-bitcode",
        "-fthinlto-index=f",
        "-fdepfile-entry=f",
        "-include-pch f",
        "-ivfsoverlay f",
        "-index-store-path d",
        "-MJ f",
        "--config f",
        "-working-directory d",
        "-arch arm64",
        "-dumpbase f",
        "-dumpdir d",
        "-emit-llvm",
        "-fcompare-debug",
        "-iprefix d",
        "-I-",
        "-I=d",
        "-isystem=d",
        "-C",
        "-P",
        "-H",
        "-no-integrated-cpp",
        "-fpch-preprocess",
        "-fworking-directory",
        "-fdirectives-only",
        "-mdevices-csv-loc=f",
        "-module-dependency-dir d",
    ] {
        bypass(&format!("-c a.c {option}"), "unserved-option: ");
    }
    for option in ["-fno-such", "--unknown", "--", "-Yfoo"] {
        bypass(&format!("-c a.c {option}"), &format!("unknown-option: {option}"));
    }
}

#[test]
fn everyday_command_lines_are_served() {
    for command in [
        // CMake
        "-DNDEBUG -I/p/inc -O3 -fPIC -fvisibility=hidden -std=gnu++17 -MD -MT CMakeFiles/x.dir/a.cpp.o -MF CMakeFiles/x.dir/a.cpp.o.d -o CMakeFiles/x.dir/a.cpp.o -c /p/a.cpp",
        // Meson
        "-Ilib -fdiagnostics-color=always -D_FILE_OFFSET_BITS=64 -Wall -Winvalid-pch -MD -MQ x.p/a.c.o -MF x.p/a.c.o.d -o x.p/a.c.o -c ../a.c",
        // automake, libtool
        "-DHAVE_CONFIG_H -I. -I.. -g -O2 -MT a.lo -MD -MP -MF .deps/a.Tpo -c a.c -fPIC -DPIC -o .libs/a.o",
        // a kernel
        "-Wp,-MMD,init/.main.o.d -nostdinc -I./include -include ./include/linux/kconfig.h -D__KERNEL__ -std=gnu11 -fshort-wchar -funsigned-char -fno-common -fno-PIE -fno-strict-aliasing -mno-sse -mcmodel=kernel -fno-asynchronous-unwind-tables -mindirect-branch=thunk-extern -fno-delete-null-pointer-checks -O2 -fno-allow-store-data-races -fstack-protector-strong -pg -mrecord-mcount -fconserve-stack -Wno-pointer-sign -falign-functions=16 -fmacro-prefix-map=./= --param=allow-store-data-races=0 -c -o init/main.o init/main.c",
        // a distribution
        "-g -O2 -ffile-prefix-map=/b=. -flto=auto -ffat-lto-objects -fstack-protector-strong -fstack-clash-protection -Wformat -Werror=format-security -fcf-protection -Wdate-time -D_FORTIFY_SOURCE=2 -c a.c",
        // Arduino and PlatformIO
        "-o .pio/build/uno/src/main.cpp.o -c -fno-exceptions -fno-threadsafe-statics -fpermissive -std=gnu++11 -Os -Wall -ffunction-sections -fdata-sections -flto -mmcu=atmega328p -DF_CPU=16000000L -Isrc src/main.cpp",
        "-c -g -Os -w -std=gnu++11 -fpermissive -fno-exceptions -ffunction-sections -fdata-sections -fno-threadsafe-statics -Wno-error=narrowing -MMD -flto -mmcu=atmega328p a.cpp -o a.cpp.o",
        // bare metal
        "-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard --specs=nano.specs -ffreestanding -fno-rtti -fno-use-cxa-atexit -fsingle-precision-constant -Wdouble-promotion -fno-builtin-printf -c a.cpp",
        "-mlongcalls -fno-jump-tables -fstrict-volatile-bitfields -fno-tree-switch-conversion -fmacro-prefix-map=/a=b -c a.c -ggdb",
        // clang
        "-target armv7-none-eabi -fcolor-diagnostics -fintegrated-as -Qunused-arguments -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all -gline-tables-only -stdlib=libc++ -c a.cc",
        "--target=aarch64-linux-gnu --sysroot=/s -resource-dir=/r -fdebug-compilation-dir=. -fcrash-diagnostics-dir=d -c a.cc",
    ] {
        match run(command) {
            Ok(_) => {}
            // Only this option is not served.
            Err(cause) if cause.about.starts_with("-fcrash-diagnostics-dir=") => {}
            Err(reason) => panic!("{command}: {reason}"),
        }
    }
}

#[test]
fn response_files_belong_to_the_command_line() {
    let args = ["@args", "-o", "x.o"].map(OsString::from);
    let job = parse_job(&args, &|path| {
        assert_eq!(path, "args");
        Ok(b"-c 'a b.c'\n".to_vec())
    });
    let job = job.expect("served");
    assert_eq!(job.source, "a b.c");
    assert_eq!(job.words, ["-c", "a b.c", "-o", "x.o"]);
}
