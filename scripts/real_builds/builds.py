"""Builds one project in every way, and compares what the builds left."""

import fnmatch
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from caches import Bare, ways
from sources import Failed

LINKED = ("cc", "c++", "gcc", "g++")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Workshop:
    """Where one project is built: two places for the tree, a cache for each way, and the programs on PATH."""

    def __init__(self, args, project):
        self.args, self.project = args, project
        self.home = args.work / project.name
        self.pristine = self.home / "pristine"
        self.places = {"here": self.home / "here/tree", "elsewhere": self.home / "elsewhere/in/another/checkout"}

    def prepare(self):
        """Fetches and unpacks; says the version."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        bin = self.home / "bin"
        bin.mkdir()
        shutil.copy(self.args.packer, bin / "packer-cc")
        shutil.copy(self.args.packer.with_name("packer-cxx"), bin / "packer-c++")
        for launcher, program in (("packer-cc", bin / "packer-cc"), ("ccache", shutil.which("ccache"))):
            (self.home / "links" / launcher).mkdir(parents=True)
            for name in LINKED:
                (self.home / "links" / launcher / name).symlink_to(program or "missing")
        (self.home / "links/bare").mkdir()
        version = self.project.source.fetch(self.args.cache)
        self.project.source.unpack(self.args.cache, self.pristine)
        if self.project.prepare:
            self.step("prepare", self.project.prepare, Bare(), self.pristine)
        # What a checkout is recognised by.
        (self.pristine / ".git").mkdir(exist_ok=True)
        return version

    def environment(self, way, tree):
        """The caller's, without what would steer a compiler or a cache."""
        steering = (
            "PACKER_C", "CCACHE_", "CC", "CXX", "CFLAGS", "CPPFLAGS", "LDFLAGS", "SOURCE_DATE_EPOCH", "MAKE", "CMAKE_",
            "CARGO_TARGET_DIR", "CARGO_PROFILE", "CARGO_INCREMENTAL", "RUSTFLAGS", "RUSTC",
        )  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
        launch = f"{way.launcher} " if way.launcher else ""
        return environment | {
            "PATH": f"{self.home / 'bin'}:{environment['PATH']}",
            "LC_ALL": "C.UTF-8",
            "GIT_CEILING_DIRECTORIES": str(self.home),
            "CC": f"{launch}gcc", "CXX": f"{launch}g++", "LAUNCHER": way.launcher, "JOBS": str(self.args.jobs),
            "LINKS": str(self.home / "links" / (way.launcher or "bare")), "CACHE": str(self.args.cache),
            **way.settings(tree),
        }  # fmt: skip

    def step(self, label, script, way, tree):
        """Runs a script in the tree; says what it took and what became of its commands."""
        label = f"{self.project.name}, {label}"
        log = self.home / f"{label.replace(', ', '-').replace(' ', '-')}.log"
        way.begin()
        with log.open("wb") as out, Ticker(label):
            start = time.monotonic()
            process = subprocess.Popen(
                ["bash", "-euc", script], cwd=tree, env=self.environment(way, tree), stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Failed(f"{label} failed with status {process.returncode}; the end of {log}:\n{tail(log)}")
        counts, figures = way.end()
        return {"wall_s": round(wall, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2), "counts": counts, **figures}

    def build(self, way, phase, place):
        """A fresh copy of the sources, all steps, and the digests of what they left."""
        tree = self.places[place]
        shutil.rmtree(tree, ignore_errors=True)
        tree.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", self.pristine, tree], check=True)
        os.sync()
        label = f"{way.name} {phase}"
        steps = {}
        for name, script in (("configure", self.project.configure), ("build", self.project.build)):
            if script:
                steps[name] = self.step(f"{label}, {name}", script, way, tree)
        objects = digests(tree, self.project.objects)
        shutil.rmtree(tree)
        return {"way": way.name, "phase": phase, "steps": steps, "objects": objects}

    def run(self):
        """All builds of the project, as a list."""
        bare = {place: self.build(Bare(), place, place) for place in self.places if place == "here" or self.args.elsewhere}
        built = list(bare.values())
        for way in ways(self.args.modes, self.home, self.args.packer):
            cold = None
            for phase, place in (("cold", "here"), ("warm", "here"), ("elsewhere", "elsewhere")):
                if place not in bare:
                    continue
                one = self.build(way, phase, place)
                # In the relative mode the compiler gets other commands than without: the cold build is what the others must equal.
                reference = (cold or one) if way.name in ("relative", "ccache-basedir") else bare[place]
                cold = cold or one
                one["compared"] = compare(reference["objects"], one["objects"], self.project.differs)
                built.append(one)
        return built


class Ticker:
    """Shows on a terminal how long a step takes, and in a log that it ended."""

    def __init__(self, label):
        self.label, self.start, self.over = label, time.monotonic(), threading.Event()
        self.thread = threading.Thread(target=self.tick, daemon=True)

    def tick(self):
        while sys.stderr.isatty() and not self.over.wait(1):
            print(f"\r{self.label}: {time.monotonic() - self.start:.0f} s", end="", file=sys.stderr, flush=True)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        begin = "\r" if sys.stderr.isatty() else ""
        say(f"{begin}{self.label}: {time.monotonic() - self.start:.1f} s")


def tail(log):
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])


def digests(tree, pattern):
    """The objects that a build left, by name."""
    found = {}
    for directory, _, files in os.walk(tree):
        for name in files:
            path = Path(directory, name)
            short = str(path.relative_to(tree))
            if fnmatch.fnmatch(short, pattern) and not path.is_symlink():
                found[short] = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    return found


def compare(reference, objects, differs):
    """Which objects are not the reference's; those that are known to differ from build to build are told apart."""
    different = sorted(name for name in reference.keys() | objects.keys() if reference.get(name) != objects.get(name))
    known = [name for name in different if any(fnmatch.fnmatch(name, pattern) for pattern in differs)]
    return {"compared": len(reference), "known": known, "different": [name for name in different if name not in known]}
