"""The ways to build: bare, packer-cc in its modes, ccache; what each sets, and what each tells of a step afterwards."""

import collections
import json
import re
import shlex
import subprocess
from pathlib import Path

# --- kinds of commands -------------------------------------------------------------------------------------------------

SOURCES = re.compile(r"\.(c|cc|cpp|cxx|c\+\+|C|s|S|sx|i|ii|m|mm)$")
# What configure, config.guess, zlib, CMake, Meson, kbuild, FFmpeg and the crate cc call the sources of their questions.
PROBE = re.compile(
    r"^(-|/dev/null)?$|(^|/)(CMakeTmp|CMakeScratch|meson-private|ffconf\.\w+|cg\w{6})/"
    r"|(^|/)(conftest|ztest\d+|testfile|sanitycheckcp*|flag_check|CMakeCX*CompilerId|CMakeCX*CompilerABI)\.\w+$"
)


# The word behind one of these options is its value, even if it looks like a source.
VALUED = ("-o", "-MF", "-MT", "-MQ", "-include", "-imacros", "-I", "-isystem", "-iquote", "-idirafter", "-D", "-U", "-x")


def sources(words):
    """The words of a command that name sources."""
    pairs = zip(words, words[1:])
    return [word for before, word in pairs if SOURCES.search(word) and not word.startswith("-") and before not in VALUED]


def kind(words):
    """`compile`: one source, to an object or to assembly. `probe`: the same, asked by a configuration. Else `other`."""
    if not {"-c", "-S"} & set(words) or {"-E", "-M", "-MM", "-fsyntax-only", "-###"} & set(words):
        return "other"
    found = sources(words)
    if len(found) > 1:
        return "other"
    return "probe" if PROBE.search((found or [""])[0]) else "compile"


class Counts:
    """What became of the commands of a step: for each kind and outcome how many, by reason, with examples."""

    def __init__(self):
        self.table = collections.defaultdict(collections.Counter)
        self.examples = collections.defaultdict(list)

    def add(self, kind, outcome, reason, example=""):
        self.table[kind, outcome][reason] += 1
        shown = self.examples[kind, outcome, reason]
        if example and example not in shown and len(shown) < 5:
            shown.append(example)

    def of(self, kind, outcome):
        return sum(self.table[kind, outcome].values())

    def all(self, kind):
        return sum(sum(reasons.values()) for (other, _), reasons in self.table.items() if other == kind)

    def as_json(self):
        told = {}
        for (kind, outcome), reasons in sorted(self.table.items()):
            told.setdefault(kind, {})[outcome] = {
                reason: {"count": count, "examples": self.examples[kind, outcome, reason]} for reason, count in reasons.most_common()
            }
        return told


# --- the ways ----------------------------------------------------------------------------------------------------------


class Bare:
    name, launcher = "bare", ""

    def settings(self, tree):
        return {}

    def begin(self):
        """Before a step."""

    def end(self):
        """After it: Counts and further figures."""
        return Counts(), {}


class PackerCc:
    """packer-cc with a cache of its own. Its log tells each command and what became of it."""

    launcher = "packer-cc"

    def __init__(self, mode, home, program):
        self.name, self.mode, self.program = mode, mode, program
        self.cache, self.log = home / f"cache-{mode}", home / f"{mode}.decisions"
        self.before = {}

    def settings(self, tree):
        root = {"PACKER_CC_ROOT": str(tree)} if self.mode == "relative" else {}
        return {
            "PACKER_CC_DIR": str(self.cache), "PACKER_CC_PATHS": self.mode, "PACKER_CC_MAX_SIZE": "0", "PACKER_CC_LOG": str(self.log),
            **root,
        }  # fmt: skip

    def figures(self):
        environment = {"PACKER_CC_DIR": str(self.cache)}
        told = json.loads(subprocess.run([self.program, "stats", "--json"], env=environment, check=True, capture_output=True).stdout)
        asked = told.get("asked") or {}
        return {"asked": asked.get("times"), "asked_us": asked.get("us"), "own_us": told.get("own_us"), "hits": told["hits"], "misses": told["misses"]}

    def begin(self):
        self.before = self.figures()
        self.log.unlink(missing_ok=True)

    def end(self):
        after = self.figures()
        gained = {name: None if value is None else value - (self.before[name] or 0) for name, value in after.items()}
        counts = read_decisions(self.log)
        told = {"hits": gained.pop("hits"), "misses": gained.pop("misses")}
        for outcome, name in (("hit", "hits"), ("miss", "misses")):
            logged = sum(counts.of(kind, outcome) for kind in ("compile", "probe", "other"))
            if logged != told[name]:
                raise ValueError(f"packer-cc's log tells {logged} {name}, its statistics {told[name]}")
        return counts, gained


def read_decisions(log):
    """What packer-cc's log says, run by run."""
    counts = Counts()
    words = []
    for line in log.read_text(errors="replace").splitlines() if log.exists() else []:
        decision, _, about = line.partition("] ")[2].partition(": ")
        if decision == "command":
            words = split(about)
        elif decision == "outcome":
            outcome, _, rest = about.partition(" ")
            reason, _, detail = rest.partition(" ")
            source = (sources(words) or [""])[0]
            counts.add(kind(words), outcome, reason, " ".join(filter(None, dict.fromkeys((source, detail.strip())))) if outcome != "hit" else "")
    return counts


def split(text):
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


class Ccache:
    """ccache as it is by default, or told that directories do not matter (the nearest to packer-cc's relative mode)."""

    launcher = "ccache"

    def __init__(self, name, home):
        self.name = name
        self.cache, self.log = home / f"cache-{name}", home / f"{name}.decisions"

    def settings(self, tree):
        settings = {"CCACHE_DIR": str(self.cache), "CCACHE_STATSLOG": str(self.log), "CCACHE_MAXSIZE": "0"}
        if self.name == "ccache-basedir":
            settings |= {"CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1"}
        return settings

    def begin(self):
        self.log.unlink(missing_ok=True)

    def end(self):
        return read_statslog(self.log), {}


CCACHE_HITS = ("direct_cache_hit", "preprocessed_cache_hit")
CCACHE_FAILED = ("compile_failed", "preprocessor_error")
CCACHE_OTHERS = ("called_for_link", "called_for_preprocessing", "no_input_file", "multiple_source_files", "autoconf_test")
CCACHE_DETAILS = re.compile(r"local_storage_|remote_storage_|direct_cache_miss|preprocessed_cache_miss|cleanups|files_in|size_kib")


def read_statslog(log):
    """What ccache's log of statistics says, run by run."""
    counts = Counts()
    source, told = None, []

    def note():
        if source is None:
            return
        which = "probe" if PROBE.search(source) else "compile"
        for word in told:
            if word in CCACHE_HITS:
                counts.add(which, "hit", word)
            elif word == "cache_miss":
                counts.add(which, "miss", "new", source)
            elif word in CCACHE_FAILED:
                counts.add(which, "failed", word)
            elif word in CCACHE_OTHERS:
                counts.add("other", "bypass", word)
            elif not CCACHE_DETAILS.match(word):
                counts.add(which, "bypass", word, source)

    for line in log.read_text(errors="replace").splitlines() if log.exists() else []:
        if line.startswith("# ") or line == "#":
            note()
            source, told = line[2:].strip(), []
        else:
            told.append(line)
    note()
    return counts


def ways(names, home, program):
    made = []
    for name in names:
        made.append(Ccache(name, home) if name.startswith("ccache") else PackerCc(name, home, program))
    return made


NAMES = ("exact", "relative", "ccache", "ccache-basedir")
