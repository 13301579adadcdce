/*
 * Frames to and from the backend over a unix stream socket; integers are little endian, as the machines are that this runs on.
 *
 *   request  u32 bytes that follow, u64 id, u32 subject, u32 command, u64 argument, u32 size, outer bytes, u32 size, nested bytes
 *   reply    u32 bytes that follow, u64 id, u32 errno, then until the end: u64 address, u32 size, bytes to write there
 *
 * Replies may come in any order. One with an errno writes too: drivers do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisor.h"

#define MAX_REPLY (1u << 20)

int connect_backend(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		die("connect to the backend");
	return fd;
}

static bool write_all(int fd, const void *bytes, size_t size)
{
	for (const char *next = bytes; size > 0;) {
		ssize_t count = write(fd, next, size);
		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0) {
			next += count;
			size -= (size_t)count;
		}
	}
	return true;
}

static bool read_all(int fd, void *bytes, size_t size)
{
	for (char *next = bytes; size > 0;) {
		ssize_t count = read(fd, next, size);
		if (count == 0 || (count < 0 && errno != EINTR))
			return false;
		if (count > 0) {
			next += count;
			size -= (size_t)count;
		}
	}
	return true;
}

static size_t append(uint8_t *frame, size_t length, const void *bytes, size_t size)
{
	memcpy(frame + length, bytes, size);
	return length + size;
}

bool send_request(int backend, const struct request *request)
{
	static uint8_t frame[64 + sizeof request->outer + sizeof request->nested];
	uint32_t subject = request->subject, size;
	size_t length = sizeof size;

	length = append(frame, length, &request->id, 8);
	length = append(frame, length, &subject, 4);
	length = append(frame, length, &request->command, 4);
	length = append(frame, length, &request->argument, 8);
	length = append(frame, length, &request->outer_size, 4);
	length = append(frame, length, request->outer, request->outer_size);
	length = append(frame, length, &request->nested_size, 4);
	length = append(frame, length, request->nested, request->nested_size);
	size = (uint32_t)(length - sizeof size);
	memcpy(frame, &size, sizeof size);
	return write_all(backend, frame, length);
}

/* Writes the buffers of a reply into the program. False for an address that is not mapped, as copy_to_user has it. */
static bool write_buffers(pid_t thread, const uint8_t *next, const uint8_t *end)
{
	while (end - next >= 12) {
		uint64_t address;
		uint32_t size;

		memcpy(&address, next, 8);
		memcpy(&size, next + 8, 4);
		next += 12;
		if (size > (size_t)(end - next) || !write_remote(thread, address, next, size))
			return false;
		next += size;
	}
	return true;
}

bool receive_reply(int backend, pid_t (*thread_of)(uint64_t id), struct reply *reply)
{
	uint32_t size, error;

	if (!read_all(backend, &size, sizeof size) || size < 12 || size > MAX_REPLY)
		return false;
	uint8_t *frame = malloc(size);
	if (frame == NULL || !read_all(backend, frame, size)) {
		free(frame);
		return false;
	}
	memcpy(&reply->id, frame, 8);
	memcpy(&error, frame + 8, 4);
	reply->error = (int)error;
	pid_t thread = thread_of(reply->id);
	if (thread != 0 && !write_buffers(thread, frame + 12, frame + size))
		reply->error = EFAULT;
	free(frame);
	return true;
}
