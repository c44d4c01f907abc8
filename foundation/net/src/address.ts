import { isIP } from "node:net";
import type { Address } from "./ports.ts";
import { PortError } from "./ports.ts";

/** `127.0.0.1:2152`, `[::1]:2152`. */
export const showAddress = ({ host, port }: Address): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);

/** 4 or 6; a host name is refused, so that nothing here ever asks a resolver. */
export function familyOf(host: string): 4 | 6 {
  const family = isIP(host);
  if (family !== 4 && family !== 6) throw new PortError("EINVAL", `${JSON.stringify(host)} is not an IP address`);
  return family;
}

/** The `PortError` for what a system call or Node threw: with the errno name where there is one, be it the cause's. */
export function portError(what: string, error: unknown): PortError {
  if (error instanceof PortError) return error;
  const names: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) if ("code" in at && typeof at.code === "string") names.push(at.code);
  const code = names.find((name) => !name.startsWith("ERR_")) ?? names[0] ?? "EIO";
  // The system's own text repeats call, code and address.
  const why = error instanceof Error ? ("syscall" in error ? code : error.message) : String(error);
  return new PortError(code, `${what}: ${why}`, { cause: error });
}
