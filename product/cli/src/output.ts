import { writeSync } from "node:fs";
import { env, stderr, stdout } from "node:process";

/** How a command speaks: colour where there is a terminal, plain where there is none, and with `--json` one object as the last line. */
export interface Output {
  readonly colour: boolean;
  readonly columns: number;
  line(text?: string): void;
  /** With `--json`: prints the object as the last line of standard output; otherwise nothing. */
  result(value: unknown): void;
  /** A step in progress on standard error; replaced in place on a terminal. */
  progress(text: string): void;
}

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

export function style(colour: boolean): Style {
  const paint = (code: string) => (text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: paint("1"), dim: paint("2"), good: paint("32"), bad: paint("31"), warn: paint("33") };
}

/** @param json lines for people go to standard error then, so that standard output holds the object alone at its end. */
export function output(json: boolean): Output {
  const out = json ? stderr : stdout;
  const colour = out.isTTY === true && env["NO_COLOR"] === undefined && env["TERM"] !== "dumb";
  const live = stderr.isTTY === true && env["TERM"] !== "dumb";
  let standing = false;
  const wipe = (): void => {
    if (standing) writeSync(2, "\r\u001b[K");
    standing = false;
  };
  return {
    colour,
    columns: out.columns ?? 100,
    line(text = "") {
      wipe();
      write(json ? 2 : 1, `${text}\n`);
    },
    result(value) {
      wipe();
      if (json) write(1, `${JSON.stringify(value)}\n`);
    },
    progress(text) {
      if (!live) return;
      wipe();
      writeSync(2, text);
      standing = true;
    },
  };
}

/** Whole and at once, also into a pipe that is full for a moment: a process that exits next loses nothing. */
function write(fd: 1 | 2, text: string): void {
  const octets = new TextEncoder().encode(text);
  for (let at = 0; at < octets.length; ) {
    try {
      at += writeSync(fd, octets, at);
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}
