/** The lines of two texts, each with where it stands: in both, only in the one, only in the other; by their longest common subsequence. */
export function compareLines(
  one: readonly string[],
  other: readonly string[],
): { readonly mark: " " | "-" | "+"; readonly line: string }[] {
  // common[i][j]: how long the subsequence of one from i and other from j is.
  const common = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      common[i]![j] = one[i] === other[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: { mark: " " | "-" | "+"; line: string }[] = [];
  for (let i = 0, j = 0; i < one.length || j < other.length; ) {
    if (i < one.length && j < other.length && one[i] === other[j]) {
      lines.push({ mark: " ", line: one[i++]! });
      j++;
    } else if (j >= other.length || (i < one.length && common[i + 1]![j]! >= common[i]![j + 1]!))
      lines.push({ mark: "-", line: one[i++]! });
    else lines.push({ mark: "+", line: other[j++]! });
  }
  return lines;
}
