"""What is built. Each project is a few lines of shell, as its users would type them.

The scripts find in their environment: `CC` and `CXX` (`gcc`, `packer-cc gcc`, …), `LAUNCHER` (the cache alone; empty in a bare
build), `LINKS` (a directory with links named like compilers that lead to the cache; empty in a bare build), and `JOBS`.
"""

import sysconfig
from dataclasses import dataclass, field

from sources import Crates, Debian, Sdist, Written
from written import TEMPLATES

# Debian's options for its packages: -g -O2, hardening, and a prefix map of the tree.
FLAGS = 'eval "$(dpkg-buildflags --export=sh)"\n'


# What is unpacked of the kernel: every file that configures it, and all of the directories that are compiled here or that
# lend headers to those.
LINUX = (
    *(f"*/{name}" for name in ("Kconfig*", "Kbuild*", "Makefile*", "*.mk", "*.config")),
    "--no-wildcards-match-slash",
    *(f"*/{name}" for name in ("arch/x86", "certs", "crypto", "include", "init", "kernel", "lib", "mm", "scripts", "security", "tools", "usr")),
)


@dataclass(frozen=True)
class Project:
    name: str
    what: str
    source: object
    build: str
    configure: str = ""
    # Runs once, in the unpacked tree, which is then copied for each build.
    prepare: str = ""
    # In turn: a command or a file, and the package that has it.
    needs: tuple = ()
    # Why the warm build need not hit.
    excepted: str = ""
    # The objects that are compared, as a pattern; a build may leave others that are no C or C++.
    objects: str = "*.o"
    # Objects that differ from build to build, as patterns, and why.
    differs: dict = field(default_factory=dict)


ALL = [
    Project(
        name="zlib",
        what="a `configure` of its own and Make, Debian's options; the smallest, which is built in CI",
        source=Debian("zlib", "1.2"),
        configure=FLAGS + "./configure",
        build='make -j"$JOBS"',
        objects="*.*o",
    ),
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
    Project(
        name="glib",
        what="Meson, which asks through the compiler; Ninja",
        source=Debian("glib2.0", "2.74"),
        configure="meson setup build --buildtype=debugoptimized -Dtests=false -Dselinux=disabled -Dlibmount=disabled -Dlibelf=disabled -Dnls=disabled -Dman=false",
        build='ninja -C build -j"$JOBS"',
        needs=(
            "meson", "meson", "ninja", "ninja-build", "/usr/include/zlib.h", "zlib1g-dev", "/usr/include/pcre2.h", "libpcre2-dev",
            "/usr/share/doc/libffi-dev", "libffi-dev", "pkg-config", "pkg-config",
        ),
    ),
    Project(
        name="busybox",
        what="kbuild of its own",
        source=Debian("busybox", "1.35"),
        configure='make defconfig HOSTCC="$CC" CC="$CC"',
        build='make -j"$JOBS" HOSTCC="$CC" CC="$CC"',
        differs={"libbb/messages.o": "it holds the time of the build"},
    ),
    Project(
        name="linux",
        what="kbuild: three directories of the kernel, what prepares it, and objtool",
        source=Debian("linux", "6.1", only=LINUX),
        configure='make x86_64_defconfig HOSTCC="$CC" CC="$CC"',
        build='make -j"$JOBS" HOSTCC="$CC" CC="$CC" kernel/time/ kernel/locking/ lib/',
        needs=("flex", "flex", "bison", "bison", "bc", "bc", "/usr/include/libelf.h", "libelf-dev", "perl", "perl", "/usr/include/openssl/ssl.h", "libssl-dev"),
    ),
    Project(
        name="ffmpeg",
        what="FFmpeg's `configure` alone",
        source=Debian("ffmpeg", "5.1"),
        configure='./configure --cc="$CC" --cxx="$CXX" --disable-x86asm --disable-autodetect',
        build="",
        excepted="all it compiles are questions, in directories with names by chance",
    ),
    Project(
        name="protobuf",
        what="CMake, C++",
        source=Debian("protobuf", "3.21"),
        configure='cmake -B build -DCMAKE_BUILD_TYPE=RelWithDebInfo -Dprotobuf_BUILD_TESTS=OFF -DCMAKE_C_COMPILER_LAUNCHER="$LAUNCHER" -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER"',
        build='cmake --build build -j"$JOBS"',
        needs=("cmake", "cmake", "/usr/include/zlib.h", "zlib1g-dev"),
    ),
    Project(
        name="xz",
        what="autoconf and libtool, Debian's options",
        source=Debian("xz-utils", "5.4"),
        configure=FLAGS + "./configure --disable-nls --disable-doc",
        build='make -j"$JOBS"',
    ),
    Project(
        name="templates",
        what="CMake, C++ over Boost.Asio, Boost.Spirit, Eigen and Qt, with its code generator",
        source=Written("1", TEMPLATES),
        configure='cmake -B build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER"',
        build='cmake --build build -j"$JOBS"',
        needs=("cmake", "cmake", "/usr/include/boost/version.hpp", "libboost-dev", "/usr/include/eigen3/Eigen/Core", "libeigen3-dev",
               "/usr/lib/qt5/bin/moc", "qtbase5-dev"),
    ),
    Project(
        name="gmp",
        what="assembly made by m4; libtool; links on PATH",
        source=Debian("gmp", "6.2"),
        # The manual, which is not among the sources, has a makefile.
        prepare="mkdir -p doc; echo all: >doc/Makefile.in",
        configure=FLAGS + 'PATH=$LINKS:$PATH CC=gcc CXX=g++ ./configure --disable-static --enable-cxx',
        build='PATH=$LINKS:$PATH make -j"$JOBS"',
        needs=("m4", "m4"),
    ),
    Project(
        name="bison",
        what="a parser and a scanner that are generated; gnulib's long `configure`",
        source=Debian("bison", "3.8"),
        # The manual is not among the sources, so an empty one stands in. `touch` makes generated files newer than what they
        # are made of. The scanners are generated here.
        prepare="""
            rm -f src/scan-code.c src/scan-gram.c src/scan-skel.c
            touch aclocal.m4 doc/bison.texi; sleep 0.1
            touch configure lib/config.in.h doc/cross-options.texi $(find . -name Makefile.in)
        """,
        configure=FLAGS + "./configure --disable-nls --disable-dependency-tracking",
        build="""
            printf 'include Makefile\\nheaders: $(filter lib/%%,$(BUILT_SOURCES))\\n' | make -f - headers src/scan-code.c src/scan-gram.c src/scan-skel.c
            make -j"$JOBS" src/bison lib/liby.a
        """,
        needs=("m4", "m4", "flex", "flex", "perl", "perl"),
    ),
    Project(
        name="cargo",
        what="C in crates: ring, zstd-sys, libsqlite3-sys, built by the crate `cc`",
        source=Crates("real-crates", {"ring": '"=0.17.8"', "zstd-sys": '"=2.0.13"', "libsqlite3-sys": '{ version = "=0.30.1", features = ["bundled"] }'}),
        build='cargo build --release --offline --quiet -j"$JOBS"',
        objects="*/out/*.o",
        needs=("cargo", "cargo"),
    ),
    Project(
        name="wheel",
        what="pip, from an unpacked sdist of Brotli",
        source=Sdist("Brotli", "1.1.0", ("setuptools==75.6.0", "wheel==0.45.1")),
        build='"$CACHE/python/bin/python" -m pip wheel --quiet --no-deps --no-build-isolation -w dist .',
        needs=("/usr/share/doc/python3-venv", "python3-venv", f"{sysconfig.get_path('include')}/Python.h", "python3-dev"),
    ),
]
