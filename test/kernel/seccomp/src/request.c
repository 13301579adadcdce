/*
 * Reads what a trapped call points to, two levels deep. Rules of drivers are the backend's; here is only what has to be known to find
 * the bytes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor.h"

static const struct {
	const char *path;
	enum subject subject;
} devices[] = {
	{ "/dev/sev-guest", SUBJECT_SEV_GUEST },
	{ "/dev/tdx_guest", SUBJECT_TDX_GUEST },
	{ "/dev/nsm", SUBJECT_NSM },
};

static enum subject subject_of_command(uint32_t command)
{
	switch (command) {
	case COMMAND_SNP_GET_REPORT:
	case COMMAND_SNP_GET_DERIVED_KEY:
	case COMMAND_SNP_GET_EXT_REPORT:
		return SUBJECT_SEV_GUEST;
	case COMMAND_TDX_GET_REPORT0:
		return SUBJECT_TDX_GUEST;
	default:
		return SUBJECT_NSM;
	}
}

/* The name under which the descriptor was opened, which a bind mount keeps. */
static enum subject subject_of_descriptor(pid_t thread, uint64_t descriptor)
{
	char link[64], path[64];

	snprintf(link, sizeof link, "/proc/%d/fd/%d", thread, (int)descriptor);
	ssize_t length = readlink(link, path, sizeof path - 1);
	if (length < 0)
		return SUBJECT_NONE;
	path[length] = '\0';
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
		if (strcmp(devices[i].path, path) == 0)
			return devices[i].subject;
	return SUBJECT_NONE;
}

static uint64_t word(const struct request *request, size_t offset)
{
	uint64_t value;

	memcpy(&value, request->outer + offset, sizeof value);
	return value;
}

static bool read_nested(struct request *request, uint64_t address, uint64_t size)
{
	request->nested_size = address == 0 ? 0 : (uint32_t)size;
	return read_remote(request->thread, address, request->nested, request->nested_size);
}

/* struct snp_guest_request_ioctl: version, address of the request. */
static bool read_snp(struct request *request)
{
	uint8_t version = request->outer[0];
	uint64_t size = request->command == COMMAND_SNP_GET_REPORT ? 96 :
			request->command == COMMAND_SNP_GET_EXT_REPORT ? 112 :
			version >= 2 ? 40 : 32;

	return read_nested(request, word(request, 8), size);
}

/* struct nsm_raw: address and length of the request. One that the driver refuses is not read. */
static bool read_nsm(struct request *request)
{
	uint64_t size = word(request, 8);

	return size > 0x1000 || read_nested(request, word(request, 0), size);
}

static bool read_buffers(struct request *request)
{
	request->outer_size = (request->command >> 16) & 0x3fff;
	if (!read_remote(request->thread, request->argument, request->outer, request->outer_size))
		return false;
	switch (request->subject) {
	case SUBJECT_SEV_GUEST:
		return read_snp(request);
	case SUBJECT_NSM:
		return read_nsm(request);
	default:
		return true;
	}
}

bool read_request(const struct seccomp_notif *notif, struct request *request, int *error)
{
	uint32_t command = (uint32_t)notif->data.args[1];
	enum subject subject = subject_of_descriptor((pid_t)notif->pid, notif->data.args[0]);

	/* Our command on another file, or on another of our devices: the kernel's own answer is ENOTTY. */
	if (subject == SUBJECT_NONE || subject != subject_of_command(command))
		return false;
	memset(request, 0, sizeof *request);
	request->id = notif->id;
	request->thread = (pid_t)notif->pid;
	request->subject = subject;
	request->command = command;
	request->argument = notif->data.args[2];
	*error = read_buffers(request) ? 0 : EFAULT;
	return true;
}
