/** Serial numbers that wrap (RFC 1982; RFC 9260 §1.6): TSNs have 32 bits, SSNs 16. */

export const tsnPlus = (tsn: number, by: number): number => (tsn + by) >>> 0;
/** How far `a` is after `b`: negative when it is before. */
export const tsnGap = (a: number, b: number): number => (a - b) | 0;
export const ssnPlus = (ssn: number, by: number): number => (ssn + by) & 0xffff;
/** How far SSN `a` is after `b`: negative when it is before. */
export const ssnGap = (a: number, b: number): number => ((a - b) << 16) >> 16;
