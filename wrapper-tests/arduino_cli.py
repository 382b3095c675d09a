"""Does what `arduino-cli compile` does with the recipes of an installed core: expands them with the properties of platform.txt,
boards.txt and --build-property, and starts the commands. Finds no libraries and makes no prototypes.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys

AVR = "/usr/share/arduino/hardware/arduino/avr"


def properties(path):
    lines = (line.strip() for line in open(path, encoding="utf-8"))
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


parser = argparse.ArgumentParser()
parser.add_argument("command", choices=["compile"])
parser.add_argument("--fqbn", required=True)
parser.add_argument("--build-property", action="append", default=[])
parser.add_argument("sketch")
options = parser.parse_args()

board = options.fqbn.split(":")[2] + "."
values = properties(AVR + "/platform.txt")
for name, value in properties(AVR + "/boards.txt").items():
    if name.startswith(board):
        values[name[len(board):]] = value
sketch = os.path.abspath(options.sketch)
build = os.path.join(sketch, "build")
values.update({
    "runtime.platform.path": AVR, "runtime.ide.version": "10819", "build.arch": "AVR", "build.path": build,
    "build.project_name": os.path.basename(sketch) + ".ino", "build.core.path": AVR + "/cores/" + values["build.core"],
    "runtime.tools.avr-gcc.path": os.path.expanduser("~/.arduino15/packages/arduino/tools/avr-gcc/7.3.0"),
    "archive_file": "core.a", "archive_file_path": build + "/core.a", "build.source.path": sketch,
    # gcc 5 keeps this macro of <float.h> from C++, and the core uses it.
    "compiler.cpp.extra_flags": "-DDECIMAL_DIG=__DECIMAL_DIG__",
})
values.update(dict(item.split("=", 1) for item in options.build_property))
core = values["build.core.path"]
values["includes"] = '"-I%s" "-I%s/variants/%s"' % (core, AVR, values["build.variant"])


def run(recipe, **more):
    known = dict(values, **more)
    line = values.get("recipe.%s.pattern" % recipe) or values["recipe.%s" % recipe]
    while re.search(r"\{[\w.-]+\}", line):
        line = re.sub(r"\{([\w.-]+)\}", lambda found: known.get(found.group(1), ""), line)
    done = subprocess.run(shlex.split(line), stdout=subprocess.DEVNULL if recipe.startswith("preproc") else None)
    if done.returncode:
        sys.exit(done.returncode)


def compile_all(sources):
    objects = []
    for source in sources:
        kind = os.path.splitext(source)[1][1:]
        objects.append(os.path.join(build, os.path.basename(source) + ".o"))
        run(kind + ".o", source_file=source, object_file=objects[-1])
    return objects


os.makedirs(build, exist_ok=True)
main = os.path.join(build, os.path.basename(sketch) + ".ino.cpp")
with open(os.path.join(sketch, os.path.basename(sketch) + ".ino"), encoding="utf-8") as text:
    content = "#include <Arduino.h>\n" + text.read()
with open(main, "w", encoding="utf-8") as out:
    out.write(content)
run("preproc.macros", source_file=main, preprocessed_file_path="/dev/null")
objects = compile_all([main])
for item in compile_all(sorted(os.path.join(core, name) for name in os.listdir(core) if name.endswith((".c", ".cpp", ".S")))):
    run("ar", object_file=item)
run("c.combine", object_files=" ".join(shlex.quote(item) for item in objects))
run("objcopy.hex")
