/** IP addresses as octets and as text. IPv6 text follows RFC 5952 (longest run of zeros shortened, lower case). */

/** `10.45.0.1` or `2001:db8::1`; undefined for any other count of octets than 4 and 16. */
export function formatIp(octets: Uint8Array): string | undefined {
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  if (octets.length !== 16) return undefined;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((octets[i]! << 8) | octets[i + 1]!);
  let from = -1;
  let length = 1; // a single zero group is not shortened
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > length) [from, length] = [i, j - i];
    if (j > i) i = j;
  }
  const text = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(":");
  return from < 0 ? text(groups) : `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}

function parseIp4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const octets: number[] = [];
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    octets.push(Number(part));
  }
  return octets;
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const octets: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const tail = i === parts.length - 1 ? parseIp4(part) : undefined;
      if (tail === undefined) return undefined;
      octets.push(...tail);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      const group = Number.parseInt(part, 16);
      octets.push(group >> 8, group & 255);
    }
  }
  return octets;
}

/** 4 or 16 octets of a literal address; undefined for anything else (zone ids and host names included). */
export function parseIp(text: string): Uint8Array | undefined {
  if (!text.includes(":")) {
    const octets = parseIp4(text);
    return octets === undefined ? undefined : Uint8Array.from(octets);
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0]!);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined;
  const tail = groupsOf(halves[1]!);
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  const octets = new Uint8Array(16);
  octets.set(head, 0);
  octets.set(tail, 16 - tail.length);
  return octets;
}

/** Octets of an address literal in our own source, tests or checked configuration; throws on a wrong one. */
export function ip(text: string): Uint8Array {
  const octets = parseIp(text);
  if (octets === undefined) throw new TypeError(`not an IP address: ${text}`);
  return octets;
}
