#!/bin/sh
# The guest's only program before ours. Its root is the host's own, read-only. Arguments come in the environment (kernel command line).
# What may be written lies over /sys, which nothing here needs: the checkout may be anywhere else, under /tmp too, and must not be hidden.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/sys TMPDIR=/sys
mount -t proc proc /proc
mount -t tmpfs tmp /sys
# Nobody has to end a guest whose host has forgotten it.
(sleep "$guest_seconds"; echo o >/proc/sysrq-trigger) &
modules=/usr/lib/uml/modules/$(uname -r)/kernel
for module in lib/crc-ccitt net/ipv6/ipv6 net/ipv4/udp_tunnel net/ipv6/ip6_udp_tunnel crypto/hmac net/sctp/sctp; do
  insmod "$modules/$module.ko"
done
ip link set lo up
ip address add "$guest_address/24" dev eth0
ip link set eth0 up
cd "$guest_tree" && "$guest_node" --disable-warning=ExperimentalWarning protocols/sctp/test/strangers/agent.ts "$guest_port"
echo o >/proc/sysrq-trigger
sleep 5
