/** N6: the data network behind the UPF, as whole IP packets. A TUN device is one; a responder in this process another. */
export interface N6 {
  /** Set by the UPF: a packet from the data network. The octets are the callee's to keep. */
  onPacket: (packet: Uint8Array) => void;
  /** A packet from a UE into the data network; the octets are the callee's to keep. */
  send(packet: Uint8Array): void;
  close?(): Promise<void>;
}
