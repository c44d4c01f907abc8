import { Mistake } from "../mistake.ts";

/** One message as it was typed: its octets and where it stood. */
export interface Typed {
  readonly octets: Uint8Array;
  /** The line of standard input; 1 for the command line. */
  readonly line: number;
}

const separator = /[\s:]/;
const digit = /[0-9a-fA-F]/;

/** Octets of hexadecimal digits; white space, colons and one leading 0x are skipped. A `Mistake` names the character that is none. */
export function readHex(text: string, where: string): Uint8Array {
  const start = /^\s*0x/i.exec(text)?.[0].length ?? 0;
  let digits = "";
  for (let i = start; i < text.length; i++) {
    const character = text[i]!;
    if (separator.test(character)) continue;
    if (!digit.test(character)) throw new Mistake(`${where}character ${i + 1}: ${JSON.stringify(character)} is not a hexadecimal digit`);
    digits += character;
  }
  if (digits === "") throw new Mistake(`${where}no hexadecimal digits: give the octets of a message, for example 7e004179`);
  if (digits.length % 2 !== 0) throw new Mistake(`${where}${digits.length} hexadecimal digits, an odd number: the last octet is half`);
  const octets = new Uint8Array(digits.length / 2);
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return octets;
}

/** A message a line; blank lines and what follows `#` do not count. */
export function readLines(text: string): Typed[] {
  const typed: Typed[] = [];
  for (const [i, whole] of text.split("\n").entries()) {
    const line = whole.replace(/#.*/, "").trimEnd();
    if (line.trim() !== "") typed.push({ octets: readHex(line, `line ${i + 1}, `), line: i + 1 });
  }
  if (typed.length === 0) {
    throw new Mistake("no message: give its octets in hexadecimal digits, as an argument or a message a line on standard input");
  }
  return typed;
}
