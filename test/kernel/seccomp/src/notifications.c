/*
 * The loop of the supervisor. A request is kept while the backend thinks about it, so that the program can have several at once and
 * a slow device does not stop its other threads.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define FD_SYNC_WAKE_UP 1UL

#define MAX_WAITING 256

static struct seccomp_notif waiting[MAX_WAITING];
static size_t waiting_count;

static struct seccomp_notif *find(uint64_t id)
{
	for (size_t i = 0; i < waiting_count; i++)
		if (waiting[i].id == id)
			return &waiting[i];
	return NULL;
}

static pid_t thread_of(uint64_t id)
{
	const struct seccomp_notif *notif = find(id);

	return notif == NULL ? 0 : (pid_t)notif->pid;
}

/* ENOENT: the thread has been killed meanwhile. */
static void respond(int listener, struct seccomp_notif_resp response)
{
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) != 0 && errno != ENOENT)
		die("answer a notification");
}

static void respond_continue(int listener, uint64_t id)
{
	respond(listener, (struct seccomp_notif_resp){ .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE });
}

static void respond_error(int listener, uint64_t id, int error)
{
	respond(listener, (struct seccomp_notif_resp){ .id = id, .error = -error });
}

static void ask_backend(int backend, const struct seccomp_notif *notif, const struct request *request)
{
	if (waiting_count == MAX_WAITING || !send_request(backend, request))
		die("ask the backend");
	waiting[waiting_count++] = *notif;
}

static void handle_ioctl(int listener, int backend, const struct seccomp_notif *notif)
{
	static struct request request;
	int error;

	if (!read_request(notif, &request, &error))
		respond_continue(listener, notif->id);
	else if (error != 0)
		respond_error(listener, notif->id, error);
	else
		ask_backend(backend, notif, &request);
}

static void handle_connect(int listener, int backend, const struct seccomp_notif *notif)
{
	static struct request request;
	uint16_t family = 0;

	memset(&request, 0, sizeof request);
	request.id = notif->id;
	request.thread = (pid_t)notif->pid;
	request.subject = SUBJECT_VSOCK;
	request.outer_size = VSOCK_ADDRESS_BYTES;
	if (read_remote(request.thread, notif->data.args[1], request.outer, VSOCK_ADDRESS_BYTES))
		memcpy(&family, request.outer, sizeof family);
	if (family == FAMILY_VSOCK)
		ask_backend(backend, notif, &request);
	else
		respond_continue(listener, notif->id);
}

static void handle_notification(int listener, int backend)
{
	struct seccomp_notif notif = { 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notif) != 0)
		return;
	if (notif.data.nr == __NR_socket) {
		if (!inject_socket(listener, notif.id))
			respond_error(listener, notif.id, EAFNOSUPPORT);
	} else if (notif.data.nr == __NR_connect) {
		handle_connect(listener, backend, &notif);
	} else {
		handle_ioctl(listener, backend, &notif);
	}
}

static void handle_reply(int listener, int backend, const char *backend_path)
{
	struct reply reply;

	if (!receive_reply(backend, thread_of, &reply))
		die("hear from the backend");
	struct seccomp_notif *notif = find(reply.id);
	if (notif == NULL)
		return;
	uint8_t address[VSOCK_ADDRESS_BYTES];
	if (notif->data.nr == __NR_connect && reply.error == 0) {
		if (!read_remote((pid_t)notif->pid, notif->data.args[1], address, sizeof address))
			reply.error = EFAULT;
		else
			reply.error = inject_connection(listener, notif, backend_path, address);
	}
	respond_error(listener, reply.id, reply.error);
	*notif = waiting[--waiting_count];
}

int serve(int listener, pid_t child, int signals, const char *backend_path)
{
	int backend = connect_backend(backend_path);
	struct pollfd entries[] = { { listener, POLLIN, 0 }, { backend, POLLIN, 0 }, { signals, POLLIN, 0 } };
	int status;

	/* The supervisor and the stopped thread take turns on one core; kernels before 6.6 do not know the flag. */
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, FD_SYNC_WAKE_UP);
	for (;;) {
		if (poll(entries, 3, -1) < 0 && errno != EINTR)
			die("poll");
		if (entries[0].revents & POLLIN)
			handle_notification(listener, backend);
		if (entries[1].revents)
			handle_reply(listener, backend, backend_path);
		if (entries[2].revents && waitpid(child, &status, WNOHANG) == child)
			return status;
	}
}
