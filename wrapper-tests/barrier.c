/* A compiler for storms. The first compile goes ahead. Every other one waits until TOGETHER of them run at the same time, so
 * compiles that come one after another would wait until they give up.
 *
 * It finds its facts beside itself:
 *   <self>.real      the real compiler's absolute path
 *   <self>.then      what becomes of a compile: "compile", "fail" (with -DERROR) or "die" (by SIGKILL)
 *   <self's directory>/../barrier/      one file a compile; a directory for the first one
 * A question about the compiler, and a command with -DKNOWN, goes straight to the real one.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  TOGETHER = 12,
  /* Two minutes. */
  TRIES = 1200,
  PAUSE_US = 100 * 1000,
  /* Exit statuses: a file is missing, the real compiler does not start, the others did not come. */
  NO_FACT = 125,
  NO_COMPILER = 126,
  ALONE = 99
};

static char self[PATH_MAX], text[PATH_MAX];

static const char *fact(const char *name) {
  char path[PATH_MAX + 16];
  snprintf(path, sizeof path, "%s.%s", self, name);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (length <= 0)
    exit(NO_FACT);
  text[length] = 0;
  close(file);
  return strdup(text);
}

static int count(const char *dir) {
  DIR *open = opendir(dir);
  int found = 0;
  while (open && readdir(open))
    found++;
  if (open)
    closedir(open);
  /* But for `.` and `..`. */
  return found - 2;
}

int main(int argc, char **argv) {
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0)
    return NO_FACT;
  self[length] = 0;
  const char *real = fact("real"), *then = fact("then");
  int question = 0;
  for (int i = 1; i < argc; i++)
    question |= !strncmp(argv[i], "-print", 6) || !strncmp(argv[i], "-dump", 5) || !strcmp(argv[i], "-###") ||
                !strcmp(argv[i], "-v") || !strcmp(argv[i], "--version") || !strcmp(argv[i], "-DKNOWN") ||
                !strcmp(argv[i], "/dev/null");
  argv[0] = (char *)real;
  if (question) {
    execv(real, argv);
    return NO_COMPILER;
  }

  char dir[PATH_MAX + 32], mine[PATH_MAX + 64];
  *strrchr(self, '/') = 0;
  snprintf(dir, sizeof dir, "%s/../barrier/first", self);
  if (mkdir(dir, 0777) != 0) {
    snprintf(dir, sizeof dir, "%s/../barrier", self);
    snprintf(mine, sizeof mine, "%s/%d", dir, getpid());
    close(open(mine, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    int tries = 0;
    /* The first one's directory is counted as well. */
    while (count(dir) < TOGETHER + 1) {
      if (++tries > TRIES)
        return ALONE;
      usleep(PAUSE_US);
    }
  }
  if (!strcmp(then, "die"))
    kill(getpid(), SIGKILL);
  if (!strcmp(then, "compile")) {
    execv(real, argv);
    return NO_COMPILER;
  }
  char **longer = calloc((size_t)argc + 2, sizeof *longer);
  memcpy(longer, argv, (size_t)argc * sizeof *longer);
  longer[argc] = "-DERROR";
  execv(real, longer);
  return NO_COMPILER;
}
