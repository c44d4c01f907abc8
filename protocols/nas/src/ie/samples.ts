import type { Guti, Plmn, SNssai, STmsi, Tai } from "@freehold/model";
import type { Pick } from "@freehold/wire";

/** Random identities for the `sample` walks. */
export const samplePlmn = (pick: Pick): Plmn => {
  const digits = (count: number): string => Array.from({ length: count }, () => String(pick(10))).join("");
  return { mcc: digits(3), mnc: digits(2 + pick(2)) };
};

export const sampleSTmsi = (pick: Pick): STmsi => ({ amfSetId: pick(1024), amfPointer: pick(64), tmsi: pick(2 ** 32) });
export const sampleGuti = (pick: Pick): Guti => ({ plmn: samplePlmn(pick), amfRegionId: pick(256), ...sampleSTmsi(pick) });
export const sampleTai = (pick: Pick): Tai => ({ plmn: samplePlmn(pick), tac: pick(2 ** 24) });

/** FFFFFF is no SD, so never one of these. */
export const sampleSNssai = (pick: Pick): SNssai => {
  const sst = pick(256);
  return pick(2) === 0
    ? { sst }
    : {
        sst,
        sd: pick(2 ** 24 - 1)
          .toString(16)
          .padStart(6, "0"),
      };
};
