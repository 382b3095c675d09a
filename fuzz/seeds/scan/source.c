#include <a.h>
# /* x */ include_next "b.h"
#if __has_include(<c.h>) && HAS("d.h")
#define HAS(x) __has_include(x)
#define H <x/y.h>
#include H // why
#endif
const char *d = __DATE__ "__TIME__"; // __TIMESTAMP__
asm volatile(".inc" "bin \"x\"" : : "r"(1'000));
auto s = R"(raw)"; L'x' ??=line 2 "a.y"
#pragma GCC dependency "x"
#embed "x"
#pragma once
