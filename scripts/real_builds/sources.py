"""Where sources come from: Debian's source packages, crates, sdists, and small projects written down here.

Each kind has `name()`, `fetch(cache)`, which downloads what the cache does not hold yet and says which version it is, and
`unpack(cache, to)`, which lays out a tree.
"""

import functools
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A command that failed: what it was for, and the end of what it said."""


def run(command, cwd, what):
    ran = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if ran.returncode:
        raise Failed(f"{what} failed:\n{ran.stdout[-4000:]}")
    return ran.stdout


def one(paths, what):
    """The only one of some paths."""
    paths = list(paths)
    if len(paths) != 1:
        raise Failed(f"{what}: {len(paths)} instead of one")
    return paths[0]


class Apt:
    """apt-get with lists, caches and `deb-src` lines of its own: the machine's configuration stays as it is."""

    def __init__(self, home):
        self.home = home
        self.options = [
            "-o", f"Dir::Etc::sourcelist={home}/none", "-o", f"Dir::Etc::sourceparts={home}/sources.list.d",
            "-o", f"Dir::State::lists={home}/lists", "-o", f"Dir::Cache={home}/cache",
            "-o", "APT::Sandbox::User=", "-o", "APT::Update::Post-Invoke-Success=",
        ]  # fmt: skip

    def update(self):
        parts = self.home / "sources.list.d"
        shutil.rmtree(self.home, ignore_errors=True)
        for path in (parts, self.home / "lists/partial", self.home / "cache"):
            path.mkdir(parents=True)
        etc = Path("/etc/apt")
        for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
            if path.suffix in (".list", ".sources") and path.is_file():
                (parts / path.name).write_text(source_lines(path))
        run(["apt-get", *self.options, "update"], self.home, "apt-get update for source packages")

    def versions(self, package, wanted):
        """Those that begin with the wanted one, the newest first."""
        shown = run(["apt-cache", *self.options, "showsrc", "--only-source", package], self.home, f"apt-cache showsrc {package}")
        versions = set(re.findall(r"^Version: (.*)$", shown, re.MULTILINE))
        fitting = [version for version in versions if re.sub(r"^\d+:", "", version).startswith(wanted)]
        if not fitting:
            raise Failed(f"{package} {wanted} is not among the source packages here ({', '.join(versions) or 'none'})")
        return sorted(fitting, key=functools.cmp_to_key(newer_first))

    def download(self, package, versions, to):
        """The first of the versions that is to be had: a mirror may name one before it has it, or after it is gone."""
        new = to.with_name(f"{to.name}.new")
        for version in versions:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            command = ["apt-get", *self.options, "source", "--download-only", "--only-source", f"{package}={version}"]
            try:
                run(command, new, f"apt-get source {package}={version}")
            except Failed as error:
                failed = error
            else:
                shutil.rmtree(to, ignore_errors=True)
                new.rename(to)
                return
        raise failed


def newer_first(one, other):
    return -1 if subprocess.run(["dpkg", "--compare-versions", one, "gt", other]).returncode == 0 else 1


def source_lines(path):
    """The `deb` lines of Debian's own archives as `deb-src` lines; other archives often have no sources."""
    text = path.read_text()
    if path.suffix == ".list":
        return "".join(re.sub(r"^deb ", "deb-src ", line) + "\n" for line in text.splitlines() if is_debian(line))
    stanzas = [stanza for stanza in re.split(r"\n\s*\n", text) if is_debian(stanza)]
    return "\n\n".join(re.sub(r"^Types:.*$", "Types: deb-src", stanza, flags=re.MULTILINE) for stanza in stanzas) + "\n"


def is_debian(text):
    return re.search(r"/(debian|ubuntu)\b", text) is not None


@dataclass(frozen=True)
class Debian:
    """A Debian source package, with Debian's patches."""

    package: str
    wanted: str
    # Only these of the original's files, as patterns of tar, and without Debian's patches.
    only: tuple = ()

    def fetch(self, cache):
        place = cache / "debian" / f"{self.package}-{self.wanted}"
        if not list(place.glob("*.dsc")):
            apt = Apt(cache / "apt")
            apt.update()
            apt.download(self.package, apt.versions(self.package, self.wanted), place)
        description = one(place.glob("*.dsc"), f"descriptions in {place}")
        return re.search(r"^Version: (.*)$", description.read_text(), re.MULTILINE)[1]

    def unpack(self, cache, to):
        place = cache / "debian" / f"{self.package}-{self.wanted}"
        if self.only:
            to.mkdir(parents=True)
            tar = one(place.glob("*.orig.tar.*"), f"originals in {place}")
            run(["tar", "-xf", tar, "--strip-components=1", "--wildcards", *self.only], to, f"unpacking {tar.name}")
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            description = one(place.glob("*.dsc"), f"descriptions in {place}")
            run(["dpkg-source", "--no-check", "-x", description, to], to.parent, f"unpacking {description.name}")


@dataclass(frozen=True)
class Written:
    """A project that is written down here: names and texts."""

    version: str
    files: dict

    def fetch(self, cache):
        return self.version

    def unpack(self, cache, to):
        for name, text in self.files.items():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).write_text(text)


# Tells cargo where `cargo vendor` put the crates.
VENDORED = '[source.crates-io]\nreplace-with = "vendored-sources"\n[source.vendored-sources]\ndirectory = "vendor"\n'


@dataclass(frozen=True)
class Crates:
    """A small crate that depends on others; they lie vendored in its tree."""

    name: str
    dependencies: dict

    def fetch(self, cache):
        place = cache / "crates" / self.name
        wanted = "".join(f"{name} = {value}\n" for name, value in self.dependencies.items())
        manifest = f'[package]\nname = "{self.name}"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n[dependencies]\n{wanted}'
        if not (place / "Cargo.toml").is_file() or (place / "Cargo.toml").read_text() != manifest:
            new = place.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            (new / "src").mkdir(parents=True)
            (new / "Cargo.toml").write_text(manifest)
            (new / "src/lib.rs").write_text("")
            run(["cargo", "vendor", "--quiet"], new, "cargo vendor")
            (new / ".cargo").mkdir()
            (new / ".cargo/config.toml").write_text(VENDORED)
            shutil.rmtree(place, ignore_errors=True)
            new.rename(place)
        locked = dict(re.findall(r'name = "(.*)"\nversion = "(.*)"', (place / "Cargo.lock").read_text()))
        return ", ".join(f"{name} {locked[name]}" for name in self.dependencies)

    def unpack(self, cache, to):
        run(["cp", "-a", cache / "crates" / self.name, to], cache, f"copying {self.name}")


@dataclass(frozen=True)
class Sdist:
    """A Python package's sources. What it is built with lies in a virtual environment in the cache."""

    package: str
    version: str
    tools: tuple

    def fetch(self, cache):
        place = cache / "sdists"
        place.mkdir(parents=True, exist_ok=True)
        python = self.environment(cache)
        if not list(place.glob(f"{self.package}-{self.version}.*")):
            run(
                [python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation", "--no-binary", ":all:", f"{self.package}=={self.version}"],
                place, f"pip download {self.package}=={self.version}",
            )  # fmt: skip
        return self.version

    def environment(self, cache):
        """The Python that has the tools."""
        venv = cache / "python"
        python = venv / "bin/python"
        if not python.exists():
            run([sys.executable, "-m", "venv", venv], cache, "python3 -m venv")
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *self.tools], cache, "pip install")
        return python

    def unpack(self, cache, to):
        to.mkdir(parents=True)
        tar = one((cache / "sdists").glob(f"{self.package}-{self.version}.*"), f"sdists of {self.package}")
        run(["tar", "-xf", tar, "--strip-components=1"], to, f"unpacking {tar.name}")
