import type { AirPort } from "@freehold/air";
import { dnn, Secret, supi } from "@freehold/model";
import type { World } from "@freehold/runtime";
import type { TapeSink } from "@freehold/tape";
import { httpGet, ping, resolve, type Session, startUe, type Ue } from "@freehold/ue";
import type { DemoPhone, DemoPlan } from "./plan.ts";

/** What one phone did, as far as it came. */
export interface PhoneResult {
  readonly supi: string;
  registered: boolean;
  session: { ip: string } | undefined;
  ping: { sent: number; received: number; rttMs: number[] };
  /** Address that the DNS of the session gave. */
  resolved: string | undefined;
  http: { status: number; octets: number } | undefined;
  deregistered: boolean;
  /** Milliseconds each step took. */
  readonly ms: Record<string, number>;
  failed: string | undefined;
}

export interface PhonesWorld extends World {
  readonly air: AirPort;
  readonly tape: TapeSink;
}

export type Progress = (phone: number, step: string, detail: string) => void;

/** Times a step of one phone and tells of it when it is done. */
export type Step = <T>(name: string, work: () => Promise<T>, detail: (value: T) => string) => Promise<T>;

/** What a phone does with its session; what comes of it goes into the result. */
export type Traffic = (use: {
  readonly index: number;
  readonly session: Session;
  readonly result: PhoneResult;
  readonly step: Step;
  readonly tell: (step: string, detail: string) => void;
}) => Promise<void>;

/** Switches a phone on, registers, opens a session and uses it: what anybody does first. `keep` is given the phone as soon as it is on. */
export async function switchOn(
  plan: DemoPlan,
  index: number,
  world: PhonesWorld,
  progress: Progress,
  traffic: Traffic,
  keep: (ue: Ue) => void,
): Promise<{ result: PhoneResult; ue: Ue | undefined }> {
  const phone = plan.phones[index]!;
  const result: PhoneResult = {
    supi: phone.supi,
    registered: false,
    session: undefined,
    ping: { sent: 0, received: 0, rttMs: [] },
    resolved: undefined,
    http: undefined,
    deregistered: false,
    ms: {},
    failed: undefined,
  };
  let ue: Ue | undefined;
  const step = async <T>(name: string, work: () => Promise<T>, detail: (value: T) => string): Promise<T> => {
    const begin = world.clock.now();
    const value = await work();
    result.ms[name] = world.clock.now() - begin;
    progress(index, name, detail(value));
    return value;
  };
  try {
    ue = await startUe(phoneConfig(plan, phone), world);
    const on = ue;
    keep(on);
    await step(
      "register",
      () => on.register(),
      () => `SUCI ${phone.scheme === "null" ? "by the null scheme" : `by profile ${phone.scheme}`}`,
    );
    result.registered = true;
    const session = await step(
      "session",
      () => on.establish({ dnn: dnn("internet") }),
      (s) => s.ip ?? "",
    );
    result.session = { ip: session.ip ?? "" };
    await traffic({ index, session, result, step, tell: (name, detail) => progress(index, name, detail) });
  } catch (error) {
    result.failed = error instanceof Error ? error.message : String(error);
    progress(index, "failed", result.failed);
  }
  return { result, ue };
}

const phoneConfig = (plan: DemoPlan, phone: DemoPhone) => {
  const key =
    phone.scheme === "null" ? undefined : plan.homeNetworkKeys.find(({ profile }) => profile === (phone.scheme === "A" ? 1 : 2))?.key;
  return {
    supi: supi(phone.supi),
    k: new Secret(phone.k.reveal()),
    opc: new Secret(phone.opc.reveal()),
    homeNetworkKey: key,
    air: plan.gnb.air,
  };
};

/** Pings, asks the DNS and fetches a page by the phone's own IP stack. */
export const ownStack =
  ({ target }: DemoPlan, world: World): Traffic =>
  async ({ session, result, step }) => {
    const first = await step(
      "first ping",
      () => ping(session, world, target.ping, 1),
      (p) => `${p.rttMs[0]?.toFixed(1) ?? "no"} ms`,
    );
    result.ping = await step(
      "ping",
      async () => {
        const more = await ping(session, world, target.ping, 2, { intervalMs: 10 });
        return { sent: first.sent + more.sent, received: first.received + more.received, rttMs: [...first.rttMs, ...more.rttMs] };
      },
      (p) => `${p.received} of ${p.sent}, ${p.rttMs.map((ms) => ms.toFixed(1)).join(" / ")} ms`,
    );
    const [server] = session.dns;
    if (server === undefined) throw new Error("the session came without a DNS server");
    const addresses = await step(
      "DNS",
      () => resolve(session, world, server, target.name),
      (a) => `${target.name} is ${a[0] ?? "unknown"}`,
    );
    const [address] = addresses;
    if (address === undefined) throw new Error(`${target.name} has no address`);
    result.resolved = address;
    const page = await step(
      "HTTP",
      () => httpGet(session, world, address, target.path),
      (p) => `${p.status}, ${p.body.length} octets`,
    );
    result.http = { status: page.status, octets: page.body.length };
  };

/** Deregisters as a phone does that is switched off by its user: with a farewell. */
export async function switchOff(ue: Ue, result: PhoneResult): Promise<void> {
  if (result.registered) {
    await ue.deregister();
    result.deregistered = true;
  }
  await ue.close();
}
