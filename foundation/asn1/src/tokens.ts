/** Lexical items of ASN.1 (ITU-T X.680 clause 12). */

export type TokenKind = "word" | "number" | "text" | "binary" | "hexadecimal" | "mark" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
}

/** A module that is not ASN.1, or uses a part of it that is not supported here. Modules come from their owner, so this is thrown. */
export class SyntaxFault extends Error {
  constructor(message: string, line: number) {
    super(line > 0 ? `line ${line}: ${message}` : message);
    this.name = "SyntaxFault";
  }
}

const marks = ["::=", "...", "..", "[[", "]]", ...'{}()[],|^@.&:;<>-*="!'].filter((m) => m !== '"');
const pattern = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<comment>--|/\*)`,
    "(?<word>[A-Za-z](?:-?[A-Za-z0-9])*)",
    String.raw`(?<number>\d+)`,
    '(?<text>"(?:[^"]|"")*")',
    String.raw`(?<binary>'[01\s]*'B)`,
    String.raw`(?<hexadecimal>'[0-9A-F\s]*'H)`,
    `(?<mark>${marks.map((m) => m.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`,
  ].join("|"),
  "y",
);

/** The end of the comment that begins at `at`: `--` to the next `--` or the end of the line, or a nesting slash-star pair (X.680 12.6). */
function commentEnd(source: string, at: number): number {
  if (source.startsWith("--", at)) {
    for (let i = at + 2; i < source.length; i++) {
      if (source[i] === "\n") return i;
      if (source.startsWith("--", i)) return i + 2;
    }
    return source.length;
  }
  let depth = 0;
  for (let i = at; i < source.length; i++) {
    if (source.startsWith("/*", i)) depth++;
    else if (source.startsWith("*/", i) && --depth === 0) return i + 2;
  }
  return source.length;
}

export function tokenise(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  const count = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (source.charCodeAt(i) === 10) line++;
  };
  while (at < source.length) {
    pattern.lastIndex = at;
    const groups = pattern.exec(source)?.groups;
    if (groups === undefined) throw new SyntaxFault(`unexpected character ${JSON.stringify(source[at])}`, line);
    let end = pattern.lastIndex;
    if (groups["comment"] !== undefined) end = commentEnd(source, at);
    else {
      for (const kind of ["word", "number", "text", "binary", "hexadecimal", "mark"] as const) {
        const text = groups[kind];
        if (text !== undefined) tokens.push({ kind, text, line });
      }
    }
    count(at, end);
    at = end;
  }
  tokens.push({ kind: "end", text: "", line });
  return tokens;
}
