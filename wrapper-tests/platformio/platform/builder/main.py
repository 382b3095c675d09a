"""Builds for AVR: the compilers are set here, after the project's `pre:` scripts ran, as platforms do."""

from SCons.Script import AlwaysBuild, Builder, Default, DefaultEnvironment

env = DefaultEnvironment()
env.Replace(
    AR="avr-gcc-ar",
    AS="avr-as",
    CC="avr-gcc",
    CXX="avr-g++",
    OBJCOPY="avr-objcopy",
    RANLIB="avr-gcc-ranlib",
    SIZETOOL="avr-size",
    ARFLAGS=["rc"],
    SIZEPROGREGEXP=r"^(?:\.text|\.data|\.bootloader)\s+(\d+).*",
    SIZEDATAREGEXP=r"^(?:\.data|\.bss|\.noinit)\s+(\d+).*",
    SIZECHECKCMD="$SIZETOOL -A -d $SOURCES",
    PROGSUFFIX=".elf",
    ASPPFLAGS=["-x", "assembler-with-cpp", "-mmcu=$BOARD_MCU"],
    CFLAGS=["-std=gnu11"],
    CCFLAGS=["-Os", "-Wall", "-ffunction-sections", "-fdata-sections", "-flto", "-mmcu=$BOARD_MCU"],
    # gcc 5 keeps this macro of <float.h> from C++, and the core uses it.
    CXXFLAGS=["-fno-exceptions", "-fno-threadsafe-statics", "-fpermissive", "-std=gnu++11", "-DDECIMAL_DIG=__DECIMAL_DIG__"],
    CPPDEFINES=[("F_CPU", "$BOARD_F_CPU")],
    LINKFLAGS=["-Os", "-mmcu=$BOARD_MCU", "-Wl,--gc-sections", "-flto", "-fuse-linker-plugin"],
    LIBS=["m"],
)
env.Append(
    BUILDERS={
        "ElfToHex": Builder(
            action=env.VerboseAction("$OBJCOPY -O ihex -R .eeprom $SOURCES $TARGET", "Building $TARGET"), suffix=".hex"
        )
    }
)
program = env.BuildProgram()
firmware = env.ElfToHex("$BUILD_DIR/${PROGNAME}", program)
AlwaysBuild(env.Alias("buildprog", firmware, firmware))
Default(["buildprog"])
