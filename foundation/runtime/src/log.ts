import type { Log, LogLevel } from "./ports.ts";

const order: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const paint: Record<LogLevel, string> = { debug: "\x1b[2m", info: "\x1b[36m", warn: "\x1b[33m", error: "\x1b[31m" };

export interface LogOptions {
  /** Lines below it are not written. */
  level?: LogLevel;
  /** One JSON object a line instead of text. */
  json?: boolean;
  colour?: boolean;
  /** Time of a line, ms since 1970; by default the wall clock. */
  now?: () => number;
}

export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

type Sink = (level: LogLevel, event: string, fields: Record<string, unknown>) => void;
type Fields = Record<string, unknown>;

/** A `Log` over one function. Every phone has one: it holds no more than what it says in each line. */
class Over implements Log {
  readonly #sink: Sink;
  readonly #carried: Fields;

  constructor(sink: Sink, carried: Fields = {}) {
    this.#sink = sink;
    this.#carried = carried;
  }

  debug(event: string, fields?: Fields): void {
    this.#line("debug", event, fields);
  }

  info(event: string, fields?: Fields): void {
    this.#line("info", event, fields);
  }

  warn(event: string, fields?: Fields): void {
    this.#line("warn", event, fields);
  }

  error(event: string, fields?: Fields): void {
    this.#line("error", event, fields);
  }

  child(fields: Fields): Log {
    return new Over(this.#sink, { ...this.#carried, ...fields });
  }

  #line(level: LogLevel, event: string, fields: Fields | undefined): void {
    this.#sink(level, event, fields === undefined ? this.#carried : { ...this.#carried, ...fields });
  }
}

/** Writes each line to `write`, without its newline. Control characters of foreign text are escaped, so a peer cannot forge a line. */
export function consoleLog(
  write: (line: string) => void,
  { level = "info", json = false, colour = false, now = Date.now }: LogOptions = {},
): Log {
  return new Over((at, event, fields) => {
    if (order[at] < order[level]) return;
    const time = new Date(now()).toISOString();
    if (json) return write(JSON.stringify({ time, level: at, event, ...(plain(fields, 0) as object) }));
    const tail = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${clean(name)}=${text(value)}`)
      .join("");
    const [on, dim, off] = colour ? [paint[at], "\x1b[2m", "\x1b[0m"] : ["", "", ""];
    write(`${dim}${time.slice(11, 23)}${off} ${on}${at.padEnd(5)}${off} ${clean(event)}${tail && `${dim}${tail}${off}`}`);
  });
}

/** Keeps its lines, for tests and for the console's last page: the newest `limit`. */
export function memoryLog(limit = 10_000): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const log = new Over((level, event, fields) => {
    lines.push({ level, event, fields });
    if (lines.length > limit) lines.shift();
  });
  return Object.assign(log, { lines });
}

export const silentLog: Log = new Over(() => {});

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const clean = (foreign: string): string => foreign.replace(control, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

function text(value: unknown): string {
  const flat = plain(value, 0);
  if (typeof flat === "string") return /^[^\s"=]+$/.test(flat) ? clean(flat) : clean(JSON.stringify(flat));
  return clean(JSON.stringify(flat) ?? String(flat));
}

/** A value as JSON can carry it. Octets print as their number, an error as its message; a type with its own toJSON decides itself. */
function plain(value: unknown, depth: number): unknown {
  try {
    if (typeof value === "bigint") return value.toString();
    if (typeof value === "function" || typeof value === "symbol") return `‹${typeof value}›`;
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Error)
      return "code" in value && typeof value.code === "string" ? `${value.code}: ${value.message}` : value.message;
    if (ArrayBuffer.isView(value)) return `‹${value.byteLength} octets›`;
    if ("toJSON" in value && typeof value.toJSON === "function") return value.toJSON();
    if (depth > 6) return "‹deeper›";
    if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
    if (value instanceof Map || value instanceof Set) return [...value].map((item) => plain(item, depth + 1));
    const own = Object.getPrototypeOf(value);
    if (own !== Object.prototype && own !== null && value.toString !== Object.prototype.toString) return value.toString();
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, depth + 1)]));
  } catch {
    return "‹unprintable›";
  }
}
