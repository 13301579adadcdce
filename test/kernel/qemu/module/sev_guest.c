// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/sev-guest with the interface of include/uapi/linux/sev-guest.h. What is copied back when, and which error says what, follows
 * the driver: on success the outer structure stays as it was, a failure reports exitinfo2.
 */
#include <crypto/sha2.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/unaligned.h>
#include <uapi/linux/sev-guest.h>
#include "tee.h"

#define RESPONSE_HEADER 32
#define MAX_CERTIFICATES 0x4000

/* Fails the next requests, as a host or a firmware would: number, errno, exitinfo2. */
static int fail_count;
module_param(fail_count, int, 0600);
static int fail_errno = 5;
module_param(fail_errno, int, 0600);
static ulong fail_exitinfo2;
module_param(fail_exitinfo2, ulong, 0600);
/* The driver has wiped its message key. */
static bool key_lost;
module_param(key_lost, bool, 0600);

static DEFINE_MUTEX(one_request);

static int copy_report(const struct snp_report_req *request, u64 response)
{
	u8 *buffer = kzalloc(sizeof(struct snp_report_resp), GFP_KERNEL);
	int error;
	u32 status;

	if (!buffer)
		return -ENOMEM;
	status = fill_report(buffer + RESPONSE_HEADER, request->user_data, request->vmpl);
	put_unaligned_le32(status, buffer);
	put_unaligned_le32(status ? 0 : REPORT_BYTES, buffer + 4);
	error = copy_to_user((void __user *)response, buffer, sizeof(struct snp_report_resp)) ? -EFAULT : 0;
	kfree(buffer);
	return error;
}

static int get_report(struct snp_guest_request_ioctl *message)
{
	struct snp_report_req request;

	if (copy_from_user(&request, (void __user *)message->req_data, sizeof(request)))
		return -EFAULT;
	return copy_report(&request, message->resp_data);
}

static int get_derived_key(struct snp_guest_request_ioctl *message)
{
	struct snp_derived_key_req request;
	u8 response[sizeof(struct snp_derived_key_resp)] = {};
	u32 status = 0;

	if (copy_from_user(&request, (void __user *)message->req_data, sizeof(request)))
		return -EFAULT;
	if (request.vmpl > 3 || request.root_key_select > 1)
		status = FIRMWARE_INVALID_PARAMETERS;
	else if (request.root_key_select == 1)
		status = FIRMWARE_INVALID_KEY;
	else
		sha256((u8 *)&request, sizeof(request), response + RESPONSE_HEADER);
	put_unaligned_le32(status, response);
	return copy_to_user((void __user *)message->resp_data, response, sizeof(response)) ? -EFAULT : 0;
}

static int copy_certificates(const struct snp_ext_report_req *request, const u8 *table, size_t length)
{
	if (length == 0)
		return 0;
	return copy_to_user((void __user *)request->certs_address, table, length) ? -EFAULT : 0;
}

static int refuse_length(struct snp_guest_request_ioctl *message, struct snp_ext_report_req *request, size_t needed)
{
	request->certs_len = needed;
	message->vmm_error = SNP_GUEST_VMM_ERR_INVALID_LEN;
	if (copy_to_user((void __user *)message->req_data, request, sizeof(*request)))
		return -EFAULT;
	return -EIO;
}

static int get_ext_report(struct snp_guest_request_ioctl *message)
{
	struct snp_ext_report_req request;
	size_t length, needed, room;
	const u8 *table = certificate_table(&length);
	int error;

	if (copy_from_user(&request, (void __user *)message->req_data, sizeof(request)))
		return -EFAULT;
	room = request.certs_address ? request.certs_len : 0;
	if (room > MAX_CERTIFICATES || room % PAGE_SIZE)
		return -EINVAL;
	needed = PAGE_ALIGN(length);
	if (room < needed)
		return refuse_length(message, &request, needed);
	error = copy_report(&request.data, message->resp_data);
	return error ? error : copy_certificates(&request, table, length);
}

static int dispatch(unsigned int command, struct snp_guest_request_ioctl *message)
{
	if (key_lost)
		return -ENOTTY;
	if (fail_count > 0) {
		fail_count--;
		message->exitinfo2 = fail_exitinfo2;
		return -fail_errno;
	}
	switch (command) {
	case SNP_GET_REPORT:
		return get_report(message);
	case SNP_GET_DERIVED_KEY:
		return get_derived_key(message);
	case SNP_GET_EXT_REPORT:
		return get_ext_report(message);
	default:
		return -ENOTTY;
	}
}

static long sev_guest_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct snp_guest_request_ioctl message;
	void __user *user = (void __user *)argument;
	int error;

	if (copy_from_user(&message, user, sizeof(message)))
		return -EFAULT;
	message.exitinfo2 = 0xff;
	if (!message.msg_version)
		return -EINVAL;
	if (!message.req_data || !message.resp_data) {
		error = -EINVAL;
	} else {
		message.exitinfo2 = 0;
		mutex_lock(&one_request);
		error = dispatch(command, &message);
		mutex_unlock(&one_request);
	}
	if (message.exitinfo2 && copy_to_user(user, &message, sizeof(message)))
		return -EFAULT;
	return error;
}

static const struct file_operations sev_guest_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = sev_guest_ioctl,
};

struct miscdevice sev_guest = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "sev-guest",
	.fops = &sev_guest_operations,
};
