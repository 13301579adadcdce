/* SPDX-License-Identifier: GPL-2.0 */
/* A guest without a TEE: real devices and a real tsm provider, whose answers were made before the boot. */
#ifndef TRESOR_TEE_H
#define TRESOR_TEE_H

#include <linux/miscdevice.h>
#include <linux/types.h>

#define REPORT_BYTES 1184
#define REPORT_DATA_BYTES 64
#define FIRMWARE_INVALID_PARAMETERS 0x16
#define FIRMWARE_INVALID_KEY 0x27

/* answers.c */
int load_answers(struct device *device);
void drop_answers(void);
u32 fill_report(u8 *report, const u8 *report_data, u32 vmpl);
const u8 *certificate_table(size_t *length);

/* quote.c */
int load_quote(struct device *device);
void drop_quote(void);
void fill_quote(u8 *quote, const u8 *report_data);
#define QUOTE_BYTES 8000

/* sev_guest.c, tdx_guest.c */
extern struct miscdevice sev_guest;
extern struct miscdevice tdx_guest;
void fill_td_report(u8 *report, const u8 *report_data);
#define TD_REPORT_BYTES 1024

#endif
