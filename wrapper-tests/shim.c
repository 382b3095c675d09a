/* The counting shim: stands as a compiler in a world's PATH directory, appends its argument vector to the world's
 * list of runs and becomes the real compiler.
 *
 * It finds its facts beside itself, not in the environment, which belongs to the test:
 *   <self>.real      the real compiler's absolute path
 *   <self's directory>/../runs      one line a run: words separated by 0x1f, line feeds inside words as 0x1e
 *
 * The real compiler gets its own path as argv[0]: gcc finds its parts relative to it. A run that cannot be counted must not pass for
 * one that did not happen, so every failure here ends the compile with status 125.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what, const char *path) {
  fprintf(stderr, "counting shim: cannot %s %s\n", what, path);
  exit(125);
}

int main(int argc, char **argv) {
  char self[PATH_MAX], path[PATH_MAX + 16], real[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0)
    die("read", "/proc/self/exe");
  self[length] = 0;

  snprintf(path, sizeof path, "%s.real", self);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  length = file < 0 ? -1 : read(file, real, sizeof real - 1);
  if (length <= 0)
    die("read", path);
  real[length] = 0;
  close(file);

  size_t size = 1;
  for (int i = 0; i < argc; i++)
    size += strlen(argv[i]) + 1;
  char *line = malloc(size), *end = line;
  if (!line)
    die("hold", "its arguments");
  for (int i = 0; i < argc; i++) {
    for (const char *c = argv[i]; *c; c++)
      *end++ = *c == '\n' ? '\x1e' : *c;
    *end++ = i + 1 < argc ? '\x1f' : '\n';
  }

  *strrchr(self, '/') = 0;
  snprintf(path, sizeof path, "%s/../runs", self);
  file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  /* One write on a file opened for appending keeps the lines of concurrent runs whole. */
  if (file < 0 || write(file, line, (size_t)(end - line)) != end - line)
    die("write", path);
  close(file);

  argv[0] = real;
  execv(real, argv);
  die("start", real);
}
