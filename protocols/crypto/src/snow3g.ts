/** SNOW 3G, ETSI/SAGE specification of UEA2 and UIA2, document 2 (TS 35.216): a word-oriented stream cipher with 128-bit key and IV. */

/** §3.1.1 MULx on one octet. */
const mulx = (v: number, c: number): number => (v & 0x80 ? ((v << 1) ^ c) & 0xff : v << 1);
/** §3.1.2 MULxPOW. */
function mulxPow(v: number, times: number, c: number): number {
  let out = v;
  for (let i = 0; i < times; i++) out = mulx(out, c);
  return out;
}
const word = (a: number, b: number, c: number, d: number): number => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
const table = (of: (octet: number) => number): Uint32Array => Uint32Array.from({ length: 256 }, (_, octet) => of(octet));

/** §3.4.2 and §3.4.3: the feedback's multiplication and division by alpha. */
const mulAlpha = table((c) => word(mulxPow(c, 23, 0xa9), mulxPow(c, 245, 0xa9), mulxPow(c, 48, 0xa9), mulxPow(c, 239, 0xa9)));
const divAlpha = table((c) => word(mulxPow(c, 16, 0xa9), mulxPow(c, 39, 0xa9), mulxPow(c, 6, 0xa9), mulxPow(c, 64, 0xa9)));

/** Product in GF(2^8) modulo the polynomial whose low octet is `c`. */
function product(a: number, b: number, c: number): number {
  let out = 0;
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) out ^= mulxPow(a, bit, c);
  return out;
}
function power(x: number, exponent: number, c: number): number {
  let out = 1;
  for (let i = 0; i < exponent; i++) out = product(out, x, c);
  return out;
}

/** §3.3.1 SR, Rijndael's S-box: inverse (x^254) modulo 0x11b, then its affine map. */
const sr = table((x) => {
  const inverse = power(x, 254, 0x1b);
  let out = 0x63;
  for (let turn = 0; turn < 5; turn++) out ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff;
  return out;
});
/** §3.3.2 SQ: a Dickson polynomial modulo 0x169, plus 0x25. */
const sq = table((x) => [1, 9, 13, 15, 33, 41, 45, 47, 49].reduce((sum, exponent) => sum ^ power(x, exponent, 0x69), 0x25));

/** S1 and S2 as four tables each: what one octet of the input adds to the output word. */
function spread(box: Uint32Array, c: number): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const rows = (order: (s: number, x: number) => number) => table((octet) => order(box[octet]!, mulx(box[octet]!, c)));
  return [
    rows((s, x) => word(x, x ^ s, s, s)),
    rows((s, x) => word(s, x, x ^ s, s)),
    rows((s, x) => word(s, s, x, x ^ s)),
    rows((s, x) => word(x ^ s, s, s, x)),
  ];
}
const s1 = spread(sr, 0x1b);
const s2 = spread(sq, 0x69);
const through = (s: typeof s1, w: number): number => s[0][w >>> 24]! ^ s[1][(w >>> 16) & 0xff]! ^ s[2][(w >>> 8) & 0xff]! ^ s[3][w & 0xff]!;

export class Snow3g {
  /** Sixteen words, of which s0 is at `#first`. */
  readonly #s = new Uint32Array(16);
  #first = 0;
  #r1 = 0;
  #r2 = 0;
  #r3 = 0;

  /** §4.1 initialisation. `key` has 16 octets; `iv` is IV0 to IV3. */
  constructor(key: Uint8Array, iv: readonly [number, number, number, number]) {
    // K0 is the last word of the confidentiality or integrity key, K3 the first (TS 35.215 §3.4).
    const k = [12, 8, 4, 0].map((at) => word(key[at]!, key[at + 1]!, key[at + 2]!, key[at + 3]!));
    for (let i = 0; i < 4; i++) {
      this.#s[i] = this.#s[i + 8] = ~k[i]!;
      this.#s[i + 4] = this.#s[i + 12] = k[i]!;
    }
    this.#s[15]! ^= iv[0];
    this.#s[12]! ^= iv[1];
    this.#s[10]! ^= iv[2];
    this.#s[9]! ^= iv[3];
    for (let i = 0; i < 32; i++) this.#shift(this.#clockFsm());
    this.#clockFsm();
    this.#shift(0);
  }

  #at(i: number): number {
    return this.#s[(this.#first + i) & 15]!;
  }

  /** §3.4.4 and §3.4.5: one step of the shift register; `f` is zero but for initialisation. */
  #shift(f: number): void {
    const s0 = this.#at(0);
    const s11 = this.#at(11);
    const v = (s0 << 8) ^ mulAlpha[s0 >>> 24]! ^ this.#at(2) ^ (s11 >>> 8) ^ divAlpha[s11 & 0xff]! ^ f;
    this.#s[this.#first] = v;
    this.#first = (this.#first + 1) & 15;
  }

  /** §3.4.6 one step of the finite state machine. */
  #clockFsm(): number {
    const f = (((this.#at(15) + this.#r1) >>> 0) ^ this.#r2) >>> 0;
    const r = (this.#r2 + (this.#r3 ^ this.#at(5))) >>> 0;
    this.#r3 = through(s2, this.#r2);
    this.#r2 = through(s1, this.#r1);
    this.#r1 = r;
    return f;
  }

  /** §4.2 the next word of keystream, unsigned. */
  next(): number {
    const z = (this.#clockFsm() ^ this.#at(0)) >>> 0;
    this.#shift(0);
    return z;
  }
}
