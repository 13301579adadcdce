/*
 * Emulates /dev/sev-guest, /dev/tdx_guest, /dev/nsm and AF_VSOCK below an unmodified program: see README.md beside this folder.
 */
#pragma once

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a request of the program is about: first field of a frame. */
enum subject { SUBJECT_NONE = 0, SUBJECT_SEV_GUEST = 1, SUBJECT_TDX_GUEST = 2, SUBJECT_NSM = 3, SUBJECT_VSOCK = 4 };

#define COMMAND_SNP_GET_REPORT 0xC0205300u
#define COMMAND_SNP_GET_DERIVED_KEY 0xC0205301u
#define COMMAND_SNP_GET_EXT_REPORT 0xC0205302u
#define COMMAND_TDX_GET_REPORT0 0xC4405401u
#define COMMAND_NSM_RAW 0xC0200A00u

#define FAMILY_VSOCK 40
#define VSOCK_ADDRESS_BYTES 16

/* private_dev.c: a /dev that only the program sees, holding `devices` (comma separated) beside the usual. */
void enter_namespaces(bool user_namespace);
void make_private_dev(const char *devices);

/* filter.c: the descriptor on which the kernel tells about the system calls that the filter traps. */
int install_filter(void);

/* remote_memory.c: memory of the thread that is stopped in a system call. False for an address that is not mapped. */
bool read_remote(pid_t thread, uint64_t address, void *buffer, size_t size);
bool write_remote(pid_t thread, uint64_t address, const void *bytes, size_t size);

/* backend.c: the process that knows the answers. */
struct request {
	uint64_t id;
	pid_t thread;
	enum subject subject;
	uint32_t command;
	uint64_t argument;
	/* The structure that the argument points to, and the one that that points to. */
	uint8_t outer[1088];
	uint32_t outer_size;
	uint8_t nested[8192];
	uint32_t nested_size;
};
int connect_backend(const char *path);
bool send_request(int backend, const struct request *request);
/* Reads one frame: id and errno, and writes what it holds into `thread_of(id)`. False when the backend is gone. */
struct reply {
	uint64_t id;
	int error;
};
bool receive_reply(int backend, pid_t (*thread_of)(uint64_t id), struct reply *reply);

/* request.c: what a trapped call asks for. False when it is none of ours; *error is set when it cannot be read. */
bool read_request(const struct seccomp_notif *notif, struct request *request, int *error);

/* vsock.c: sockets that take the place of AF_VSOCK ones. */
bool inject_socket(int listener, uint64_t id);
int inject_connection(int listener, const struct seccomp_notif *notif, const char *backend_path, const uint8_t *address);

/* notifications.c: serves until the program ends; returns its wait status. */
int serve(int listener, pid_t child, int signals, const char *backend_path);

/* main.c */
_Noreturn void die(const char *what);
