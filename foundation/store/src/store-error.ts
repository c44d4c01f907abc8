/** The store as a whole cannot do its work. The message is one line: the file, what is wrong, what to do. */
export class StoreError extends Error {
  /** Which of the causes that an operator can act on. */
  readonly code: "unreadable" | "locked" | "damaged" | "newer" | "full" | "closed" | "failed";
  constructor(code: StoreError["code"], message: string) {
    super(message);
    this.name = "StoreError";
    this.code = code;
  }
}

/** A call after `close`. */
export class StoreClosed extends StoreError {
  constructor() {
    super("closed", "the store is closed");
  }
}
