"""The SCons that pip installed, where PlatformIO looks for its own."""

from SCons.Script import main

main()
