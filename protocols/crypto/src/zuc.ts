/** ZUC, ETSI/SAGE specification of 128-EEA3 and 128-EIA3, document 2 (TS 35.222): a word-oriented stream cipher over GF(2^31 - 1). */
import { hex } from "@freehold/wire";

/** §3.4.2 the S-boxes: constants of the algorithm. */
const s0 = hex(`
3e725b47cae0003304d1549809b96dcb 7b1bf932af9d6aa5b82dfc1d08530390 4d4e8499e4ced991ddb685488b296eac cdc1f81e734369c6b5bdfd396320d438
767db2a7cfed57c5f32cbb142106559b e3ef5e314f7f5aa40d8251495fba581c 4a16d517a892241f8cffd8ae2e01d3ad 3b4bda46ebc9de9a8f87d73a806f2fc8
b1b437f70a2213287ccc3c89c7c39656 07bf7ef00b2b975235417961a64c10fe bc2695888ab0a3fbc01894f2e1e5e95d d0dc1166645cec59427512f5749caa23
0e86abbe2a02e767e644a26cc2939ff1 f6fa36d250689e6271153dd640c4e20f 8e83776b25053f0c30ea70b7a1e8a965 8d271adb81b3a0f4457a19dfee783460`);
const s1 = hex(`
55c263713bc847869f3cda5b29aafd77 8cc5940ca61a1300e3a8167240f9f842 4426689681d9453e1076c6a78b3943e1 3ab5562ac06db3052266bfdc0bfa6248
dd20110636c9c1cff62752bb69f5d487 7f844cd29c57a4bc4f9adffed68d7aeb 2b53d85ca11417fb23d57d3067730809 eeb7703f61b2198e4ee54b938f5ddba9
adf1ae2ecb0dfcf42d466e1d97e8d1e9 4d37a5755e839eab829db91ce0cd4989 01b6bd5824a25f387899159050b895e4 d091c7ceed0fb46fa0ccf0024a79c3de
a3efea51e66b18ec1b2c80f774e7ff21 5a6a541e41319235c433070aba7e0e34 88b1987cf33d606c7bcad31f32650428 64be859b2f598ad7b025acaf1203e2f2`);

/** §3.5 the constants of key loading, 15 bits each. */
const d = [
  0x44d7, 0x26bc, 0x626b, 0x135e, 0x5789, 0x35e2, 0x7135, 0x09af, 0x4d78, 0x2f13, 0x6bc4, 0x1af1, 0x5e26, 0x3c4d, 0x789a, 0x47ac,
] as const;

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
const l1 = (x: number): number => x ^ rotate(x, 2) ^ rotate(x, 10) ^ rotate(x, 18) ^ rotate(x, 24);
const l2 = (x: number): number => x ^ rotate(x, 8) ^ rotate(x, 14) ^ rotate(x, 22) ^ rotate(x, 30);
const substitute = (x: number): number =>
  (s0[x >>> 24]! << 24) | (s1[(x >>> 16) & 0xff]! << 16) | (s0[(x >>> 8) & 0xff]! << 8) | s1[x & 0xff]!;

/** x·2^by modulo 2^31 - 1: a rotation of 31 bits. */
const times = (x: number, by: number): number => ((x << by) | (x >>> (31 - by))) & 0x7fffffff;
/** a + b modulo 2^31 - 1. */
function add(a: number, b: number): number {
  const sum = a + b;
  return (sum & 0x7fffffff) + (sum >>> 31);
}

export class Zuc {
  /** Sixteen cells of 31 bits, of which s0 is at `#first`. */
  readonly #s = new Uint32Array(16);
  #first = 0;
  #r1 = 0;
  #r2 = 0;

  /** §3.6.1 initialisation. `key` and `iv` have 16 octets. */
  constructor(key: Uint8Array, iv: Uint8Array) {
    for (let i = 0; i < 16; i++) this.#s[i] = ((key[i]! << 23) | (d[i]! << 8) | iv[i]!) >>> 0;
    for (let i = 0; i < 32; i++) this.#shift(this.#f() >>> 1);
    this.#f();
    this.#shift(0);
  }

  #at(i: number): number {
    return this.#s[(this.#first + i) & 15]!;
  }

  /** §3.2 one step of the shift register; `u` is zero but for initialisation. */
  #shift(u: number): void {
    const s0 = this.#at(0);
    let v = add(s0, times(s0, 8));
    v = add(v, times(this.#at(4), 20));
    v = add(v, times(this.#at(10), 21));
    v = add(v, times(this.#at(13), 17));
    v = add(v, times(this.#at(15), 15));
    v = add(v, u);
    this.#s[this.#first] = v === 0 ? 0x7fffffff : v;
    this.#first = (this.#first + 1) & 15;
  }

  /** §3.3 one word of the bit reorganisation: the high half of one cell, or its low half, beside that of another. */
  #x(high: number, low: number): number {
    return ((high & 0xffff) << 16) | (low & 0xffff);
  }

  /** §3.4 the nonlinear function; unsigned. */
  #f(): number {
    const x0 = this.#x(this.#at(15) >>> 15, this.#at(14));
    const x1 = this.#x(this.#at(11), this.#at(9) >>> 15);
    const x2 = this.#x(this.#at(7), this.#at(5) >>> 15);
    const w = ((x0 ^ this.#r1) + this.#r2) >>> 0;
    const w1 = (this.#r1 + x1) | 0;
    const w2 = this.#r2 ^ x2;
    this.#r1 = substitute(l1((w1 << 16) | (w2 >>> 16)));
    this.#r2 = substitute(l2((w2 << 16) | (w1 >>> 16)));
    return w;
  }

  /** §3.6.2 the next word of keystream, unsigned. */
  next(): number {
    const x3 = this.#x(this.#at(2), this.#at(0) >>> 15);
    const z = (this.#f() ^ x3) >>> 0;
    this.#shift(0);
    return z;
  }
}
