// Loaded before libc into a process: kills it at the entry of the system call of a given number, counted over those that change files.
// KILL_AT: the number, from 1 on. KILL_TORN: a write goes half way first. KILL_COUNT: a file descriptor that is told how many there were.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static long number(const char *name) {
  const char *value = getenv(name);
  return value == NULL ? 0 : atol(value);
}

static int is_due(void) {
  return atomic_fetch_add(&calls, 1) + 1 == number("KILL_AT");
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void step(void) {
  if (is_due()) die();
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  REAL(pwrite64);
  if (is_due()) {
    if (number("KILL_TORN") != 0) real(fd, bytes, length / 2, offset);
    die();
  }
  return real(fd, bytes, length, offset);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  step();
  return real(fd);
}

int fsync(int fd) {
  REAL(fsync);
  step();
  return real(fd);
}

int rename(const char *from, const char *to) {
  REAL(rename);
  step();
  return real(from, to);
}

int link(const char *from, const char *to) {
  REAL(link);
  step();
  return real(from, to);
}

int unlink(const char *path) {
  REAL(unlink);
  step();
  return real(path);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  step();
  return real(path, mode);
}

__attribute__((destructor)) static void tell(void) {
  long fd = number("KILL_COUNT");
  if (fd > 0) dprintf((int)fd, "calls %ld\n", atomic_load(&calls));
}
