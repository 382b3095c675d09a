"""The work of scripts/bench-fastled, which installs what is missing and builds packer-cc."""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ABOUT = """\
Builds sketches for the Arduino Uno the way FastLED's CI does: the library and the Arduino core once, one generated
main.cpp a sketch, then the links. Two "runners" do it, each with everything in other places:

  first    empty store; the toolchain and the checkout at one path
  second   the first one's store/ packed by tar and unpacked, no state/; the checkout and a copy of the toolchain
           at other, longer paths, copied just before: every file is as old as its copy

Before that, everything is built at the second runner's paths without the store: this tells which sketches the compiler
can build at all (the others are left out), and which bytes the second runner has to end up with. In exact mode this
build is the bare compiler's. In relative mode it goes through packer-cc with an empty store of its own, so that the compiler
gets the same rewritten commands.
"""

NOTES = """\
what is timed (the second runner five times, each time from its arrival on; the median counts):
  restore  unpacking the store (packing is shown beside it)
  compile  one `make` from nothing to all objects, with its own start; it starts each compile without a shell, as fbuild does
  link     archives, links and .hex files: never served, the same in every build
Before each compile phase everything is written to the disk, and half a gigabyte is written to a file and deleted: a virtual
machine gives memory back to its host, which then takes longer to find it again than writing an object takes.

The compiler runs of the second runner are counted by strace in a further round with the same state as the timed one: none but the
store. It counts started programs cc1, cc1plus, lto1 and as; packer-cc asks a toolchain that it does not know yet for its include path
(`-E /dev/null`), which is no compile and is counted apart. Those of the first runner are the misses in packer-cc's journal.

With -flto or in debug data of assembly some bytes are a matter of chance (-frandom-seed is given, see --flags; names of
temporary files are not). An object that is not as in the build in place is compiled twice more there; if these two
differ as well, it counts as "chance", otherwise as "different". Likewise a few of the .elf files that differ are linked twice more.

exit status: 0, or 1 if the second runner started a compiler or left other bytes.

examples:
  scripts/bench-fastled --arduino
  scripts/bench-fastled --fastled ~/FastLED --flags debug --json
"""

FLAGS = {
    "arduino": (["-g", "-flto"], "-g -flto, as in Arduino's platform.txt"),
    "pio": (["-flto"], "-flto without -g, as PlatformIO does"),
    "debug": (["-g"], "-g without -flto"),
    "plain": ([], "neither"),
}
MACHINE = "-mmcu=atmega328p -DF_CPU=16000000L -DARDUINO=10819 -DARDUINO_AVR_UNO -DARDUINO_ARCH_AVR".split()
COMMON = "-c -Os -w -ffunction-sections -fdata-sections".split()
LANGUAGES = {
    ".c": ("avr-gcc", [*COMMON, "-std=gnu11"]),
    ".cpp": ("avr-g++", [*COMMON, *"-std=gnu++11 -fpermissive -fno-exceptions -fno-threadsafe-statics -Wno-error=narrowing".split()]),
    ".S": ("avr-gcc", "-c -x assembler-with-cpp".split()),
}
ARDUINO = Path("/usr/share/arduino/hardware/arduino/avr")
MAKE = ["make", "-rR", "-f", ".build/makefile"]
# So many second runners are timed.
SECONDS = 5
# So much is written and deleted before each compile phase, see NOTES.
BALLAST_MIB = 512
COMPILERS = ("cc1", "cc1plus", "lto1", "as")


def say(text):
    print(text, file=sys.stderr, flush=True)


def stop(text):
    say(f"bench-fastled: {text}")
    sys.exit(2)


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench-fastled", description=ABOUT, epilog=NOTES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--fastled", type=Path, metavar="DIR", help="a checkout of FastLED (measured at commit a843234425)")
    what.add_argument("--arduino", action="store_true", help="the Arduino core's own libraries and their examples (default)")
    parser.add_argument(
        "--flags", choices=FLAGS, default="arduino", help="; ".join(f"{name}: {text}" for name, (_, text) in FLAGS.items())
    )
    parser.add_argument("--absolute", action="store_true", help="sources and search directories by absolute paths")
    parser.add_argument(
        "--paths", choices=["exact", "relative"], default="relative",
        help="packer-cc's mode; relative also declares the checkout as PACKER_CC_ROOT (default: %(default)s)",
    )
    parser.add_argument("--sketches", metavar="REGEX", help="only sketches of these names (default: all)")
    parser.add_argument("--jobs", type=int, metavar="N", default=os.cpu_count(), help="at a time (default: %(default)s)")
    parser.add_argument("--untimed", action="store_true", help="only count and compare: one second runner, and what is shown of times means nothing")
    parser.add_argument("--store", type=Path, metavar="TAR", help="keep the packed store here")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where to build (default: target/bench-fastled); emptied first")
    parser.add_argument("--packer", type=Path, metavar="PROGRAM", help="this packer-cc instead of a release build of this tree")
    parser.add_argument("--keep", action="store_true", help="leave everything under --work afterwards")
    parser.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    args = parser.parse_args()
    if args.fastled and not (args.fastled / "src/FastLED.h").is_file():
        stop(f"{args.fastled} is no checkout of FastLED: it has no src/FastLED.h")
    if not args.packer or not args.work:
        stop("--packer and --work belong together" if args.packer or args.work else "start scripts/bench-fastled instead")
    for name in ("fastled", "packer", "work", "store"):
        if getattr(args, name):
            setattr(args, name, getattr(args, name).absolute())
    return args


# --- what is built -----------------------------------------------------------------------------------------------------


def copy(source, to, keep=lambda path: True):
    """Copies a tree. Every file is new, with the time of now; of its mode only the right to start it is kept."""
    for directory, names, files in os.walk(source):
        names[:] = [name for name in names if keep(Path(directory, name))]
        here = to / Path(directory).relative_to(source)
        here.mkdir(parents=True, exist_ok=True)
        for name in files:
            shutil.copyfile(Path(directory, name), here / name)
            if os.access(Path(directory, name), os.X_OK):
                (here / name).chmod(0o755)


def toolchain(to):
    """A copy of Debian's toolchain that finds its parts by where it is."""
    copy(Path("/usr/lib/gcc/avr"), to / "lib/gcc/avr", lambda path: path.name not in ("plugin", "install-tools"))
    copy(Path("/usr/lib/avr"), to / "lib/avr")
    (to / "bin").mkdir()
    for program in Path("/usr/bin").glob("avr-*"):
        shutil.copy(program, to / "bin" / program.name)
    return to


class Project:
    """A checkout with its sketches, laid out anew."""

    def __init__(self, args, root, tools):
        self.args, self.root, self.tools = args, root, tools
        root.mkdir(parents=True)
        # What a checkout is recognised by.
        (root / ".git").mkdir()
        build = root / ".build"
        copy(ARDUINO / "cores/arduino", build / "core")
        copy(ARDUINO / "variants/standard", build / "variant")
        self.includes = [".build/core", ".build/variant"]
        self.library = []
        if args.fastled:
            copy(args.fastled / "src", root / "src")
            copy(args.fastled / "examples", root / "examples")
            self.includes.append("src")
            # The sources that library.json names.
            self.library = sorted(self.sources("src/fl/build"))
            sketches = sorted((root / "examples").rglob("*.ino"))
        else:
            copy(ARDUINO / "libraries", root / "libraries")
            for library in sorted((root / "libraries").iterdir()):
                self.includes.append(f"libraries/{library.name}/src")
                self.library += sorted(self.sources(self.includes[-1]))
            sketches = sorted((root / "libraries").rglob("*.ino"))
        self.core = sorted(self.sources(".build/core"))
        wanted = re.compile(args.sketches or "")
        self.sketches = [self.sketch(path) for path in sketches if wanted.search(path.stem)]

    def sources(self, below):
        for path in (self.root / below).rglob("*"):
            if path.suffix in LANGUAGES:
                yield str(path.relative_to(self.root))

    def sketch(self, path):
        """Copies a sketch and generates the source that includes it; says what it is called."""
        name = str(path.parent.relative_to(self.root / ("examples" if self.args.fastled else "libraries")))
        name = re.sub(r"[^A-Za-z0-9_]", "_", name)
        to = self.root / ".build/sketches" / name
        copy(path.parent, to / "sketch", lambda below: below.name != "fastled_js")
        (to / "main.cpp").write_text(
            f'// Generated: a sketch is a part of this file.\n#include <Arduino.h>\n#include "sketch/{path.name}"\n'
        )
        return name

    def objects(self, names):
        """Object and source of every compile."""
        for source in self.library:
            yield f".build/out/library/{Path(source).name}.o", source
        for source in self.core:
            yield f".build/out/core/{Path(source).name}.o", source
        for name in names:
            yield f".build/out/{name}/main.cpp.o", f".build/sketches/{name}/main.cpp"

    def leave_out(self, sources):
        """Forgets what cannot be compiled."""
        self.library = [source for source in self.library if source not in sources]
        self.core = [source for source in self.core if source not in sources]
        self.sketches = [name for name in self.sketches if f".build/sketches/{name}/main.cpp" not in sources]

    def command(self, out, source):
        driver, flags = LANGUAGES[Path(source).suffix]
        at = f"{self.root}/" if self.args.absolute else ""
        words = [str(self.tools / "bin" / driver), *flags, *FLAGS[self.args.flags][0], "-MMD", *MACHINE]
        if "-flto" in words:
            # Without a seed, gcc puts random bytes into link-time code, and no two compiles are equal.
            words.append(f"-frandom-seed={out}")
        return [*words, *(f"-I{at}{path}" for path in self.includes), f"{at}{source}", "-o", out]

    def write_makefile(self, names, launcher):
        """The build: targets `compile` and `link`, and each file by its name. Says how many compiles it is."""
        link = ["-w", "-Os", *FLAGS[self.args.flags][0], "-fuse-linker-plugin", "-Wl,--gc-sections", "-mmcu=atmega328p"]
        tool = lambda name: quote(str(self.tools / "bin" / name)).replace("$", "$$")
        objects = dict(self.objects(names))
        rules = []
        for out, source in objects.items():
            words = " ".join(map(quote, [*launcher, *self.command(out, source)]))
            rules.append((out, [source], words.replace("$", "$$")))
        archives = []
        for part in ("library", "core"):
            inside = [out for out in objects if out.startswith(f".build/out/{part}/")]
            if inside:
                archives.append(f".build/out/{part}.a")
                rules.append((archives[-1], inside, f"rm -f $@ && {tool('avr-gcc-ar')} rcs $@ $^"))
        hexes = []
        for name in names:
            out = f".build/out/{name}/sketch"
            rules.append((f"{out}.elf", [f".build/out/{name}/main.cpp.o", *archives], f"{tool('avr-gcc')} {' '.join(link)} -o $@ $^ -lm"))
            rules.append((f"{out}.hex", [f"{out}.elf"], f"{tool('avr-objcopy')} -O ihex -R .eeprom $< $@"))
            hexes.append(f"{out}.hex")
        lines = [f"compile: {' '.join(map(escape, objects))}", f"link: {' '.join(hexes)}", ".PHONY: compile link", ".SECONDARY:"]
        lines += [f"{escape(out)}: {' '.join(map(escape, sources))}\n\t{command}" for out, sources, command in rules]
        (self.root / ".build/makefile").write_text("\n".join(lines) + "\n")
        return len(objects)

    def empty(self):
        """No outputs, but the directories for them."""
        shutil.rmtree(self.root / ".build/out", ignore_errors=True)
        for out, _ in self.objects(self.sketches):
            (self.root / out).parent.mkdir(parents=True, exist_ok=True)

    def outputs(self):
        """Every file the build left, by name."""
        out = self.root / ".build/out"
        return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def quote(word):
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word.replace("'", "'\\''") + "'"


def escape(path):
    return re.sub(r"([$ :])", r"$\1", path)


# --- building ----------------------------------------------------------------------------------------------------------


def make(project, target, label, environment, total, under=(), keep_going=False):
    """Builds a target of so many files and shows how far it is; returns seconds and whether all went well."""
    log = project.root / ".build" / f"{target}.log"
    # Without make's own rules, which it would try for every header.
    command = [*under, *MAKE, "-j", str(project.args.jobs), *(["-k"] if keep_going else []), target]
    tools = [quote(str(path)).encode().rstrip(b"'") for path in (project.args.packer, project.tools / "bin/avr-")]
    commands = (*tools, b"rm -f ")
    terminal, shown, text, done = sys.stderr.isatty(), 0.0, label, 0
    start = time.monotonic()
    with log.open("wb") as lines, subprocess.Popen(
        command, cwd=project.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout:
            lines.write(line)
            # make says each command that it starts.
            if line.startswith(commands):
                done += 1
                text = f"{label}: {done}/{total}"
                if time.monotonic() - shown > (0.2 if terminal else 5):
                    print(f"\r{text}" if terminal else text, end="" if terminal else "\n", file=sys.stderr, flush=True)
                    shown = time.monotonic()
        status = process.wait()
        seconds = time.monotonic() - start
    say(f"\r{text}, {seconds:.2f} s" if terminal else f"{text}, {seconds:.2f} s")
    if status and not keep_going:
        sys.stderr.write(log.read_bytes()[-4000:].decode(errors="replace"))
        stop(f"{label} failed; the whole log is {log}")
    return seconds, not status


def bare_environment():
    """Without settings of packer-cc that are set by chance."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PACKER_C", "MAKEFLAGS"))}


def settings(args, project, cache):
    environment = {**bare_environment(), "PACKER_CC_DIR": str(cache), "PACKER_CC_PATHS": args.paths, "PACKER_CC_MAX_SIZE": "0"}
    if args.paths == "relative":
        environment["PACKER_CC_ROOT"] = str(project.root)
    return environment


def counts(args, environment):
    shown = subprocess.run([args.packer, "stats", "--json"], env=environment, check=True, capture_output=True, text=True)
    return json.loads(shown.stdout)


def started(trace):
    """How many compilers were started, by a trace of strace: those that read something, and those that were only asked."""
    pattern = re.compile(r'execve(?:at)?\((?:\w+, )?"[^"]*/([^"/]+)", \[(.*)\], .* = 0$', re.MULTILINE)
    words = [words for name, words in pattern.findall(trace.read_text(errors="replace")) if name in COMPILERS]
    asked = sum('"-E"' in words and '"/dev/null"' in words for words in words)
    return len(words) - asked, asked


def compare(project, reference, outputs, environment, launcher):
    """Compares objects and images; an object that differs is compiled twice more, to tell chance from error."""
    result = {"objects": 0, "identical": 0, "chance": [], "different": [], "depfiles_different": []}
    sources = {out.removeprefix(".build/out/"): source for out, source in project.objects(project.sketches)}
    for name, content in sorted(reference.items()):
        if name.endswith(".d") and outputs.get(name) != content:
            result["depfiles_different"].append(name)
        if not name.endswith(".o"):
            continue
        result["objects"] += 1
        if outputs.get(name) == content:
            result["identical"] += 1
            continue
        twice = []
        for _ in range(2):
            command = [*launcher, *project.command(f".build/out/{name}", sources[name])]
            subprocess.run(command, cwd=project.root, env={**environment, "PACKER_CC_RECACHE": "1"}, check=True, capture_output=True)
            twice.append((project.root / ".build/out" / name).read_bytes())
        result["chance" if twice[0] != twice[1] and name in outputs else "different"].append(name)
    for kind in ("elf", "hex"):
        names = [name for name in reference if name.endswith(f".{kind}")]
        others = [name for name in names if outputs.get(name) != reference[name]]
        result[kind] = {"compared": len(names), "identical": len(names) - len(others)}
        if others and kind == "elf":
            result[kind]["reproducible"] = links_alike(project, others[:3])
    return result


def links_alike(project, names):
    """Whether two links of the same objects give the same programs."""
    images = []
    for _ in range(2):
        targets = [f".build/out/{name}" for name in names]
        for target in targets:
            (project.root / target).unlink(missing_ok=True)
        subprocess.run([*MAKE, *targets], cwd=project.root, check=True, capture_output=True)
        images.append([(project.root / target).read_bytes() for target in targets])
    return images[0] == images[1]


def run(args):
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    tar = args.store or args.work / "store.tar"
    say("Copying checkouts and toolchains …")
    one = Project(args, args.work / "first/checkout", toolchain(args.work / "first/tools"))
    two = Project(args, args.work / "second/home/of/another/checkout", toolchain(args.work / "second/opt/toolchains/avr-gcc"))
    cache = [args.work / "first/cache", args.work / "second/cache"]
    launcher = [str(args.packer)]

    def begin(project):
        """A runner before its first compile."""
        project.empty()
        if args.untimed:
            return
        os.sync()
        mebibyte = os.urandom(1 << 20)
        with (args.work / "ballast").open("wb") as ballast:
            for _ in range(BALLAST_MIB):
                ballast.write(mebibyte)
        (args.work / "ballast").unlink()

    # In place, without the store.
    in_place = [] if args.paths == "exact" else launcher
    environment = settings(args, two, args.work / "in-place-cache") if in_place else bare_environment()
    total = two.write_makefile(two.sketches, in_place)
    label = "in place, bare compiler" if not in_place else "in place, empty store"
    two.empty()
    make(two, "compile", label, environment, total, keep_going=True)
    failed = {source for out, source in two.objects(two.sketches) if not (two.root / out).exists()}
    if len(failed) * 2 > total:
        stop(f"most sources cannot be compiled; see {two.root}/.build/compile.log")
    candidates = two.sketches
    for project in (one, two):
        project.leave_out(failed)
    fine = two.sketches
    links = 2 * len(fine) + 2
    two.write_makefile(fine, in_place)
    make(two, "link", "in place, links", environment, links, keep_going=True)
    linked = [name for name in fine if (two.root / f".build/out/{name}/sketch.hex").exists()]
    reference = two.outputs()
    served = counts(args, environment)["hits"] if in_place else 0
    two.empty()

    # The first runner.
    environment = settings(args, one, cache[0])
    compiles = one.write_makefile(fine, launcher)
    begin(one)
    cold, _ = make(one, "compile", "first runner, compile", environment, compiles)
    first = counts(args, environment)
    cold_link, _ = make(one, "link", "first runner, link", environment, links, keep_going=True)
    start = time.monotonic()
    subprocess.run(["tar", "-cf", tar, "-C", cache[0], "store"], check=True)
    pack = time.monotonic() - start

    # The second, at the paths of the build in place.
    warms = []
    def arrive():
        # Moved, not deleted: a file system that looks for room passes over blocks that were freed a moment ago.
        (args.work / "second").rename(args.work / f"second-{len(warms)}")
        project = Project(args, two.root, toolchain(two.tools))
        project.leave_out(failed)
        project.write_makefile(fine, launcher)
        cache[1].mkdir(mode=0o700)
        start = time.monotonic()
        subprocess.run(["tar", "-xf", tar, "-C", cache[1]], check=True)
        unpack = time.monotonic() - start
        begin(project)
        return project, unpack

    environment = settings(args, two, cache[1])
    for _ in range(0 if args.untimed else SECONDS):
        two, unpack = arrive()
        warms.append(make(two, "compile", "second runner, compile", environment, compiles)[0])

    # And once more, counted.
    two, unpack = arrive()
    trace = args.work / "trace"
    under = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", str(trace), "-s", "4096", "-e", "trace=execve,execveat", "-e", "signal=none"]
    counted, _ = make(two, "compile", "second runner, counted", environment, compiles, under=under)
    runs, asked = started(trace)
    second = counts(args, environment)
    warms = warms or [counted]
    warm = statistics.median(warms)
    warm_link, _ = make(two, "link", "second runner, link", environment, links, keep_going=True)
    compared = compare(two, reference, two.outputs(), settings(args, two, args.work / "again"), in_place)

    return {
        "project": "fastled" if args.fastled else "arduino",
        "flags": args.flags,
        "paths": args.paths,
        "absolute": args.absolute,
        "jobs": args.jobs,
        "sketches": {"all": len(candidates), "compiled": len(fine), "linked": len(linked)},
        "compiles": compiles,
        "left_out": sorted(failed),
        "first": {"compile_s": round(cold, 3), "link_s": round(cold_link, 3), "pack_s": round(pack, 3), "compiler_runs": first["misses"]},
        "second": {
            "restore_s": round(unpack, 3), "compile_s": round(warm, 3), "link_s": round(warm_link, 3),
            "compile_s_each": [round(each, 3) for each in warms], "hits": second["hits"], "misses": second["misses"], "compiler_runs": runs, "compilers_asked": asked,
        },
        "store_bytes": tar.stat().st_size,
        "speedup": round(cold / warm, 1),
        "in_place_hits": served,
        "in_place_compiles": total,
        "outputs": compared,
    }


def table(figures):
    first, second, outputs = figures["first"], figures["second"], figures["outputs"]
    sketches = figures["sketches"]
    print(
        f"\n{figures['project']}, flags {figures['flags']}, {figures['paths']} mode, {figures['jobs']} jobs: "
        f"{sketches['compiled']} of {sketches['all']} sketches can be compiled, {sketches['linked']} linked"
    )
    others = [source for source in figures["left_out"] if not source.startswith(".build/sketches/")]
    if others:
        print(f"This compiler cannot compile {', '.join(others)} either.")
    print()
    print(f"{'runner':<28}{'restore':>9}{'compile':>9}{'link':>9}{'compiles':>10}{'compiler runs':>15}")
    for name, runner in (("first, empty store", first), ("second, restored store", second)):
        restore = f"{runner['restore_s']:.2f} s" if "restore_s" in runner else "-"
        print(
            f"{name:<28}{restore:>9}{runner['compile_s']:>7.2f} s{runner['link_s']:>7.2f} s"
            f"{figures['compiles']:>10}{runner['compiler_runs']:>15}"
        )
    each = second["compile_s_each"]
    print(
        f"\nSecond runners took {min(each):.2f} to {max(each):.2f} s.\nThe compile phase is {figures['speedup']:.0f} times as fast. The store is {figures['store_bytes'] / 1e6:.1f} MB, "
        f"packed in {first['pack_s']:.2f} s."
    )
    print(
        f"Against a build in place: {outputs['identical']} of {outputs['objects']} objects identical, {len(outputs['chance'])} a matter "
        f"of chance, {len(outputs['different'])} different; {outputs['elf']['identical']} of {outputs['elf']['compared']} .elf and "
        f"{outputs['hex']['identical']} of {outputs['hex']['compared']} .hex identical."
    )
    if outputs["elf"].get("reproducible") is False:
        print("Two links of the same objects give different .elf files here: the linker's temporary files are named in them.")
    for kind in ("chance", "different", "depfiles_different"):
        if outputs[kind]:
            print(f"{kind}: {', '.join(outputs[kind][:5])}{', …' if len(outputs[kind]) > 5 else ''}")


def main():
    args = arguments()
    figures = run(args)
    if args.json:
        json.dump(figures, sys.stdout)
        print()
    else:
        table(figures)
    outputs = figures["outputs"]
    good = not figures["second"]["compiler_runs"] and not outputs["different"] and not outputs["depfiles_different"]
    good &= outputs["hex"]["identical"] == outputs["hex"]["compared"]
    if good and not args.keep:
        shutil.rmtree(args.work)
    elif not good:
        say(f"This is not as it should be: see {args.work}, and `PACKER_CC_DIR={args.work}/second/cache {args.packer} stats`.")
    sys.exit(0 if good else 1)


main()
