import { answer, type Nnrf_NFDiscovery, type Producer, type SearchResult } from "@freehold/sbi";
import { search, shown } from "../matching.ts";
import type { NfTable } from "../nf-table.ts";

/** Nnrf_NFDiscovery, TS 29.510 §5.3. An empty result is an answer, not an error. */
export const nfDiscovery = (nfs: NfTable, validityPeriod: number): Producer<typeof Nnrf_NFDiscovery> => ({
  search(wanted) {
    const found = search(nfs.all(), wanted).map((profile) => shown(profile, wanted));
    // The two NFProfile types of TS 29.510 agree in all that is kept here.
    return answer({ validityPeriod, nfInstances: found } as unknown as SearchResult);
  },
});
