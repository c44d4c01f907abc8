/** Octet strings: hex, comparison, joining. Everything here is Uint8Array; nothing is a Buffer. */

const digits = "0123456789abcdef";
const pairs: readonly string[] = Array.from({ length: 256 }, (_, i) => `${digits[i >> 4]}${digits[i & 15]}`);

/** Lower-case hex without separators. */
export function toHex(octets: Uint8Array): string {
  let text = "";
  for (let i = 0; i < octets.length; i++) text += pairs[octets[i]!];
  return text;
}

/** Octets of a hex string (white space and colons are skipped), or undefined when a digit is wrong or the count odd. */
export function parseHex(text: string): Uint8Array | undefined {
  const clean = text.replace(/[\s:]/g, "");
  if (clean.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(clean)) return undefined;
  const octets = new Uint8Array(clean.length / 2);
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(clean.slice(2 * i, 2 * i + 2), 16);
  return octets;
}

/** Octets of a hex literal in our own source or tests; throws on a wrong one. */
export function hex(text: string): Uint8Array {
  const octets = parseHex(text);
  if (octets === undefined) throw new TypeError(`not hex: ${text}`);
  return octets;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder("utf-8", { fatal: false }) };
/** Octets as UTF-8. Names and the like are short and of ASCII: a coder of the platform costs a microsecond to ask. */
export function fromText(text: string): Uint8Array {
  if (text.length > short) return utf8.encoder.encode(text);
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return utf8.encoder.encode(text);
    octets[i] = code;
  }
  return octets;
}

/** Text of UTF-8; what is none of it becomes U+FFFD. */
export function toText(octets: Uint8Array): string {
  if (octets.length > short) return utf8.decoder.decode(octets);
  let text = "";
  for (let i = 0; i < octets.length; i++) {
    const code = octets[i]!;
    if (code > 0x7f) return utf8.decoder.decode(octets);
    text += String.fromCharCode(code);
  }
  return text;
}
const short = 32;
