/** A DNS responder: RFC 1035, one question of class IN. */
import { type IpAddress, ipOctets, isIpv4 } from "@freehold/model";
import { concat } from "@freehold/wire";
import { put16, put32 } from "../packet.ts";

const Type = { a: 1, aaaa: 28 } as const;
const Rcode = { noError: 0, formatError: 1, nameError: 3, notImplemented: 4 } as const;
const timeToLive = 60;

/** The response to a query, or undefined for what is no query. `lookup` gives the addresses of a name, undefined when there is no such name. */
export function dnsResponse(query: Uint8Array, lookup: (name: string) => readonly IpAddress[] | undefined): Uint8Array | undefined {
  if (query.length < 12 || (query[2]! & 0x80) !== 0) return undefined;
  const opcode = (query[2]! >> 3) & 15;
  const questions = (query[4]! << 8) | query[5]!;
  if (opcode !== 0) return answer(query, 12, Rcode.notImplemented, []);
  const question = questions === 1 ? readQuestion(query) : undefined;
  if (question === undefined) return answer(query, 12, Rcode.formatError, []);
  const { name, type, end } = question;
  const addresses = lookup(name);
  if (addresses === undefined) return answer(query, end, Rcode.nameError, []);
  const wanted = type === Type.a ? addresses.filter(isIpv4) : type === Type.aaaa ? addresses.filter((a) => !isIpv4(a)) : [];
  return answer(
    query,
    end,
    Rcode.noError,
    wanted.map((address) => record(type, ipOctets(address))),
  );
}

function readQuestion(query: Uint8Array): { name: string; type: number; end: number } | undefined {
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    // no pointers: a question's name stands first
    if (length === undefined || length > 63 || at + 1 + length > query.length) return undefined;
    if (length === 0) break;
    labels.push(String.fromCharCode(...query.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
    if (at > 12 + 255) return undefined;
  }
  if (at + 5 > query.length) return undefined;
  const type = (query[at + 1]! << 8) | query[at + 2]!;
  return { name: labels.join(".").toLowerCase(), type, end: at + 5 };
}

function answer(query: Uint8Array, end: number, rcode: number, records: readonly Uint8Array[]): Uint8Array {
  const head = query.slice(0, end);
  // response, authoritative, recursion desired as asked, recursion available
  head[2] = 0x84 | (query[2]! & 0x79);
  head[3] = 0x80 | rcode;
  put16(head, 4, end > 12 ? 1 : 0);
  put16(head, 6, records.length);
  put16(head, 8, 0);
  put16(head, 10, 0);
  return concat(head, ...records);
}

/** A resource record for the name of the question. */
function record(type: number, data: Uint8Array): Uint8Array {
  const octets = new Uint8Array(12 + data.length);
  put16(octets, 0, 0xc00c);
  put16(octets, 2, type);
  put16(octets, 4, 1);
  put32(octets, 6, timeToLive);
  put16(octets, 10, data.length);
  octets.set(data, 12);
  return octets;
}
