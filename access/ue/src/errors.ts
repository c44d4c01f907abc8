import { cause5gmmText, cause5gsmText } from "@freehold/model";

/** Words that the standard writes in capitals, as they stand in the names of causes. */
const capitals: Readonly<Record<string, string>> = {
  "five gs": "5GS",
  "five gmm": "5GMM",
  "five gsm": "5GSM",
  ...Object.fromEntries(
    ["ue", "me", "plmn", "dnn", "mac", "n1", "epc", "pdu", "pti", "snpn", "ssc", "pei", "cag", "ladn", "nssai", "uas", "tft", "eps"].map(
      (word) => [word, word.toUpperCase()],
    ),
  ),
  qos: "QoS",
  ipv4: "IPv4",
  ipv6: "IPv6",
  ipv4v6: "IPv4v6",
};
const inCapitals = new RegExp(
  `\\b(${Object.keys(capitals)
    .sort((a, b) => b.length - a.length)
    .join("|")})\\b`,
  "g",
);

/** "No network slices available" of noNetworkSlicesAvailable, "5GS services not allowed" of fiveGsServicesNotAllowed. */
function spoken(text: string): string {
  const [number, name] = text.split(" ");
  if (name === undefined) return number!;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(inCapitals, (word) => capitals[word]!);
  return `${number} ${words[0]!.toUpperCase()}${words.slice(1)}`;
}

export const mmCauseText = (cause: number): string => spoken(cause5gmmText(cause));
export const smCauseText = (cause: number): string => spoken(cause5gsmText(cause));

/** Why a procedure of the phone did not succeed. `cause` is the number of the network's 5GMM or 5GSM cause where it gave one. */
export class UeError extends Error {
  readonly procedure: string;
  readonly cause5g: number | undefined;
  /** Seconds until the network wants to hear of it again, where it said so. */
  readonly retryAfterSeconds: number | undefined;
  constructor(procedure: string, text: string, known: { cause?: number; retryAfterSeconds?: number; error?: unknown } = {}) {
    super(`${procedure}: ${text}`, known.error === undefined ? undefined : { cause: known.error });
    this.name = new.target.name;
    this.procedure = procedure;
    this.cause5g = known.cause;
    this.retryAfterSeconds = known.retryAfterSeconds;
  }
}

/** The network said no: "Registration reject: #62 No network slices available". */
export class Rejected extends UeError {}

/** The other side did not answer, or the radio link was lost. */
export class NoAnswer extends UeError {}

/** The phone does not believe the network: authentication or security mode did not hold. */
export class NetworkRefused extends UeError {}

/** The phone may not do that now. */
export class NotAllowed extends UeError {}
