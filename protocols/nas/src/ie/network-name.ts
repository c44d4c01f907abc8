import { custom, type Reader, type Schema } from "@freehold/wire";

/** Network name, TS 24.008 §10.5.3.5a. */
export interface NetworkName {
  readonly text: string;
  /** Cell broadcast data, GSM default alphabet of seven bits (TS 23.038), or UCS2. */
  readonly coding: "GSM" | "UCS2";
  /** The phone should put the letters of the country before the text. */
  readonly addCountryInitials?: boolean;
}

// TS 23.038 §6.2.1 (unchecked), code points 0 to 127; the escape to the extension table (27) has no letter of its own.
const alphabet =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/** The coding that can say the text: the GSM alphabet when it has all letters, else UCS2. */
export const networkName = (text: string, addCountryInitials = false): NetworkName => ({
  text,
  coding: [...text].every((letter) => letter !== "\u001b" && alphabet.includes(letter)) ? "GSM" : "UCS2",
  addCountryInitials,
});

function unpack(octets: Uint8Array, spareBits: number): string {
  const letters = Math.floor((octets.length * 8 - spareBits) / 7);
  let text = "";
  for (let i = 0; i < letters; i++) {
    const bit = i * 7;
    const pair = (octets[bit >> 3] ?? 0) | ((octets[(bit >> 3) + 1] ?? 0) << 8);
    text += alphabet[(pair >> (bit & 7)) & 127];
  }
  return text;
}

function pack(text: string): { octets: Uint8Array; spareBits: number } {
  const octets = new Uint8Array(Math.ceil((text.length * 7) / 8));
  for (let i = 0; i < text.length; i++) {
    const code = alphabet.indexOf(text[i]!);
    if (code < 0) throw new RangeError(`the GSM alphabet lacks ${JSON.stringify(text[i])}`);
    const bit = i * 7;
    const shifted = code << (bit & 7);
    octets[bit >> 3] = octets[bit >> 3]! | (shifted & 0xff);
    if (shifted > 0xff) octets[(bit >> 3) + 1] = shifted >> 8;
  }
  return { octets, spareBits: octets.length * 8 - text.length * 7 };
}

function ucs2(octets: Uint8Array): string {
  let text = "";
  for (let i = 0; i + 1 < octets.length; i += 2) text += String.fromCharCode((octets[i]! << 8) | octets[i + 1]!);
  return text;
}

export const NetworkNameIe: Schema<NetworkName> = custom({
  name: "network name",
  read: (reader: Reader) => {
    const head = reader.u8("coding");
    const scheme = (head >> 4) & 7;
    if (scheme > 1) throw reader.fault("invalid", "coding", `coding scheme ${scheme} is reserved`, reader.at - 1);
    const octets = reader.rest();
    return {
      text: scheme === 1 ? ucs2(octets) : unpack(octets, head & 7),
      coding: scheme === 1 ? "UCS2" : "GSM",
      addCountryInitials: (head & 8) !== 0,
    };
  },
  write: (writer, { text, coding, addCountryInitials = false }) => {
    const initials = addCountryInitials ? 8 : 0;
    if (coding === "UCS2") {
      writer.u8(0x90 | initials);
      for (let i = 0; i < text.length; i++) writer.u16(text.charCodeAt(i));
      return;
    }
    const { octets, spareBits } = pack(text);
    writer.u8(0x80 | initials | spareBits).octets(octets);
  },
  print: ({ text }) => JSON.stringify(text),
  sample: (pick) => {
    const coding = pick(2) === 0 ? "GSM" : "UCS2";
    const letters = coding === "GSM" ? "Freehold 5G@ÄÖ" : "Freehold 网络";
    const text = Array.from({ length: pick(20) }, () => letters[pick(letters.length)]).join("");
    return { text, coding, addCountryInitials: pick(2) === 1 };
  },
});
