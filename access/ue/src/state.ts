import { gutiText, sNssaiText, taiText } from "@freehold/model";
import type { MmState, RefusalReason } from "./phone.ts";
import type { RunningPhone } from "./running-phone.ts";

/** `state()`: plain data without keys. */
export interface UeState {
  readonly supi: string;
  readonly mm: MmState;
  readonly connected: boolean;
  readonly cell: { readonly gnb: string; readonly tai: string } | undefined;
  readonly guti: string | undefined;
  readonly security:
    | { readonly ngKsi: number; readonly nea: number; readonly nia: number; readonly uplink: number; readonly downlink: number }
    | undefined;
  readonly asSecurity: { readonly nea: number; readonly nia: number } | undefined;
  readonly networkName: { readonly full?: string; readonly short?: string };
  readonly allowedNssai: readonly string[];
  readonly rejectedNssai: readonly string[];
  readonly tais: readonly string[];
  readonly sessions: readonly {
    readonly id: number;
    readonly dnn: string | undefined;
    readonly sNssai: string | undefined;
    readonly type: string;
    readonly ip: string | undefined;
    readonly dns: readonly string[];
    readonly mtu: number;
    readonly qfi: number;
    readonly packets: { readonly uplink: number; readonly downlink: number };
  }[];
  /** Milliseconds left of each timer that runs. */
  readonly timers: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Partial<Record<RefusalReason, number>>>;
  /** State of the USIM's SQN window, to begin with another time. */
  readonly sqn: readonly number[];
}

export function stateOf(phone: RunningPhone): UeState {
  const { cell, connected, asSecurity } = phone.connection;
  const { current } = phone.security;
  const { tai, granted } = phone;
  const now = phone.world.clock.now();
  return {
    supi: phone.config.supi,
    mm: phone.mm,
    connected,
    cell: cell === undefined || tai === undefined ? undefined : { gnb: cell.gnbName, tai: taiText(tai) },
    guti: phone.guti === undefined ? undefined : gutiText(phone.guti),
    security:
      current === undefined
        ? undefined
        : {
            ngKsi: current.ngKsi,
            nea: current.nas.nea,
            nia: current.nas.nia,
            uplink: current.nas.counts().send,
            downlink: current.nas.counts().receive,
          },
    asSecurity: connected ? asSecurity : undefined,
    networkName: { ...phone.networkName },
    allowedNssai: (granted?.allowedNssai ?? []).map(sNssaiText),
    rejectedNssai: (granted?.rejectedNssai ?? []).map((one) => `${sNssaiText(one)} cause ${one.cause}`),
    tais: (granted?.tais ?? []).map(taiText),
    sessions: [...phone.sessions.values()].map(({ id, dnn, sNssai, type, ip, dns, mtu, qfi, packets }) => ({
      ...{ id, dnn, type, ip, mtu, qfi },
      sNssai: sNssai === undefined ? undefined : sNssaiText(sNssai),
      dns: [...dns],
      packets: { ...packets },
    })),
    timers: Object.fromEntries([...phone.deadlines].map(([name, at]) => [name, Math.max(0, Math.round(at - now))])),
    refusals: phone.refusals(),
    sqn: phone.sqn.state,
  };
}
