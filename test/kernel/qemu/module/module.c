// SPDX-License-Identifier: GPL-2.0
/*
 * Registers both devices and one provider of the kernel's own configfs-tsm: sev_guest, or tdx_guest with provider=tdx_guest, which
 * shows fewer attributes. svsm=1 adds a manifest and raises the floor of the privilege levels, as below a paravisor.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/tsm.h>
#include "tee.h"

#define SVSM_FLOOR 2

static char *provider = "sev_guest";
module_param(provider, charp, 0400);
static bool svsm;
module_param(svsm, bool, 0400);

static bool is_tdx(void)
{
	return strcmp(provider, "tdx_guest") == 0;
}

static int fill_blob(u8 **blob, size_t *blob_length, const void *bytes, size_t length)
{
	*blob = kvzalloc(max(length, (size_t)1), GFP_KERNEL);
	if (!*blob)
		return -ENOMEM;
	memcpy(*blob, bytes, length);
	*blob_length = length;
	return 0;
}

static int new_quote(struct tsm_report *report)
{
	report->outblob = kvzalloc(QUOTE_BYTES, GFP_KERNEL);
	if (!report->outblob)
		return -ENOMEM;
	fill_quote(report->outblob, report->desc.inblob);
	report->outblob_len = QUOTE_BYTES;
	return 0;
}

static int new_snp_report(struct tsm_report *report)
{
	static const char manifest[] = "services of the emulated SVSM";
	size_t table_length;
	const u8 *table = certificate_table(&table_length);
	int error;

	report->outblob = kvzalloc(REPORT_BYTES, GFP_KERNEL);
	if (!report->outblob)
		return -ENOMEM;
	if (fill_report(report->outblob, report->desc.inblob, report->desc.privlevel))
		return -EINVAL;
	report->outblob_len = REPORT_BYTES;
	error = fill_blob(&report->auxblob, &report->auxblob_len, table, table_length);
	if (error || !svsm)
		return error;
	return fill_blob(&report->manifestblob, &report->manifestblob_len, manifest, sizeof(manifest) - 1);
}

static int report_new(struct tsm_report *report, void *data)
{
	if (report->desc.inblob_len != REPORT_DATA_BYTES)
		return -EINVAL;
	return is_tdx() ? new_quote(report) : new_snp_report(report);
}

static bool attribute_visible(int n)
{
	switch (n) {
	case TSM_REPORT_GENERATION:
	case TSM_REPORT_PROVIDER:
		return true;
	case TSM_REPORT_PRIVLEVEL:
	case TSM_REPORT_PRIVLEVEL_FLOOR:
		return !is_tdx();
	default:
		return false;
	}
}

static bool blob_visible(int n)
{
	switch (n) {
	case TSM_REPORT_INBLOB:
	case TSM_REPORT_OUTBLOB:
		return true;
	case TSM_REPORT_AUXBLOB:
		return !is_tdx();
	default:
		return svsm;
	}
}

static struct tsm_ops ops = {
	.report_new = report_new,
	.report_attr_visible = attribute_visible,
	.report_bin_attr_visible = blob_visible,
};

static int __init tee_init(void)
{
	int error = misc_register(&sev_guest);

	if (error)
		return error;
	error = misc_register(&tdx_guest);
	if (error)
		goto no_tdx;
	error = load_answers(sev_guest.this_device);
	if (!error)
		error = load_quote(tdx_guest.this_device);
	if (error)
		goto no_answers;
	ops.name = provider;
	ops.privlevel_floor = svsm ? SVSM_FLOOR : 0;
	error = tsm_register(&ops, NULL);
	if (!error)
		return 0;
no_answers:
	drop_quote();
	drop_answers();
	misc_deregister(&tdx_guest);
no_tdx:
	misc_deregister(&sev_guest);
	return error;
}

static void __exit tee_exit(void)
{
	tsm_unregister(&ops);
	misc_deregister(&tdx_guest);
	misc_deregister(&sev_guest);
	drop_quote();
	drop_answers();
}

module_init(tee_init);
module_exit(tee_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Devices and tsm provider of an emulated TEE, for tests");
