import type { UeConfig } from "@freehold/ue";

/** What to look at when a phone was not served: `topic` is the same for phones with the same trouble. */
export interface Remedy {
  readonly topic: string;
  readonly text: string;
}

interface Row {
  readonly error: RegExp;
  text(config: UeConfig): string;
}

/** By what the phone says went wrong; the first that fits. The numbers are the causes of TS 24.501 §9.11.3.2 and §9.11.4.2. */
const rows: readonly Row[] = [
  {
    error: /^Authentication reject|AUTN: MAC/,
    text: () => "k, or opc, differs from the core's: compare with its freehold subscriber add, or replace it there with --replace",
  },
  {
    error: /reject: #(3|7) /,
    text: ({ supi }) =>
      `does the core know this phone? there: freehold subscriber list, then freehold subscriber add --imsi ${supi.slice(5)} (--count N for N in a row)`,
  },
  {
    error: /reject: #(11|13|15|73) /,
    text: ({ supi }) => `the network takes no phones of the PLMN of ${supi.slice(5, 11)}: is imsi here of the core's network.plmns?`,
  },
  { error: /reject: #62 /, text: () => "none of the slices asked for is served: compare slices here with the core's and the subscriber's" },
  { error: /reject: #22 /, text: () => "the core is congested or lacks a function: its log says which" },
  { error: /#(27|70|91) /, text: ({ supi }) => `sessions[].dnn must be one that freehold subscriber show ${supi.slice(5)} lists` },
  { error: /no cell on the air/, text: () => "start it with freehold gnb, and give both the same air address" },
  { error: /pings to .* unanswered/, text: () => "the session stands; does the data network of the core reach that address?" },
];

/** @param error the text of a `UeError`, or of pings that found no answer. */
export function remedyOf(error: string, config: UeConfig): Remedy | undefined {
  const row = rows.find((one) => one.error.test(error));
  return row === undefined ? undefined : { topic: String(row.error), text: row.text(config) };
}
