/*
 * A private /dev. /dev/null, bound to the name of a device, is a character device that opens and gives ENOTTY for every ioctl that is
 * not answered by us. Nothing of it shows outside.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor.h"

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

/* Every id stays what it is: the program sees the user that it runs as. */
static void map_ids(uid_t uid, gid_t gid)
{
	char map[64];

	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "%u %u 1", uid, uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", map);
}

void enter_namespaces(bool user_namespace)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWNS | (user_namespace ? CLONE_NEWUSER : 0)) != 0)
		die("unshare");
	if (user_namespace)
		map_ids(uid, gid);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		die("make mounts private");
}

static void bind_to(const char *source, const char *root, const char *name, bool folder)
{
	char target[256];

	snprintf(target, sizeof target, "%s/%s", root, name);
	if (folder)
		mkdir(target, 0755);
	else
		close(open(target, O_CREAT | O_RDONLY | O_CLOEXEC, 0666));
	if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0 && errno != ENOENT)
		die(target);
}

static void bind_usual(const char *root)
{
	static const char *const files[] = { "null", "zero", "full", "random", "urandom", "tty" };
	static const char *const folders[] = { "pts", "shm" };
	char source[64];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(source, sizeof source, "/dev/%s", files[i]);
		bind_to(source, root, files[i], false);
	}
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(source, sizeof source, "/dev/%s", folders[i]);
		bind_to(source, root, folders[i], true);
	}
}

static void link_streams(const char *root)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "fd" }, { "fd/0", "stdin" }, { "fd/1", "stdout" }, { "fd/2", "stderr" }
	};
	char path[256];

	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		snprintf(path, sizeof path, "%s/%s", root, links[i][1]);
		if (symlink(links[i][0], path) != 0)
			die(path);
	}
}

void make_private_dev(const char *devices)
{
	char root[] = "/tmp/tresor-dev-XXXXXX";
	char *list = strdup(devices);

	if (mkdtemp(root) == NULL || mount("none", root, "tmpfs", MS_NOSUID, "mode=0755") != 0)
		die("mount a private /dev");
	bind_usual(root);
	link_streams(root);
	for (char *name = strtok(list, ","); name != NULL; name = strtok(NULL, ","))
		bind_to("/dev/null", root, name, false);
	if (mount(root, "/dev", NULL, MS_MOVE, NULL) != 0)
		die("move the private /dev");
	rmdir(root);
	free(list);
}
