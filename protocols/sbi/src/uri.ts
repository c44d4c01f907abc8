/** An absolute http(s) URI in the parts that a call needs, or undefined. Only literals and names; userinfo and fragments are refused. */
export interface Target {
  /** `http://127.0.0.5:8080` */
  readonly origin: string;
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Path with query, at least "/". */
  readonly path: string;
}

const SHAPE = /^(https?):\/\/(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?(\/[!-~]*)?$/;

export function parseUri(text: string): Target | undefined {
  if (text.length > 4_096) return undefined;
  const m = SHAPE.exec(text);
  if (m === null || text.includes("#")) return undefined;
  const secure = m[1] === "https";
  const port = m[3] === undefined ? (secure ? 443 : 80) : Number(m[3]);
  if (port === 0 || port > 65_535) return undefined;
  const host = m[2] ?? "";
  return { origin: `${m[1]}://${host}:${port}`, secure, host: host.replace(/^\[|\]$/g, ""), port, path: m[4] ?? "/" };
}

/** One segment or query value, decoded; undefined when the encoding is wrong or it holds control characters, a separator or a dot segment. */
export function decodeSegment(raw: string): string | undefined {
  let text: string;
  try {
    text = decodeURIComponent(raw);
  } catch {
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f/\\]/.test(text) || text === "." || text === ".." || text === "") return undefined;
  return text;
}

/** Names in braces of a path template. */
export type NamesOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesOf<Rest> : never;

/** `/a/{b}` with `{b: "c"}` is `/a/c`. */
export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{([^}]*)\}/g, (_, name: string) => encodeURIComponent(String(values[name])).replaceAll("%40", "@"));
}
