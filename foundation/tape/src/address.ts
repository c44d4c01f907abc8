/** An IPv4 or IPv6 literal and a port; structurally the same as net's Address (the tape imports no ports). */
export interface Address {
  readonly host: string;
  readonly port: number;
}
