import { pseudonyms } from "@freehold/model";
import { http2, LocalNetwork, local } from "@freehold/sbi";
import type { FreeholdConfig } from "./config/types.ts";
import { type Carriage, type Running, startFunction } from "./functions.ts";
import { type FunctionName, functionNames } from "./names.ts";
import type { SystemWorld } from "./world.ts";

/** A whole core in one process. */
export interface Core extends AsyncDisposable {
  readonly functions: ReadonlyMap<FunctionName, Running>;
  /** Each function's view, as plain data. */
  state(): Readonly<Record<string, unknown>>;
}

/** The carrier that the configuration asks for: inside the process as they are, or every call over HTTP/2. */
export function carriageOf(config: FreeholdConfig): Carriage {
  const network = new LocalNetwork();
  const inside = local(network, { form: "shared" });
  return config.sbi.carrier === "http2" ? { network, carrier: http2, listen: true } : { network, carrier: inside, listen: false };
}

/**
 * Starts every function, those first that others need; when one cannot start, those before it end again.
 * @param userPlane starts the UPF; by default in the same world as the rest. Undefined of it: it stands elsewhere.
 */
export async function startCore(
  config: FreeholdConfig,
  world: SystemWorld,
  carriage: Carriage = carriageOf(config),
  userPlane: (world: SystemWorld) => Promise<Running | undefined> = (shared) => startFunction("upf", config, shared, carriage),
): Promise<Core> {
  await using boot = new AsyncDisposableStack();
  const functions = new Map<FunctionName, Running>();
  const shared: SystemWorld = { ...world, pseudonym: world.pseudonym ?? pseudonyms(world.random(16)) };
  for (const name of functionNames) {
    const started = name === "upf" ? await userPlane(shared) : await startFunction(name, config, shared, carriage);
    if (started !== undefined) functions.set(name, boot.use(started));
  }
  const stack = boot.move();
  return {
    functions,
    state: () => Object.fromEntries([...functions].map(([name, running]) => [name, running.state()])),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
