// Runs a command that sees an emulated configfs-tsm at /sys/kernel/config, and nobody else does: mount namespace, tmpfs over
// /sys/kernel, FUSE over config in it. Ends with the command, and takes it along when it is ended itself.
//
//   tsm-fuse SOCKET PROVIDER|none FLOOR ATTRIBUTE,ATTRIBUTE... COMMAND ARGUMENT...
#define FUSE_USE_VERSION 32
#define _GNU_SOURCE
#include "tsm.h"
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIG "/sys/kernel/config"

struct settings settings;

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) err(125, "%s", path);
  close(fd);
}

// Without privileges: a user namespace in which this user is root.
static void become_root(void) {
  char uid_map[64], gid_map[64];
  snprintf(uid_map, sizeof uid_map, "0 %u 1", geteuid());
  snprintf(gid_map, sizeof gid_map, "0 %u 1", getegid());
  if (unshare(CLONE_NEWUSER)) err(125, "user namespace");
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", uid_map);
  write_file("/proc/self/gid_map", gid_map);
}

static void enter_namespace(void) {
  if (geteuid() != 0) become_root();
  if (unshare(CLONE_NEWNS)) err(125, "mount namespace");
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) err(125, "private mounts");
  if (mount("none", "/sys/kernel", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k")) err(125, "/sys/kernel");
  if (mkdir(CONFIG, 0755)) err(125, CONFIG);
}

static struct fuse *mount_tree(void) {
  struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
  fuse_opt_add_arg(&arguments, "tsm-fuse");
  fuse_opt_add_arg(&arguments, "-ofsname=configfs");
  struct fuse *fuse = fuse_new(&arguments, &tree_operations, sizeof tree_operations, NULL);
  if (!fuse || fuse_mount(fuse, CONFIG)) errx(125, "FUSE does not mount");
  fuse_opt_free_args(&arguments);
  return fuse;
}

static void *serve(void *fuse) {
  struct fuse_loop_config config = {.clone_fd = 0, .max_idle_threads = 4};
  fuse_loop_mt(fuse, &config);
  return NULL;
}

static pid_t start(char **command) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) err(125, "fork");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(125);
  execvp(command[0], command);
  err(127, "%s", command[0]);
}

int main(int count, char **arguments) {
  if (count < 6) errx(125, "usage: tsm-fuse SOCKET PROVIDER|none FLOOR ATTRIBUTES COMMAND...");
  signal(SIGPIPE, SIG_IGN);
  settings = (struct settings){.socket_path = arguments[1],
                               .provider = strcmp(arguments[2], "none") == 0 ? NULL : arguments[2],
                               .attributes = arguments[4],
                               .privlevel_floor = (unsigned)strtoul(arguments[3], NULL, 10)};
  enter_namespace();
  prctl(PR_SET_PDEATHSIG, SIGKILL); // after the change of credentials, which resets it
  struct fuse *fuse = mount_tree();
  pid_t child = start(arguments + 5);
  pthread_t server;
  if (pthread_create(&server, NULL, serve, fuse)) errx(125, "no thread");
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) err(125, "waitpid");
  // The kernel takes the mounts down with the namespace, which ends with this process.
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
