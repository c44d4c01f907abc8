import { parseSupi, sNssai } from "@freehold/model";
import { type Plain, type Store, StoreConflict } from "@freehold/store";
import { type SubscribedSlice, type Subscriber, type SubscriberRow, type Subscription, sealedRow, tables } from "./subscriber.ts";

/** The part of the vault that seals. */
export interface Seal {
  readonly id: string;
  seal(row: string, field: string, secret: Uint8Array): Uint8Array;
}

export interface Provisioning {
  readonly store: Store;
  readonly vault: Seal;
}

const sqnText = (sqn: number): string => sqn.toString(16).padStart(12, "0");

const IPV4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}$/;

/** One sentence on what is wrong with a subscriber, or undefined. */
export function fault(s: Subscriber): string | undefined {
  if (!parseSupi(s.supi).ok) return `SUPI "${s.supi}" is none: imsi- and 5 to 15 digits`;
  if (s.k.length !== 16) return "K must have 16 octets";
  if (s.opc.length !== 16) return "OPc must have 16 octets";
  if (s.amf !== undefined && !/^[0-9a-fA-F]{4}$/.test(s.amf)) return "AMF must be four hexadecimal digits";
  if (s.sqn !== undefined && !(Number.isInteger(s.sqn) && s.sqn >= 0 && s.sqn < 2 ** 48)) return "SQN must fit 48 bits";
  if (s.slices.length === 0) return "at least one slice is wanted";
  for (const slice of s.slices) {
    const wrong = sliceFault(slice);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function sliceFault(slice: SubscribedSlice): string | undefined {
  try {
    sNssai(slice.sst, slice.sd);
  } catch {
    return "a slice wants an SST of 0 to 255 and an SD of six hexadecimal digits";
  }
  if (slice.dnns.length === 0) return "a slice wants at least one DNN";
  for (const { dnn, staticIp, fiveQi = 9, arp = 8 } of slice.dnns) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9.-]{0,98}[A-Za-z0-9])?$/.test(dnn)) return `DNN "${dnn}" is none`;
    if (staticIp !== undefined && !IPV4.test(staticIp)) return `${staticIp} is no IPv4 address`;
    if (!Number.isInteger(fiveQi) || fiveQi < 1 || fiveQi > 254) return "5QI must be 1 to 254";
    if (!Number.isInteger(arp) || arp < 1 || arp > 15) return "ARP priority level must be 1 to 15";
  }
  return undefined;
}

/**
 * Adds a subscriber, or replaces what the operator may change. K and OPc are sealed before they are stored. A replaced subscriber keeps its
 * sequence number unless one is given. Throws RangeError with the reason when the subscriber cannot be.
 */
export async function provision(subscriber: Subscriber, { store, vault }: Provisioning): Promise<void> {
  const wrong = fault(subscriber);
  if (wrong !== undefined) throw new RangeError(wrong);
  const { supi, k, opc, amf = "8000", sqn, gpsi, ueAmbr, slices } = subscriber;
  const row: SubscriberRow = {
    supi,
    ...(gpsi !== undefined && { gpsi }),
    ueAmbr,
    slices: slices.map((s) => ({ ...s, ...(s.sd !== undefined && { sd: s.sd.toLowerCase() }) })),
    amf: amf.toLowerCase(),
    sealedK: vault.seal(sealedRow(supi), "k", k.reveal()),
    sealedOpc: vault.seal(sealedRow(supi), "opc", opc.reveal()),
  };
  const put = { table: tables.subscriber, key: supi, value: row as unknown as Plain };
  if (sqn !== undefined) {
    await store.commit([put, { table: tables.sqn, key: supi, value: sqnText(sqn) }]);
    return;
  }
  try {
    await store.commit([put, { table: tables.sqn, key: supi, value: sqnText(0), expect: 0 }]);
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    await store.commit([put]); // it has a sequence number already
  }
}

/** Removes a subscriber and all that is kept of it; false when there was none. */
export async function withdraw(supi: string, store: Store): Promise<boolean> {
  if ((await store.get(tables.subscriber, supi)) === undefined) return false;
  const rows = Object.values(tables).map(async (table) =>
    (await store.get(table, supi)) === undefined ? [] : [{ table, key: supi, remove: true as const }],
  );
  await store.commit((await Promise.all(rows)).flat());
  return true;
}

/** What is provisioned, without keys, in order of SUPI. */
export async function subscribers(store: Store): Promise<readonly Subscription[]> {
  const rows = await store.all<SubscriberRow>(tables.subscriber);
  return rows.map(({ value: { sealedK: _k, sealedOpc: _opc, amf: _amf, ...open } }) => open);
}
