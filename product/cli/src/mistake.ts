/** What the user did wrong, in one line: what is wrong, where, and what to do. Printed without a stack; exit code 2. */
export class Mistake extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Mistake";
  }
}

/** Exit codes of every command. */
export const Exit = {
  ok: 0,
  /** The command ran and something did not hold: a test failed, a phone did not register. */
  failed: 1,
  /** The user's mistake: command line, configuration, a file. */
  mistake: 2,
  /** This machine lacks what was asked for (sysexits EX_UNAVAILABLE). */
  unavailable: 69,
} as const;

/** A file-system error in the user's words. */
export function fileMistake(path: string, error: unknown): Mistake {
  const code = (error as { code?: string }).code;
  const why: Record<string, string> = {
    ENOENT: "there is no such file; check the path",
    EACCES: "it may not be read by this user; change its mode or run as its owner",
    EISDIR: "it is a folder; name a file",
    EEXIST: "it is there already: name another, or remove it",
    ENOTDIR: "part of the path is not a folder",
  };
  return new Mistake(`${path}: ${(code !== undefined && why[code]) || String((error as Error).message ?? error)}`);
}

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program has it: stop that, or change the address or port in",
  EADDRNOTAVAIL: "this machine does not have that address: name one of its own in",
  EACCES: "that needs a privilege this user lacks: run as root, or choose another transport, port or path in",
  EPERM: "that needs a privilege this user lacks: run as root, or choose another transport or path in",
};

/** A fault of an address, port or device in one line, with what to do about it in `file`. */
export function withRemedy(error: { readonly message: string; readonly code?: string | undefined }, file: string): string {
  const what = error.code === undefined ? undefined : remedies[error.code];
  return what === undefined ? error.message : `${error.message}; ${what} ${file}`;
}
