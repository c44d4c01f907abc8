import { answer, type NFProfile, type Nnrf_NFDiscovery, type Producer, type SearchResult } from "@freehold/sbi";
import { search, shown } from "../matching.ts";
import type { NfTable } from "../nf-table.ts";

/** Nnrf_NFDiscovery, TS 29.510 §5.3. An empty result is an answer, not an error. */
export const nfDiscovery = (nfs: NfTable, validityPeriod: number): Producer<typeof Nnrf_NFDiscovery> => ({
  search(wanted) {
    // TS 29.510 table 6.2.3.2.3.1-1: kilo octets, 124 where nothing is said. The best come first, and as many as fit.
    let left = (wanted["max-payload-size"] ?? 124) * 1_000 - 64; // without what stands round them
    const found: NFProfile[] = [];
    for (const profile of search(nfs.all(), wanted)) {
      const one = shown(profile, wanted);
      const octets = JSON.stringify(one).length + 1;
      if (octets > left) continue; // a fat one does not hide those behind it
      left -= octets;
      found.push(one);
    }
    // The two NFProfile types of TS 29.510 agree in all that is kept here.
    return answer({ validityPeriod, nfInstances: found } as unknown as SearchResult);
  },
});
