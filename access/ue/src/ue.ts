import { type CheckedUeConfig, checkedUeConfig, type SessionRequest, type UeConfig, type UeWorld } from "./config.ts";
import type { RegisterOptions } from "./mm/registration.ts";
import type { Granted, UeEvent } from "./phone.ts";
import { RunningPhone } from "./running-phone.ts";
import { establishment } from "./sm/establishment.ts";
import type { Session } from "./sm/session.ts";
import type { UeState } from "./state.ts";

/** A phone that is switched on. */
export interface Ue extends AsyncDisposable {
  readonly config: CheckedUeConfig;
  readonly sessions: readonly Session[];
  /** TS 24.501 §5.5.1.2. Rejects with a `UeError`: `Rejected` ("Registration reject: #62 No network slices available"), `NoAnswer`, `NetworkRefused`, `NotAllowed`. */
  register(options?: RegisterOptions): Promise<Granted>;
  /** TS 24.501 §6.4.1. Rejects with a `UeError`. */
  establish(request?: SessionRequest): Promise<Session>;
  /** Registers and establishes the sessions of the configuration, one after the other. */
  bringUp(options?: RegisterOptions): Promise<readonly Session[]>;
  /** TS 24.501 §5.5.2.2: resolves when deregistered and released. */
  deregister(options?: { readonly switchOff?: boolean }): Promise<void>;
  /** Everything that happens, as it happens. */
  onEvent: (event: UeEvent) => void;
  state(): UeState;
  /** Leaves the cell without a word: as if the battery were taken out. */
  close(): Promise<void>;
}

/** Switches a phone on: it camps on its cell. Rejects with RangeError for a configuration that cannot be, NoAnswer when no cell answers. */
export async function startUe(config: UeConfig, world: UeWorld): Promise<Ue> {
  const phone = new RunningPhone(checkedUeConfig(config), world);
  try {
    await phone.connection.camp(phone.scope);
  } catch (error) {
    await phone.close();
    throw error;
  }
  return new FacedUe(phone);
}

class FacedUe implements Ue {
  readonly #phone: RunningPhone;
  onEvent: Ue["onEvent"] = () => {};

  constructor(phone: RunningPhone) {
    this.#phone = phone;
    phone.onEvent = (event) => this.onEvent(event);
  }

  get config(): CheckedUeConfig {
    return this.#phone.config;
  }

  get sessions(): readonly Session[] {
    return [...this.#phone.sessions.values()];
  }

  register(options: RegisterOptions = {}): Promise<Granted> {
    return this.#phone.register(options);
  }

  async establish(request: SessionRequest = {}): Promise<Session> {
    const phone = this.#phone;
    const scope = phone.scope.child("PDU session establishment");
    try {
      return await establishment(phone, scope, request);
    } finally {
      await scope.close();
    }
  }

  async bringUp(options: RegisterOptions = {}): Promise<readonly Session[]> {
    await this.register(options);
    for (const request of this.config.sessions ?? []) await this.establish(request);
    return this.sessions;
  }

  deregister({ switchOff = false }: { readonly switchOff?: boolean } = {}): Promise<void> {
    return this.#phone.deregister(switchOff);
  }

  state(): UeState {
    return this.#phone.state();
  }

  close(): Promise<void> {
    return this.#phone.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
