"""The Arduino core as a library, built in an environment of its own, as frameworks do."""

import os

from SCons.Script import DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
root = env.PioPlatform().get_package_dir("framework-arduino-avr")
core = os.path.join(root, "cores", board.get("build.core"))
variant = os.path.join(root, "variants", board.get("build.variant"))
env.Append(
    CPPDEFINES=[("ARDUINO", 10819), "ARDUINO_ARCH_AVR"],
    CPPPATH=[core, variant],
    LIBSOURCE_DIRS=[os.path.join(root, "libraries")],
)
env.Prepend(LIBS=[env.BuildLibrary(os.path.join("$BUILD_DIR", "FrameworkArduino"), core)])
