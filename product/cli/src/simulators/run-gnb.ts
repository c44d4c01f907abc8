import { cellAddress, udpAir } from "@freehold/air";
import { type Gnb, GnbError, ngapPort, startGnb } from "@freehold/gnb";
import { plmnText } from "@freehold/model";
import { type Endpoint, nodeUdp, PortError } from "@freehold/net";
import { chooseSctp, gnbDoor, gtpuPort } from "@freehold/system";
import { readAs } from "../configuration.ts";
import { Exit, Mistake } from "../mistake.ts";
import { output, style } from "../output.ts";
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
    gnb = await Promise.race([begin(settings, (line) => out.line(line)), ending.then(() => undefined)]);
  } catch (error) {
    if (error instanceof PortError || error instanceof RangeError) throw new Mistake(error.message);
    if (!(error instanceof GnbError)) throw error;
    out.line(`${bad("✗")} ${error.message}`);
    out.line(`    does the core run at ${where(settings)}, and with the same n2.transport as this gNB?`);
    out.result({ ok: false, error: error.message });
    return Exit.failed;
  }
  if (gnb === undefined) return Exit.ok;
  const { gnb: config } = settings;
  const plmns = config.plmns.map(({ plmn }) => plmnText(plmn)).join(", ");
  out.line(`${good("✓")} ${config.name}: NG Setup with ${gnb.state().amf?.name ?? where(settings)}, PLMN ${plmns}, TAC ${config.tac}`);
  out.line(`${good("✓")} on the air at ${config.air}; Ctrl-C ends`);
  await ending;
  const state = gnb.state();
  await gnb.close();
  out.result({ ok: true, ...state });
  return Exit.ok;
}

const where = ({ gnb }: GnbSettings): string => gnb.amfs.map(({ host, port }) => `${host} port ${port}`).join(", ");

async function begin({ gnb, transport, udpPort, log }: GnbSettings, say: (line: string) => void): Promise<Gnb> {
  const world = simulatorWorld(log);
  const upfs: readonly Endpoint[] = [{ network: "any", port: gnb.upfPort ?? gtpuPort }];
  const amfs = gnb.amfs.map(({ host, port = ngapPort }) => ({ host, port }));
  const n3 = { host: gnb.n3.host, port: gnb.n3.port ?? gtpuPort };
  const own = { transport, udpPort, upfs, amfs, n2: gnb.n2?.host, n3, air: cellAddress(gnb.air) };
  const door = gnbDoor(own, { log: world.log });
  const udp = door.udp(nodeUdp({ log: world.log }));
  const tryAddress = gnb.n2?.host;
  const { sctp, why } = await chooseSctp(transport, {
    world,
    udpPort,
    udp: nodeUdp({ log: world.log }),
    door,
    ...(tryAddress !== undefined && { tryAddress }),
  });
  say(why);
  return startGnb(gnb, { ...world, sctp, udp, air: udpAir(udp, world) });
}
