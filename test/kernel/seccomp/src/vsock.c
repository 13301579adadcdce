/*
 * AF_VSOCK without a host: socket() gives the program a unix socket, and connect() replaces it, under the same number, by one that is
 * connected to the backend. The backend is told cid and port by the first 8 bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor.h"

/* Gives the program `fd` under `number`, or under the next free one as the result of its call. */
static bool inject(int listener, uint64_t id, int fd, int number)
{
	struct seccomp_notif_addfd addfd = {
		.id = id,
		.flags = number < 0 ? SECCOMP_ADDFD_FLAG_SEND : SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (uint32_t)fd,
		.newfd = number < 0 ? 0 : (uint32_t)number,
		.newfd_flags = O_CLOEXEC,
	};
	bool done = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd) >= 0;

	close(fd);
	return done;
}

bool inject_socket(int listener, uint64_t id)
{
	return inject(listener, id, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), -1);
}

/* struct sockaddr_vm: family u16, reserved u16, port u32, cid u32. */
int inject_connection(int listener, const struct seccomp_notif *notif, const char *backend_path, const uint8_t *address)
{
	char path[108];
	uint8_t header[8];

	strncpy(path, backend_path, sizeof path - 8);
	path[sizeof path - 8] = '\0';
	strcat(path, ".vsock");
	memcpy(header, address + 8, 4);
	memcpy(header + 4, address + 4, 4);
	int fd = connect_backend(path);
	if (write(fd, header, sizeof header) != sizeof header)
		die("tell the backend cid and port");
	return inject(listener, notif->id, fd, (int)notif->data.args[0]) ? 0 : EIO;
}
