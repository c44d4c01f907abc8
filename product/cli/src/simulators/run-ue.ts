import { cellAddress, udpAir } from "@freehold/air";
import { isIpv4, parseIp, supi } from "@freehold/model";
import { batchUdp, PortError } from "@freehold/net";
import { phonesDoor, readConfig } from "@freehold/system";
import { type PingResult, ping, startUe, type Ue, type UeConfig, UeError, type UeWorld } from "@freehold/ue";
import { readAs } from "../configuration.ts";
import { Exit, Mistake } from "../mistake.ts";
import { type Output, output, style } from "../output.ts";
import { defaultsOf } from "../subscribers/entry.ts";
import { ListFault, readSubscribers } from "../subscribers/list.ts";
import { remedyOf } from "./remedies.ts";
import { readUe, ueTemplate } from "./ue-config.ts";
import { interrupted, simulatorWorld } from "./world.ts";

export interface UeOptions {
  readonly config?: string;
  readonly number?: number;
  readonly list?: string;
  readonly ping?: string;
  readonly count: number;
  readonly once?: true;
  readonly events?: true;
  readonly init?: true;
  readonly json?: true;
}

/** What became of one phone. */
interface Report {
  readonly supi: string;
  readonly registered: boolean;
  /** Registered, and every ping answered. */
  readonly ok: boolean;
  readonly error?: string;
  readonly guti?: string | undefined;
  readonly sessions?: readonly { readonly dnn: string | undefined; readonly ip: string | undefined; readonly ping?: PingResult }[];
}

/** Phones that register at the same moment. */
const atOnce = 32;

/** `freehold ue`: phones that register, establish sessions and stay until interrupted. The exit code. */
export async function runUe(options: UeOptions): Promise<number> {
  const out = output(options.json === true);
  if (options.init) {
    out.line(ueTemplate.trimEnd());
    return Exit.ok;
  }
  const { ue: first, log } = options.config === undefined ? readUe("", "defaults") : readAs(options.config, readUe);
  if (options.ping !== undefined && !isIpv4Text(options.ping)) {
    throw new Mistake(`--ping ${options.ping}: an IPv4 address is wanted, such as 1.1.1.1; nothing here asks DNS`);
  }
  const configs = phones(first, options);
  const world = simulatorWorld(log);
  const cellHost = first.air.slice(0, first.air.lastIndexOf(":"));
  const host = hostTowards(cellHost);
  const door = phonesDoor(host, cellAddress(first.air), { log: world.log });
  const air = udpAir(door.udp(batchUdp({ log: world.log })), world, { host });
  const ending = interrupted(out);
  let stopped = false;
  const stop = ending.then(() => {
    stopped = true;
  });
  const running: Ue[] = [];
  const reports: Report[] = [];
  /** What has been advised: a thousand phones with one fault are told once. */
  const advised = new Set<string>();
  const waiting = configs.values();
  const work = async (): Promise<void> => {
    for (const config of waiting) {
      if (stopped) return;
      const report = await bringUp(config, { ...world, air }, options, running, out);
      reports.push(report);
      out.line(lineOf(report, out));
      const remedy = report.error === undefined ? undefined : remedyOf(report.error, config);
      if (remedy !== undefined && !advised.has(remedy.topic)) {
        advised.add(remedy.topic);
        out.line(`    ${remedy.text}`);
      }
      if (configs.length > 1) out.progress(`${reports.length} of ${configs.length} phones`);
    }
  };
  try {
    await Promise.race([Promise.all(Array.from({ length: Math.min(atOnce, configs.length) }, work)), stop]);
    const up = reports.filter(({ registered }) => registered).length;
    if (configs.length > 1 && !stopped) out.line(`${up} of ${configs.length} phones are registered`);
    if (!options.once && up > 0) {
      if (!stopped) out.line(style(out.colour).dim("Ctrl-C deregisters and ends"));
      await stop;
    }
    await Promise.all(running.map(switchOff));
  } finally {
    await Promise.all(running.map((ue) => ue.close()));
  }
  const failed = reports.filter(({ ok }) => !ok).length;
  const registered = reports.filter((one) => one.registered).length;
  out.result({ ok: failed === 0, registered, failed, phones: reports });
  return failed === 0 ? Exit.ok : Exit.failed;
}

function isIpv4Text(text: string): boolean {
  const read = parseIp(text);
  return read.ok && isIpv4(read.value);
}

/** One configuration for each phone: those of a list, or the first one counted up. */
function phones(first: UeConfig, { list, number }: UeOptions): UeConfig[] {
  if (list !== undefined) {
    try {
      const all = readAs(list, (text, name) => readSubscribers(text, name, defaultsOf(readConfig("", "defaults"))));
      if (number !== undefined && number > all.length) throw new Mistake(`${list}: ${all.length} phones in it; -n asks for ${number}`);
      const { op: _op, ...shared } = first;
      return all.slice(0, number).map((one) => ({ ...shared, supi: supi(one.supi), k: one.k, opc: one.opc }));
    } catch (error) {
      if (error instanceof ListFault) throw new Mistake(error.message);
      throw error;
    }
  }
  const imsi = first.supi.slice("imsi-".length);
  return Array.from({ length: number ?? 1 }, (_, i) => {
    const digits = String(BigInt(imsi) + BigInt(i)).padStart(imsi.length, "0");
    if (digits.length > imsi.length) throw new Mistake(`-n ${number}: counting up from ${imsi} ends before that`);
    return { ...first, supi: supi(`imsi-${digits}`) };
  });
}

/** Where our sockets are so that the cell can answer: on the loopback when it is there. */
function hostTowards(cellHost: string): string {
  if (cellHost.startsWith("[")) return cellHost === "[::1]" ? "::1" : "::";
  return cellHost.startsWith("127.") ? "127.0.0.1" : "0.0.0.0";
}

async function bringUp(config: UeConfig, world: UeWorld, options: UeOptions, running: Ue[], out: Output): Promise<Report> {
  const failed = (error: string): Report => ({ supi: config.supi, registered: false, ok: false, error });
  try {
    const ue = await startUe(config, world);
    running.push(ue);
    if (options.events) {
      ue.onEvent = ({ is, detail }) => out.line(`  ${config.supi} ${is}${detail === undefined ? "" : ` ${JSON.stringify(detail)}`}`);
    }
    const established = await ue.bringUp();
    const sessions: NonNullable<Report["sessions"]>[number][] = [];
    for (const session of established) {
      const result = options.ping === undefined ? undefined : await ping(session, world, options.ping, options.count);
      sessions.push({ dnn: session.dnn, ip: session.ip, ...(result !== undefined && { ping: result }) });
    }
    const silent = sessions.find((one) => one.ping !== undefined && one.ping.received < one.ping.sent)?.ping;
    const lost =
      silent === undefined ? {} : { error: `${silent.sent - silent.received} of ${silent.sent} pings to ${options.ping} unanswered` };
    return { supi: config.supi, registered: true, ok: silent === undefined, ...lost, guti: ue.state().guti, sessions };
  } catch (error) {
    if (error instanceof PortError) throw new Mistake(error.message);
    if (error instanceof UeError) return failed(error.message);
    throw error;
  }
}

function lineOf({ supi: who, ok, error, sessions = [] }: Report, out: Output): string {
  const { good, bad } = style(out.colour);
  const shown = sessions.map(({ dnn, ip, ping: result }) => {
    if (result === undefined) return `${dnn} ${ip}`;
    const mean = result.rttMs.reduce((sum, ms) => sum + ms, 0) / result.rttMs.length;
    return `${dnn} ${ip}, ping ${result.received}/${result.sent}${result.received > 0 ? ` ${mean.toFixed(1)} ms` : ""}`;
  });
  const text = [`${who}`, ok ? "registered" : error, ...shown].join("  ");
  return `${ok ? good("✓") : bad("✗")} ${text}`;
}

/** A phone that is not registered has nothing to say. */
async function switchOff(ue: Ue): Promise<void> {
  if (ue.state().mm !== "5GMM-REGISTERED") return;
  await ue.deregister({ switchOff: true }).catch((error: unknown) => {
    if (!(error instanceof UeError)) throw error;
  });
}
