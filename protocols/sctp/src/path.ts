import type { SctpOptions } from "./options.ts";
import { dataHeader } from "./packet.ts";

/** One way to the peer: where it is, how long it takes, how much it bears (§6.3, §7.2, §8.2). Times in milliseconds, sizes in octets. */
export class Path {
  /** Our address on this path, the peer's, and the peer's UDP port where packets are encapsulated (0 otherwise). */
  local: string;
  readonly host: string;
  udpPort: number;

  rto: number;
  srtt: number | undefined;
  cwnd: number;
  ssthresh: number;
  partialBytesAcked = 0;
  /** Errors in a row; more than Path.Max.Retrans and the path is inactive. */
  errors = 0;
  active = true;
  /** An address that the peer only listed is not sent data until a HEARTBEAT came back from it (§5.4). */
  confirmed: boolean;
  /** The HEARTBEAT that is out: its nonce, and when it left. */
  probe: { readonly nonce: Uint8Array; readonly at: number } | undefined;
  lastUsed = 0;
  /** Largest user data of one DATA chunk in one packet. */
  readonly dataSize: number;

  readonly #o: SctpOptions;
  #rttvar = 0;

  constructor(local: string, host: string, udpPort: number, confirmed: boolean, options: SctpOptions) {
    this.local = local;
    this.host = host;
    this.udpPort = udpPort;
    this.confirmed = confirmed;
    this.#o = options;
    this.rto = options.rtoInitial;
    this.dataSize = (options.packetSize - 12 - dataHeader) & ~3;
    this.cwnd = this.initialWindow; // §7.2.1
    this.ssthresh = Number.POSITIVE_INFINITY;
  }

  get initialWindow(): number {
    return Math.min(4 * this.dataSize, Math.max(2 * this.dataSize, 4_404));
  }

  get usable(): boolean {
    return this.active && this.confirmed;
  }

  /** §6.3.1 C2-C7: a round trip was measured. */
  measured(rtt: number): void {
    const { rtoAlpha, rtoBeta, rtoMin, rtoMax } = this.#o;
    if (this.srtt === undefined) {
      this.srtt = rtt;
      this.#rttvar = rtt / 2;
    } else {
      this.#rttvar += rtoBeta * (Math.abs(this.srtt - rtt) - this.#rttvar);
      this.srtt += rtoAlpha * (rtt - this.srtt);
    }
    this.rto = Math.min(rtoMax, Math.max(rtoMin, this.srtt + 4 * this.#rttvar));
  }

  /** §6.3.3 E2: the timer doubles with each expiry, up to RTO.Max. */
  backOff(): void {
    this.rto = Math.min(this.#o.rtoMax, this.rto * 2);
  }

  /** §7.2.3: T3-rtx expired. */
  collapse(): void {
    this.ssthresh = Math.max(this.cwnd / 2, 4 * this.dataSize);
    this.cwnd = this.dataSize;
    this.partialBytesAcked = 0;
  }

  /** §7.2.4: a fast retransmission. */
  halve(): void {
    this.ssthresh = Math.max(this.cwnd / 2, 4 * this.dataSize);
    this.cwnd = this.ssthresh;
    this.partialBytesAcked = 0;
  }

  /** §7.2.1 and §7.2.2: `acked` octets of a window that held `flight` were acknowledged and the cumulative TSN moved. */
  grow(acked: number, flight: number): void {
    const full = flight + this.dataSize > this.cwnd;
    if (this.cwnd <= this.ssthresh) {
      if (full) this.cwnd += Math.min(acked, this.dataSize);
      return;
    }
    this.partialBytesAcked += acked;
    if (this.partialBytesAcked < this.cwnd) return;
    if (full) {
      this.partialBytesAcked -= this.cwnd;
      this.cwnd += this.dataSize;
    } else {
      this.partialBytesAcked = this.cwnd; // §7.2.2: kept back until the window is full
    }
  }

  /** §7.2.1: an idle path forgets half its window for each RTO without data. */
  rest(now: number): void {
    for (let idle = now - this.lastUsed; idle >= this.rto && this.cwnd > 4 * this.dataSize; idle -= this.rto) {
      this.cwnd = Math.max(this.cwnd / 2, 4 * this.dataSize);
    }
  }
}
