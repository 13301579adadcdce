/*
 * The filter: ioctl with one of the five commands, socket(AF_VSOCK), and connect with an address of that length go to the supervisor;
 * everything else runs as if there were no filter.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no filter for this architecture"
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_EQUAL(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

/* Jumps count the instructions that they skip; ALLOW is the last but one, NOTIFY the last. */
static struct sock_filter program[] = {
	/*  0 */ LOAD(arch),
	/*  1 */ IF_EQUAL(ARCHITECTURE, 0, 14),
	/*  2 */ LOAD(nr),
	/*  3 */ IF_EQUAL(__NR_ioctl, 4, 0),
	/*  4 */ IF_EQUAL(__NR_socket, 9, 0),
	/*  5 */ IF_EQUAL(__NR_connect, 0, 10),
	/*  6 */ LOAD(args[2]),
	/*  7 */ IF_EQUAL(VSOCK_ADDRESS_BYTES, 9, 8),
	/*  8 */ LOAD(args[1]),
	/*  9 */ IF_EQUAL(COMMAND_SNP_GET_REPORT, 7, 0),
	/* 10 */ IF_EQUAL(COMMAND_SNP_GET_DERIVED_KEY, 6, 0),
	/* 11 */ IF_EQUAL(COMMAND_SNP_GET_EXT_REPORT, 5, 0),
	/* 12 */ IF_EQUAL(COMMAND_TDX_GET_REPORT0, 4, 0),
	/* 13 */ IF_EQUAL(COMMAND_NSM_RAW, 3, 2),
	/* 14 */ LOAD(args[0]),
	/* 15 */ IF_EQUAL(FAMILY_VSOCK, 1, 0),
	/* 16 */ RETURN(SECCOMP_RET_ALLOW),
	/* 17 */ RETURN(SECCOMP_RET_USER_NOTIF),
};

static int set_filter(unsigned long flags)
{
	struct sock_fprog filter = { sizeof program / sizeof *program, program };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

int install_filter(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		die("no_new_privs");
	/* Signals that do not kill must not make a driver look interrupted; kernels before 5.19 cannot promise that. */
	int listener = set_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	if (listener < 0 && errno == EINVAL)
		listener = set_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER);
	if (listener < 0)
		die("seccomp");
	return listener;
}
