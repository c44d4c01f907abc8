import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const key = "465b5ce8b199b49faa5f0a2ee238a6bc";
export const opc = "cd63cb71954a9f4e48a5994e37a02baf";

/** A command that stays. */
export interface Staying {
  readonly child: ChildProcess;
  /** What it has printed so far, both streams. */
  said(): string;
}

/** A person at a terminal: a folder, and `./freehold` in it. UDP carries SCTP, on loopback addresses of this terminal's own. */
export class Terminal implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "freehold-terminal-"));
  readonly net = `127.${64 + Math.floor(Math.random() * 128)}.${1 + Math.floor(Math.random() * 250)}`;
  readonly #program = join(import.meta.dirname, "../../../freehold");
  readonly #staying: ChildProcess[] = [];

  write(name: string, text: string): string {
    writeFileSync(join(this.folder, name), text);
    return name;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  /** A printed configuration, moved to this terminal's addresses. */
  moved(text: string): string {
    return text.replaceAll(/127\.0\.0\.(\d+)/g, `${this.net}.$1`).replace("transport: auto", "transport: udp");
  }

  /** A command that ends. */
  run(...args: string[]): { readonly status: number | null; readonly out: string } {
    const { status, stdout, stderr } = spawnSync(this.#program, args, { cwd: this.folder, encoding: "utf8", timeout: 60_000 });
    return { status, out: stdout + stderr };
  }

  /** A command that stays: resolves once it has said `ready`. */
  stays(ready: RegExp, ...args: string[]): Promise<Staying> {
    const child = spawn(this.#program, args, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    this.#staying.push(child);
    let text = "";
    return new Promise((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        text += chunk;
        if (ready.test(text)) resolve({ child, said: () => text });
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("exit", (code) => reject(new Error(`${args[0]} ended with ${code}: ${text}`)));
    });
  }

  /** Own configuration, `count` subscribers with the test key, and the files of a gNB and of phones. */
  prepare(count: number): string {
    this.run("init");
    this.write("freehold.yaml", this.moved(this.read("freehold.yaml")));
    const added = this.run("subscriber", "add", "--imsi", "001010000000001", "--count", `${count}`, "--k", key, "--opc", opc);
    this.write("gnb.yaml", this.moved(this.run("gnb", "--init").out));
    this.write("ue.yaml", this.moved(this.run("ue", "--init").out));
    return added.out;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#staying.reverse()) await end(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ends a command as Ctrl-C does, or by `signal`, and waits for it. */
export const end = (child: ChildProcess, signal: NodeJS.Signals = "SIGINT"): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => {
        child.once("exit", resolve);
        child.kill(signal);
      });
