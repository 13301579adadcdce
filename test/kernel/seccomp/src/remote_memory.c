/* Memory of a stopped thread: process_vm_readv(2). Does not reach memfd_secret(2) mappings, which a real driver would. */
#define _GNU_SOURCE
#include <sys/uio.h>

#include "supervisor.h"

bool read_remote(pid_t thread, uint64_t address, void *buffer, size_t size)
{
	struct iovec local = { buffer, size };
	struct iovec remote = { (void *)(uintptr_t)address, size };

	return size == 0 || process_vm_readv(thread, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

bool write_remote(pid_t thread, uint64_t address, const void *bytes, size_t size)
{
	struct iovec local = { (void *)(uintptr_t)bytes, size };
	struct iovec remote = { (void *)(uintptr_t)address, size };

	return size == 0 || process_vm_writev(thread, &local, 1, &remote, 1, 0) == (ssize_t)size;
}
