/** Blocks of pcapng (draft-ietf-opsawg-pcapng), little-endian: section, interface, packet. */
import { fromText } from "@freehold/wire";

export const linkType = { raw: 101, upperPdu: 252 } as const;

const block = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const option = { comment: 1, name: 2, application: 4, resolution: 9 } as const;

type Option = readonly [code: number, value: Uint8Array];

export function sectionBlock(application: string): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, 0x1a2b3c4d, true);
  view.setUint16(4, 1, true);
  // the section's length is not known
  view.setBigInt64(8, -1n, true);
  return assemble(block.section, body, [[option.application, fromText(application)]]);
}

/** Times in nanoseconds, packets of any length. */
export function interfaceBlock(link: number, name: string): Uint8Array {
  const body = new Uint8Array(8);
  new DataView(body.buffer).setUint16(0, link, true);
  return assemble(block.interface, body, [
    [option.name, fromText(name)],
    [option.resolution, Uint8Array.of(9)],
  ]);
}

/** `at` is milliseconds since 1970 with fractions. */
export function packetBlock(interfaceId: number, at: number, data: Uint8Array, comment: string | undefined): Uint8Array {
  const body = new Uint8Array(20 + padded(data.length));
  const view = new DataView(body.buffer);
  const whole = Math.floor(at);
  // apart, because nanoseconds since 1970 are beyond a number's whole range
  const time = BigInt(whole) * 1_000_000n + BigInt(Math.round((at - whole) * 1e6));
  view.setUint32(0, interfaceId, true);
  view.setUint32(4, Number(time >> 32n), true);
  view.setUint32(8, Number(time & 0xffffffffn), true);
  view.setUint32(12, data.length, true);
  view.setUint32(16, data.length, true);
  body.set(data, 20);
  return assemble(block.packet, body, comment === undefined ? [] : [[option.comment, fromText(comment).subarray(0, 0xfffc)]]);
}

const padded = (octets: number): number => (octets + 3) & ~3;

function assemble(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array {
  const list = options.length === 0 ? 0 : options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4);
  const length = 12 + body.length + list;
  const whole = new Uint8Array(length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  whole.set(body, 8);
  let at = 8 + body.length;
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    whole.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  // opt_endofopt is four zero octets, there already
  view.setUint32(length - 4, length, true);
  return whole;
}
