/** Octet strings: hex, comparison, joining. Everything here is Uint8Array; nothing is a Buffer. */

/** Lower-case hex without separators. */
export const toHex = (octets: Uint8Array): string => octets.toHex();

/** Octets of a hex string (white space and colons are skipped), or undefined when a digit is wrong or the count odd. */
export function parseHex(text: string): Uint8Array | undefined {
  const octets = digitsOf(text);
  if (octets !== undefined) return octets;
  const clean = text.replace(/[\s:]/g, "");
  return clean.length === text.length ? undefined : digitsOf(clean);
}

function digitsOf(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const octets = new Uint8Array(text.length / 2);
  for (let i = 0; i < octets.length; i++) {
    const octet = (hexDigit(text.charCodeAt(2 * i)) << 4) | hexDigit(text.charCodeAt(2 * i + 1));
    if (octet < 0) return undefined;
    octets[i] = octet;
  }
  return octets;
}

/** The value of a hexadecimal digit by its character code; -1 for any other, and for the NaN behind the end of a text. */
export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
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
