"""The work of scripts/real, which installs what is missing and builds packer-cc."""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import caches
import projects
import report
from builds import Workshop, say
from sources import Failed

ABOUT = """\
Builds real projects as their users do: bare, and with packer-cc in its exact and its relative mode and with ccache,

  cold       an empty cache
  warm       a fresh copy of the same sources at the same place; the cache as the cold build left it
  elsewhere  a fresh copy in another directory

and says for each build what became of its compile commands (one source, -c or -S), what it took, and whether its objects are the bare
build's. In the relative mode the compiler gets other commands; there the warm build and the one elsewhere are compared with the cold one.

What configure steps ask the compiler (conftest.c, /dev/null, …) counts as probes, apart from the compile commands; links, -E, --version
and the like are counted as others.
"""

NOTES = """\
Sources are downloaded once, to --cache: Debian's source packages by apt-get (with lists of its own), crates by cargo, sdists by pip.

exit status: 0; 1 if a build failed, an object differs, or a warm build of packer-cc hit less than --least of its compile commands.
Projects that are excepted, and objects that differ in every build, are named with the reason (--list).

examples:
  scripts/real --list
  scripts/real --project redis git --modes exact
  scripts/real --json > figures.json
"""


def platform_cache():
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "packer-cc-real-builds"


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/real", description=ABOUT, epilog=NOTES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = [project.name for project in projects.ALL]
    parser.add_argument("--project", nargs="+", choices=known, metavar="NAME", default=known, help="these projects (default: all)")
    parser.add_argument("--list", action="store_true", help="name the projects and end")
    parser.add_argument("--jobs", type=int, metavar="N", default=2, help="at a time (default: %(default)s)")
    parser.add_argument(
        "--modes", metavar="A,B", type=lambda text: text.split(","), default=["exact", "relative", "ccache"],
        help=f"out of {', '.join(caches.NAMES)} (default: exact,relative,ccache)",
    )  # fmt: skip
    parser.add_argument("--no-ccache", action="store_true", help="without ccache")
    parser.add_argument("--no-elsewhere", dest="elsewhere", action="store_false", help="without the builds in another directory")
    parser.add_argument("--least", type=float, metavar="PERCENT", default=99, help="so many compile commands hit warm (default: %(default)s)")
    parser.add_argument("--cache", type=Path, metavar="DIR", default=platform_cache(), help="downloads (default: %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="build here, and leave logs and caches there")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where to build (default: target/real)")
    parser.add_argument("--packer", type=Path, metavar="PROGRAM", help="this packer-cc, beside a packer-cxx, instead of a release build of this tree")
    parser.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    parser.add_argument("--show", type=Path, nargs="+", metavar="FILE", help="the tables of figures that --json gave, and end")
    parser.add_argument("--needs", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.no_ccache:
        args.modes = [mode for mode in args.modes if not mode.startswith("ccache")]
    for mode in args.modes:
        if mode not in caches.NAMES:
            parser.error(f"no mode is called {mode!r}")
    args.projects = [project for project in projects.ALL if project.name in args.project]
    return args


def show_list():
    for project in projects.ALL:
        print(f"{project.name:<12} {project.what}")
        for text in [project.excepted, *(f"{name}: {why}" for name, why in project.differs.items())]:
            if text:
                print(f"{'':<12}   excepted: {text}")


def needs(args):
    """Commands or files and their packages, for scripts/packages.sh."""
    words = ["gcc", "gcc", "g++", "g++", "/usr/include/stdio.h", "libc6-dev", "make", "make"]
    words += ["dpkg-source", "dpkg-dev", "xz", "xz-utils", "bzip2", "bzip2", "patch", "patch"]
    if any(mode.startswith("ccache") for mode in args.modes):
        words += ["ccache", "ccache"]
    for project in args.projects:
        words += project.needs
    return words


def build(args, project):
    """All of one project; its figures, and whether all is as it should be."""
    shop = Workshop(args, project)
    try:
        version = shop.prepare()
        builds = shop.run()
    except (Failed, OSError, ValueError) as error:
        say(f"{project.name}: {error}")
        return {"project": project.name, "failed": str(error)}, False
    told = report.figures(project, version, builds)
    if not args.json:
        print(report.table(told), flush=True)
    faults = report.faults(told, args.least)
    for fault in faults:
        say(fault)
    return told, not faults


def show(files):
    """The tables of earlier runs."""
    all = [told for file in files for told in json.loads(file.read_text())["projects"]]
    for told in all:
        print(told["failed"] if "failed" in told else report.table(told))
    print(report.summary(all))


def main():
    args = arguments()
    if args.list:
        show_list()
        sys.exit(0)
    if args.show:
        show(args.show)
        sys.exit(0)
    if args.needs:
        print(*needs(args))
        sys.exit(0)
    args.work = (args.keep or args.work or Path("target/real")).absolute()
    args.packer, args.cache = args.packer.absolute(), args.cache.absolute()
    args.cache.mkdir(parents=True, exist_ok=True)
    figures, good = [], True
    for project in args.projects:
        told, fine = build(args, project)
        figures.append(told)
        good = good and fine
        if not args.keep and fine:
            shutil.rmtree(args.work / project.name, ignore_errors=True)
    if args.json:
        json.dump({"jobs": args.jobs, "projects": figures}, sys.stdout, indent=1)
        print()
    elif len(figures) > 1:
        print(report.summary(figures))
    sys.exit(0 if good else 1)


main()
