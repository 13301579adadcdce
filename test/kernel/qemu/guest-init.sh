#!/bin/busybox sh
# First process of the guest: loads the real configfs and tsm, then our module in each of its forms, and runs the assertions of the
# world that each form makes. The last line says that it came to the end.
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
/bin/busybox mount -t devtmpfs none /dev
exec </dev/console >/dev/console 2>&1
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
# The firmware left the console in the middle of a line.
echo

run() { node /program.mjs "/worlds/$1.json"; }

with_tee() {
	world=$1
	shift
	insmod /modules/tresor_tee.ko "$@" || echo 'guest: tresor_tee does not load'
	run "$world"
}

insmod /modules/configfs.ko
mount -t configfs none /sys/kernel/config
insmod /modules/tsm.ko
run none

with_tee snp
run device
run unprivileged
rmmod tresor_tee

with_tee svsm svsm=1
rmmod tresor_tee

with_tee tdx provider=tdx_guest
rmmod tresor_tee

insmod /modules/vsock.ko
insmod /modules/vmw_vsock_virtio_transport_common.ko
insmod /modules/vsock_loopback.ko
vsock-echo &
run machine

echo tresor-guest-end
poweroff -f
