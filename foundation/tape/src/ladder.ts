import { type Alias, aliases, printable } from "./alias.ts";
import type { TapeEntry } from "./entry.ts";
import { exchangeOf, statusOf } from "./exchange.ts";

export interface LadderOptions {
  /** Columns of the terminal; 110 when not given. Only message names give way. */
  readonly width?: number;
  /** ANSI colours: one per reference point. */
  readonly colour?: boolean;
  /** Plain ASCII in place of box drawing. */
  readonly ascii?: boolean;
  /** A row for each HTTP answer; without it the answer stands behind its request. */
  readonly answers?: boolean;
  /** What to print for a phone where there are several. */
  readonly alias?: Alias;
}

/** From the phone inwards; functions that are not named here follow in order of appearance. */
const order = ["UE", "gNB", "AMF", "SMF", "UPF", "AUSF", "UDM", "UDR", "PCF", "NSSF", "NRF", "SMSF", "NEF", "AF", "SCP", "SEPP", "DN"];

const drawing = {
  box: { life: "│", out: "├", back: "┤", line: "─", answer: "╌", cross: "┼", right: "►", left: "◄", self: "●", cut: "…", reply: "→" },
  ascii: { life: "|", out: "+", back: "+", line: "-", answer: ".", cross: "|", right: ">", left: "<", self: "o", cut: "~", reply: "->" },
} as const;

/** SGR parameters. */
const colours: Record<TapeEntry["interface"], string> = { N1: "32", N2: "36", N3: "33", N4: "35", N6: "33", SBI: "34" };
const dim = "2";
const bold = "1";
const red = "31";

/** Columns of the time, with the space behind it. */
const timeWidth = 10;

interface Rung {
  readonly entry: TapeEntry;
  /** The answer that stands behind its request. */
  readonly answer: TapeEntry | undefined;
}

/**
 * The tape as a figure: a column per function, a row per message with its time since the first in milliseconds, its arrow and its name.
 * `lanes` names the columns and their order; entries between other functions are left out. Gives lines without a last newline.
 */
export function ladder(entries: readonly TapeEntry[], lanes: readonly string[] = lanesOf(entries), options: LadderOptions = {}): string {
  const shown = entries.filter((e) => lanes.includes(e.from) && lanes.includes(e.to));
  const rungs = options.answers ? shown.map((entry) => ({ entry, answer: undefined })) : fold(shown);
  const sheet = new Sheet(lanes, rungs, options);
  const names = sheet.names();
  const rows = rungs.map((rung) => sheet.row(rung));
  return [names, ...rows, ...(rows.length > 30 ? [names] : [])].join("\n");
}

function lanesOf(entries: readonly TapeEntry[]): string[] {
  const found = new Set(entries.flatMap((e) => [e.from, e.to]));
  const rank = (lane: string): number => {
    // "UE 2" and "gNB-1" stand with their kind
    const at = order.findIndex((name) => lane === name || (lane.startsWith(name) && /^[\s\d-]/.test(lane.slice(name.length))));
    return at < 0 ? order.length : at;
  };
  return [...found].sort((a, b) => rank(a) - rank(b));
}

/** Each answer behind its request; an answer without one, or of another pair of functions, keeps its row. */
function fold(entries: readonly TapeEntry[]): Rung[] {
  const rungs: { entry: TapeEntry; answer: TapeEntry | undefined }[] = [];
  const open = new Map<string, { entry: TapeEntry; answer: TapeEntry | undefined }>();
  for (const entry of entries) {
    const exchange = exchangeOf(entry);
    if (exchange !== undefined && statusOf(entry) !== undefined) {
      const request = open.get(exchange);
      if (request !== undefined && request.entry.from === entry.to) {
        request.answer = entry;
        open.delete(exchange);
        continue;
      }
    }
    const rung = { entry, answer: undefined };
    rungs.push(rung);
    if (exchange !== undefined) open.set(exchange, rung);
  }
  return rungs;
}

class Sheet {
  readonly #lanes: readonly string[];
  readonly #draw: (typeof drawing)["box"] | (typeof drawing)["ascii"];
  readonly #options: LadderOptions;
  readonly #alias: Alias | undefined;
  readonly #start: number;
  readonly #width: number;
  /** Columns from one lifeline to the next. */
  readonly #gap: number;
  /** The column of the first lifeline. */
  readonly #left: number;

  constructor(lanes: readonly string[], rungs: readonly Rung[], options: LadderOptions) {
    this.#lanes = lanes;
    this.#options = options;
    this.#draw = options.ascii ? drawing.ascii : drawing.box;
    const phones = new Set(rungs.flatMap((r) => r.entry.ue ?? []));
    this.#alias = phones.size > 1 ? (options.alias ?? aliases()) : undefined;
    this.#start = rungs[0]?.entry.at ?? 0;
    this.#width = options.width ?? 110;
    const nameLength = Math.max(2, ...lanes.map((l) => l.length));
    this.#left = timeWidth + Math.ceil(nameLength / 2);
    const longest = Math.max(0, ...rungs.map((r) => this.#label(r).length));
    const spare = this.#width - this.#left - 4 - longest;
    this.#gap = Math.min(Math.max(Math.floor(spare / Math.max(1, lanes.length - 1)), nameLength + 1, 5), 14);
  }

  names(): string {
    const cells = Array<string>(this.#column(this.#lanes.length - 1) + 8).fill(" ");
    [..."ms"].forEach((c, i) => {
      cells[timeWidth - 4 + i] = c;
    });
    this.#lanes.forEach((lane, i) => {
      const from = this.#column(i) - Math.floor((lane.length - 1) / 2);
      [...lane].forEach((c, n) => {
        cells[from + n] = c;
      });
    });
    return this.#paint(bold, cells.join("").trimEnd());
  }

  row(rung: Rung): string {
    const { entry, answer } = rung;
    const time = (entry.at - this.#start).toFixed(1).padStart(timeWidth - 2);
    const from = this.#lanes.indexOf(entry.from);
    const to = this.#lanes.indexOf(entry.to);
    const room = this.#width - this.#column(this.#lanes.length - 1) - 4;
    const label = this.#clip(this.#label(rung), room);
    const failed = (statusOf(answer ?? entry) ?? 0) >= 400;
    const note = answer?.note ?? entry.note;
    const noteText = note === undefined ? "" : this.#clip(printable(`  ${note}`), room - label.length);
    return (
      `${this.#paint(dim, time)}${" ".repeat(this.#column(0) - time.length)}${this.#rung(entry, from, to)}   ` +
      `${this.#paint(failed ? red : colours[entry.interface], label)}${this.#paint(dim, noteText)}`
    ).trimEnd();
  }

  #column(lane: number): number {
    return this.#left + lane * this.#gap;
  }

  /** Everything from the first lifeline to the last. */
  #rung(entry: TapeEntry, from: number, to: number): string {
    const draw = this.#draw;
    const low = Math.min(from, to);
    const high = Math.max(from, to);
    const line = statusOf(entry) === undefined ? draw.line : draw.answer;
    const lifelines = (begin: number, end: number): string => {
      let text = "";
      for (let lane = begin; lane < end; lane++) text += draw.life + " ".repeat(this.#gap - 1);
      return text;
    };
    const before = lifelines(0, low);
    let arrow: string = draw.self;
    if (low !== high) {
      const span = line.repeat(this.#gap - 1);
      const stroke = Array<string>(high - low)
        .fill(span)
        .join(draw.cross);
      arrow =
        from < to ? `${draw.out}${stroke.slice(0, -1)}${draw.right}${draw.life}` : `${draw.life}${draw.left}${stroke.slice(1)}${draw.back}`;
    }
    const last = this.#lanes.length - 1;
    const after = high < last ? " ".repeat(this.#gap - 1) + lifelines(high + 1, last) + draw.life : "";
    return this.#paint(dim, before) + this.#paint(colours[entry.interface], arrow) + this.#paint(dim, after);
  }

  #label({ entry, answer }: Rung): string {
    let text = entry.message;
    const own = statusOf(entry);
    if (own !== undefined) text += ` ${own}`;
    if (answer !== undefined) text += ` ${this.#draw.reply} ${statusOf(answer)}, ${(answer.at - entry.at).toFixed(1)} ms`;
    if (this.#alias !== undefined && entry.ue !== undefined) text = `${this.#alias(entry.ue)}: ${text}`;
    return printable(text);
  }

  #clip(text: string, room: number): string {
    if (text.length <= room) return text;
    return room < 1 ? "" : text.slice(0, room - 1) + this.#draw.cut;
  }

  #paint(parameter: string, text: string): string {
    return this.#options.colour && text !== "" ? `\u001b[${parameter}m${text}\u001b[0m` : text;
  }
}
