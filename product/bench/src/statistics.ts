/** The middle of the values, or the mean of the two in the middle. RangeError when there is none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The smallest value that `p` per cent of the values do not exceed (nearest rank). RangeError when there is none, or `p` is not in 0-100. */
export function percentile(values: readonly number[], p: number): number {
  if (!(p >= 0 && p <= 100)) throw new RangeError(`${p} per cent of the values`);
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]!;
}

function ascending(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new RangeError("a statistic of no values");
  return values.toSorted((a, b) => a - b);
}

/** As many decimals as the figure can bear: printed figures promise no more than was measured. */
export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

/**
 * Runs `work` for every index, at most `width` at a time; the order of starting is that of the indices. `pace`, where given, is awaited before
 * each one begins.
 */
export async function bounded(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
  pace?: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      await pace?.(index);
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}
