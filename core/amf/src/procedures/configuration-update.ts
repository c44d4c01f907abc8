import { type NasMessage, networkName } from "@freehold/nas";
import { TimerExpired } from "@freehold/runtime";
import { timeText } from "@freehold/wire";
import { T3555 } from "../config.ts";
import type { Step } from "./step.ts";

/** Generic UE configuration update, TS 24.501 §5.4.4, with network name and time alone: NITZ needs no acknowledgement (§5.4.4.2). */
export async function nameAndTime({ amf, ue }: Step): Promise<void> {
  const { networkName: name, localTime } = amf.config;
  if (name === undefined) return;
  const message: NasMessage = {
    is: "Configuration update command",
    fullNameForNetwork: networkName(name.full),
    shortNameForNetwork: networkName(name.short),
    ...(localTime === undefined ? {} : time(amf.world.clock.now(), localTime.zoneMinutes, localTime.daylightSavingHours)),
  };
  await ue.n1.send(message);
}

/** Universal time with the zone, the zone alone, and what of it is daylight saving: TS 24.501 §8.2.19 (phones look at one or another). */
function time(now: number, zone: number, daylightSavingHours: number) {
  const [year, month, day, hour, minute, second] = timeText(now).split(/\D/).map(Number);
  return {
    localTimeZone: zone,
    universalTimeAndLocalTimeZone: {
      year: (year ?? 2000) % 100,
      month: month ?? 1,
      day: day ?? 1,
      hour: hour ?? 0,
      minute: minute ?? 0,
      second: second ?? 0,
      zone,
    },
    networkDaylightSavingTime: daylightSavingHours,
  };
}

/**
 * A new 5G-GUTI for a connected UE, TS 24.501 §5.4.4, TS 33.501 §6.12.3: acknowledged under T3555. Committed before it is told; at the last
 * expiry the old and the new one both hold (§5.4.4.6).
 */
export async function reallocateGuti({ amf, ue, scope }: Step): Promise<void> {
  const { context } = ue;
  if (context === undefined) return;
  const guti = amf.freshGuti(context.servingPlmn);
  await ue.write((now) => ({ ...now, guti, formerGuti: now.guti }));
  amf.ues.file(ue, context);
  const command: NasMessage = {
    is: "Configuration update command",
    configurationUpdateIndication: { acknowledgementRequested: true, registrationRequested: false },
    guti: { is: "5G-GUTI", guti },
  };
  try {
    await ue.n1.ask(scope, command, T3555, (heard, how) =>
      heard.is === "Configuration update complete" && how.verified ? true : undefined,
    );
  } catch (error) {
    if (!(error instanceof TimerExpired)) throw error;
    ue.log.warn("T3555 expired for the last time: the old and the new GUTI both hold (TS 24.501 §5.4.4.6)");
    return;
  }
  const before = ue.context;
  if (before === undefined) return;
  ue.adopt({ ...before, formerGuti: undefined }, ue.version); // on disk with the next commit
  amf.ues.file(ue, before);
}
