/*
 * supervisor [--userns] [--devices=sev-guest,tdx_guest,nsm] --backend=SOCKET -- PROGRAM [ARGUMENT...]
 *
 * Runs the program under a filter whose notifications this process answers. Ends as the program ends: same code, same signal.
 * Code 125: the kernel does not let us.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor.h"

struct options {
	bool user_namespace;
	const char *devices;
	const char *backend;
	char **program;
};

static struct options parse_options(char **arguments)
{
	struct options options = { .devices = "sev-guest,tdx_guest,nsm" };

	for (arguments++; *arguments != NULL; arguments++) {
		if (strcmp(*arguments, "--") == 0)
			options.program = arguments + 1;
		else if (strcmp(*arguments, "--userns") == 0)
			options.user_namespace = true;
		else if (strncmp(*arguments, "--devices=", 10) == 0)
			options.devices = *arguments + 10;
		else if (strncmp(*arguments, "--backend=", 10) == 0)
			options.backend = *arguments + 10;
		else
			errx(2, "unknown option %s", *arguments);
		if (options.program != NULL)
			break;
	}
	if (options.backend == NULL || options.program == NULL || *options.program == NULL)
		errx(2, "usage: supervisor [--userns] [--devices=LIST] --backend=SOCKET -- PROGRAM [ARGUMENT...]");
	return options;
}

_Noreturn void die(const char *what)
{
	err(125, "%s", what);
}

static void send_descriptor(int channel, int descriptor)
{
	char byte = 0;
	struct iovec data = { &byte, 1 };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
	if (sendmsg(channel, &message, 0) != 1)
		die("send the listener");
}

/* -1 when the child has ended instead. */
static int receive_descriptor(int channel)
{
	char byte;
	struct iovec data = { &byte, 1 };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	int descriptor;

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1 || CMSG_FIRSTHDR(&message) == NULL)
		return -1;
	memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
	return descriptor;
}

/* Without its supervisor the program would get ENOSYS: it ends with it instead. */
static _Noreturn void run_program(const struct options *options, int channel, const sigset_t *signals)
{
	sigprocmask(SIG_UNBLOCK, signals, NULL);
	enter_namespaces(options->user_namespace);
	/* After the change of credentials, which would clear it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	make_private_dev(options->devices);
	int listener = install_filter();
	send_descriptor(channel, listener);
	close(listener);
	close(channel);
	execvp(options->program[0], options->program);
	err(127, "%s", options->program[0]);
}

static int end_like(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

int main(int count, char **arguments)
{
	(void)count;
	struct options options = parse_options(arguments);
	int channel[2], status;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
		die("socketpair");
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0)
		run_program(&options, channel[1], &signals);
	close(channel[1]);
	int listener = receive_descriptor(channel[0]);
	if (listener < 0)
		waitpid(child, &status, 0);
	else
		status = serve(listener, child, signalfd(-1, &signals, SFD_CLOEXEC), options.backend);
	return end_like(status);
}
