"""Routes the compiles of PlatformIO, or of any other SCons build, through packer-cc.

PlatformIO: in platformio.ini

    [env]
    extra_scripts = pre:packer_cc.py

SCons: in the SConstruct, after the environments are made (clones that are made later are covered, too)

    SConscript("packer_cc.py")

Why not `env.Replace(CC="packer-cc avr-gcc")`: platform builders set CC after the project's scripts ran, and libraries are built
in environments of their own. What all of them share is the function that starts commands, SPAWN, which nobody
replaces. It is wrapped here: where a command's first word is a compiler driver, packer-cc is put before it. CC, the printed commands,
compile_commands.json and SCons's own signatures stay as they are: to SCons, nothing changed.

packer-cc is the one that `custom_packer_cc = /path/to/packer-cc` names in platformio.ini, else the first on PATH. Without one, the
build goes on as if this script were not there, after one warning.
"""

import gc
import os
import re
import shlex
import shutil
import sys

from SCons.Environment import Base

# As `packer-cc shim` knows them: gcc, g++, cc, c++, clang, clang++, c89, c99, behind a target and before a version.
DRIVER = re.compile(
    r"(?:[A-Za-z0-9_.+-]*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|c89|c99)(?:-?[0-9]+(?:\.[0-9]+)*)?(?:-posix|-win32)?"
)
OURSELVES = ("packer-cc", "packer-c++")


def is_driver(word):
    """Whether the first word of a command, quoted for the shell, is a compiler driver."""
    try:
        words = shlex.split(word)
    except ValueError:
        return False
    if len(words) != 1:
        return False
    name = os.path.basename(words[0])
    return name not in OURSELVES and DRIVER.fullmatch(name) is not None


def with_settings(variables):
    """The variables of a command, with what packer-cc needs: SCons passes none of the user's by itself."""
    variables = dict(variables)
    for name, value in os.environ.items():
        if name in ("HOME", "XDG_CACHE_HOME") or name.startswith(("PACKER_CC_", "PACKER_CXX_")):
            variables.setdefault(name, value)
    return variables


def routed(spawn, packer_cc):
    """SPAWN that starts compilers through packer-cc, and everything else as before."""

    def spawn_through_packer_cc(sh, escape, cmd, args, env):
        if args and is_driver(args[0]):
            return spawn(sh, escape, packer_cc, [shlex.quote(packer_cc)] + list(args), with_settings(env))
        return spawn(sh, escape, cmd, args, env)

    spawn_through_packer_cc.packer_cc = packer_cc
    return spawn_through_packer_cc


def find(environments):
    """The path of packer-cc, or None, and what was looked for."""
    wanted = "packer-cc"
    for env in environments:
        if hasattr(env, "GetProjectOption"):
            wanted = env.subst(env.GetProjectOption("custom_packer_cc", wanted)) or wanted
            break
    wanted = os.path.expanduser(wanted)
    paths = [os.environ.get("PATH", "")] + [str(env["ENV"].get("PATH", "")) for env in environments]
    found = next((found for found in (shutil.which(wanted, path=path) for path in paths) if found), None)
    return found and os.path.abspath(found), wanted


def warn(text):
    sys.stderr.write("packer_cc.py: %s; the build goes on without a cache\n" % text)


def install():
    # Every environment there is, clones among them: a `post:` script comes after the libraries' environments were made.
    environments = [thing for thing in gc.get_objects() if isinstance(thing, Base)]
    if os.name != "posix":
        return warn("only POSIX systems are supported")
    packer_cc, wanted = find(environments)
    if packer_cc is None:
        return warn("cannot find %s (install packer-cc, or set custom_packer_cc in platformio.ini)" % wanted)
    for env in environments:
        if "SPAWN" in env and not hasattr(env["SPAWN"], "packer_cc"):
            env["SPAWN"] = routed(env["SPAWN"], packer_cc)
    return None


install()
