import { cellAddress, udpAir } from "@freehold/air";
import { type Gnb, GnbError, ngapPort, startGnb } from "@freehold/gnb";
import { batchUdp, type Endpoint, PortError } from "@freehold/net";
import { chooseSctp, gnbDoor, gtpuPort } from "@freehold/system";
import { readAs } from "../configuration.ts";
import { Exit, Mistake, withRemedy } from "../mistake.ts";
import { type Output, output, style } from "../output.ts";
import { type GnbSettings, gnbTemplate, readGnb } from "./gnb-config.ts";
import { interrupted, simulatorWorld } from "./world.ts";

export interface GnbOptions {
  readonly config?: string;
  readonly init?: true;
  readonly json?: true;
}

/** `freehold gnb`: a cell on the air until it is interrupted. The exit code. */
export async function runGnb(options: GnbOptions): Promise<number> {
  const out = output(options.json === true);
  if (options.init) {
    out.line(gnbTemplate.trimEnd());
    return Exit.ok;
  }
  const settings = options.config === undefined ? readGnb("", "defaults") : readAs(options.config, readGnb);
  const { good, bad } = style(out.colour);
  const ending = interrupted(out);
  let gnb: Gnb | undefined;
  try {
    gnb = await Promise.race([begin(settings, out), ending.then(() => undefined)]);
  } catch (error) {
    if (error instanceof PortError || error instanceof RangeError) throw new Mistake(withRemedy(error, "the gNB's file"));
    if (!(error instanceof GnbError)) throw error;
    out.line(`${bad("✗")} ${error.message}`);
    out.line(`    ${whyNoAmf(error.message, settings)}`);
    out.result({ ok: false, error: error.message });
    return Exit.failed;
  }
  if (gnb === undefined) return Exit.ok;
  const { gnb: config } = settings;
  out.line(
    `${good("✓")} ${config.name}: NG Setup with ${gnb.state().amf?.name ?? where(settings)}, PLMN ${plmnsOf(settings)}, TAC ${config.tac}`,
  );
  out.line(`${good("✓")} on the air at ${config.air}; Ctrl-C ends`);
  await ending;
  const state = gnb.state();
  await gnb.close();
  out.result({ ok: true, ...state });
  return Exit.ok;
}

const where = ({ gnb }: GnbSettings): string => gnb.amfs.map(({ host, port }) => `${host} port ${port}`).join(", ");

const plmnsOf = ({ gnb }: GnbSettings): string => gnb.plmns.map(({ plmn: { mcc, mnc } }) => `${mcc}-${mnc}`).join(", ");

/** What to look at when no AMF takes this gNB. */
function whyNoAmf(why: string, settings: GnbSettings): string {
  if (why.includes("unknown-PLMN")) return `that core does not serve ${plmnsOf(settings)}: make plmns here and network.plmns there agree`;
  return `does the core run at ${where(settings)}, and with the same n2.transport as this gNB?`;
}

/** Milliseconds of silence after which someone who waits wants to know for what. */
const patienceMs = 1_000;

async function begin(settings: GnbSettings, out: Output): Promise<Gnb> {
  const { gnb, transport, udpPort, log } = settings;
  const world = simulatorWorld(log);
  const upfs: readonly Endpoint[] = [{ network: "any", port: gnb.upfPort ?? gtpuPort }];
  const amfs = gnb.amfs.map(({ host, port = ngapPort }) => ({ host, port }));
  const n3 = { host: gnb.n3.host, port: gnb.n3.port ?? gtpuPort };
  const own = { transport, udpPort, upfs, amfs, n2: gnb.n2?.host, n3, air: cellAddress(gnb.air) };
  const door = gnbDoor(own, { log: world.log });
  const node = batchUdp({ log: world.log });
  const udp = door.udp(node);
  const tryAddress = gnb.n2?.host;
  const { sctp, why } = await chooseSctp(transport, { world, udpPort, udp: node, door, ...(tryAddress !== undefined && { tryAddress }) });
  out.line(why);
  const { warn } = style(out.colour);
  const said = new Set<string>();
  const say = (setback: string): void => {
    if (said.has(setback)) return;
    said.add(setback);
    out.line(`${warn("…")} ${setback}; trying again`);
    out.line(`    ${whyNoAmf(setback, settings)}`);
  };
  const silent = setTimeout(() => said.size === 0 && say(`no answer yet from ${where(settings)}`), patienceMs);
  try {
    return await startGnb(gnb, { ...world, sctp, udp, air: udpAir(udp, world), onSetback: say });
  } finally {
    clearTimeout(silent);
  }
}
