import type { Ground } from "./ground.ts";

/** A host behind the UPF that answers every echo request: addresses swapped, type 0, checksum put right. */
export function answerPings(g: Ground): void {
  g.upf.onUplink = (packet, teid) => {
    const answer = packet.slice();
    answer.set(packet.subarray(16, 20), 12);
    answer.set(packet.subarray(12, 16), 16);
    const header = (packet[0]! & 15) * 4;
    if (packet[header] !== 8) return;
    answer[header] = 0;
    // Type 8 became 0: RFC 1624, the sum grows by what the word lost.
    const sum = ((packet[header + 2]! << 8) | packet[header + 3]!) + 0x0800;
    const folded = (sum & 0xffff) + (sum >>> 16);
    answer[header + 2] = folded >> 8;
    answer[header + 3] = folded & 0xff;
    const tunnel = g.amf.ue.tunnels.get(teid - 0x1000);
    if (tunnel !== undefined) g.upf.downlink(tunnel, 9, answer);
  };
}
