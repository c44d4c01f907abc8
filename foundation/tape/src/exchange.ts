import type { TapeEntry } from "./entry.ts";

/** The status when the entry is the response of an HTTP exchange. */
export function statusOf({ carriage }: TapeEntry): number | undefined {
  return carriage.kind === "http2" && "status" in carriage.half ? carriage.half.status : undefined;
}

/** The same for the request and the response of one exchange, and for no other on this tape; undefined for what is no exchange. */
export function exchangeOf({ carriage }: TapeEntry): string | undefined {
  if (carriage.kind !== "http2") return undefined;
  const { src, dst, exchange } = carriage;
  return `${src.host} ${src.port} ${dst.host} ${dst.port} ${exchange}`;
}
