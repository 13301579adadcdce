// SPDX-License-Identifier: GPL-2.0
/* /dev/tdx_guest with the interface of include/uapi/linux/tdx-guest.h: 64 bytes in, a TDREPORT of 1024 bytes out. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/tdx-guest.h>
#include "tee.h"

#define REPORT_TYPE_TDX 0x81
#define REPORT_DATA_OFFSET 128

void fill_td_report(u8 *report, const u8 *report_data)
{
	for (size_t i = 0; i < TD_REPORT_BYTES; i++)
		report[i] = (u8)i;
	report[0] = REPORT_TYPE_TDX;
	memset(report + 1, 0, 3);
	memcpy(report + REPORT_DATA_OFFSET, report_data, REPORT_DATA_BYTES);
}

static long get_report0(struct tdx_report_req __user *request)
{
	u8 report_data[TDX_REPORTDATA_LEN];
	u8 *report = kmalloc(TD_REPORT_BYTES, GFP_KERNEL);
	long error = 0;

	if (!report)
		return -ENOMEM;
	if (copy_from_user(report_data, request->reportdata, sizeof(report_data)))
		error = -EFAULT;
	if (!error) {
		fill_td_report(report, report_data);
		if (copy_to_user(request->tdreport, report, TD_REPORT_BYTES))
			error = -EFAULT;
	}
	kfree(report);
	return error;
}

static long tdx_guest_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	if (command != TDX_CMD_GET_REPORT0)
		return -ENOTTY;
	return get_report0((struct tdx_report_req __user *)argument);
}

static const struct file_operations tdx_guest_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tdx_guest_ioctl,
};

struct miscdevice tdx_guest = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tdx_guest",
	.fops = &tdx_guest_operations,
};
