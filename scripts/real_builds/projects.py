"""What is built. Each project is a few lines of shell, as its users would type them.

The scripts find in their environment: `CC` and `CXX` (`gcc`, `packer-cc gcc`, …), `LAUNCHER` (the cache alone; empty in a bare
build), `LINKS` (a directory with links named like compilers that lead to the cache; empty in a bare build), and `JOBS`.
"""

from dataclasses import dataclass, field

from sources import Debian, Written

# Debian's options for its packages: -g -O2, hardening, and a prefix map of the tree.
FLAGS = 'eval "$(dpkg-buildflags --export=sh)"\n'


@dataclass(frozen=True)
class Project:
    name: str
    what: str
    source: object
    build: str
    configure: str = ""
    # Once, in the unpacked tree, before it is copied for each build.
    prepare: str = ""
    # Commands or files, and the packages that have them, in turn.
    needs: tuple = ()
    # Why the warm build need not hit.
    excepted: str = ""
    # Objects that differ from build to build, as patterns, and why.
    differs: dict = field(default_factory=dict)


ALL = [
    Project(
        name="redis",
        what="Make",
        source=Debian("redis", "7.0"),
        build='make -j"$JOBS" CC="$CC" MALLOC=libc BUILD_TLS=no USE_SYSTEMD=no',
        differs={"src/release.o": "it holds the time of the build"},
    ),
    Project(
        name="git",
        what="Make, Debian's options",
        source=Debian("git", "2.39"),
        build=FLAGS
        + 'make -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS $CPPFLAGS" LDFLAGS="$LDFLAGS" NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_TCLTK=1 NO_PERL=1 NO_PYTHON=1 NO_OPENSSL=1',
        needs=("/usr/include/zlib.h", "zlib1g-dev"),
    ),
]
