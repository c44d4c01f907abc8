/** A tape as a core records it: a phone registers, opens a session and pings. Real messages where there are any (vectors/messages.json). */
import { readFileSync } from "node:fs";
import { fromText, hex } from "@freehold/wire";
import type { Address, Carriage, TapeEntry } from "../src/index.ts";

interface Vector {
  readonly protocol: string;
  readonly info: string;
  readonly hex: string;
}

const vectors = JSON.parse(readFileSync(new URL("./vectors/messages.json", import.meta.url), "utf8")) as readonly Vector[];

export function vector(protocol: string, info: string): Uint8Array {
  const found = vectors.find((v) => v.protocol === protocol && v.info.startsWith(info));
  if (found === undefined) throw new RangeError(`no vector ${protocol} ${info}`);
  return hex(found.hex);
}

export const supi = "imsi-001010000000001";

const hosts: Readonly<Record<string, string>> = {
  gNB: "127.0.1.1",
  AMF: "127.0.0.5",
  SMF: "127.0.0.6",
  UPF: "127.0.0.7",
  AUSF: "127.0.0.8",
  UDM: "127.0.0.9",
  PCF: "127.0.0.10",
  NRF: "127.0.0.11",
};

const address = (lane: string, port: number): Address => ({ host: hosts[lane]!, port });

/** Builds entries 0.35 ms apart from 2026-11-22T09:30:00.123456Z on. */
export class Recorder {
  readonly entries: TapeEntry[] = [];
  readonly ue: string | undefined;
  at = Date.UTC(2026, 10, 22, 9, 30, 0, 123) + 0.456;
  #exchange = 0;

  constructor(ue: string | undefined = supi) {
    this.ue = ue;
  }

  put(
    where: TapeEntry["interface"],
    from: string,
    to: string,
    message: string,
    bytes: Uint8Array,
    carriage: Carriage,
    note?: string,
  ): void {
    const entry: TapeEntry = { at: this.at, interface: where, from, to, message, ue: this.ue, bytes, carriage };
    this.entries.push(note === undefined ? entry : { ...entry, note });
    this.at += 0.35;
  }

  n1(from: string, to: string, message: string, info = message, note?: string): void {
    this.put("N1", from, to, message, vector("nas5g", info), { kind: "nas" }, note);
  }

  n2(from: string, to: string, message: string, info = message): void {
    const port = (lane: string): number => (lane === "AMF" ? 38412 : 40000);
    const carriage: Carriage = { kind: "sctp", src: address(from, port(from)), dst: address(to, port(to)), stream: 1, ppid: 60 };
    this.put("N2", from, to, message, vector("ngap", info), carriage);
  }

  udp(where: "N3" | "N4", from: string, to: string, message: string, info: string): void {
    const port = where === "N4" ? 8805 : 2152;
    const bytes = vector(where === "N4" ? "pfcp" : "gtpu", info);
    this.put(where, from, to, message, bytes, { kind: "udp", src: address(from, port), dst: address(to, port) });
  }

  sbi(client: string, server: string, message: string, path: string, body: unknown, status: number, answer: unknown, note?: string): void {
    const exchange = ++this.#exchange;
    const ends = { kind: "http2", src: address(client, 41000), dst: address(server, 8080), exchange } as const;
    const of = (value: unknown): { bytes: Uint8Array; headers: Record<string, string> } =>
      value === undefined
        ? { bytes: new Uint8Array(0), headers: {} }
        : {
            bytes: fromText(JSON.stringify(value)),
            headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" },
          };
    const request = of(body);
    const half = { method: body === undefined ? "GET" : "POST", path };
    this.put("SBI", client, server, message, request.bytes, { ...ends, half, headers: request.headers });
    this.at += 0.6;
    const response = of(answer);
    this.put("SBI", server, client, message, response.bytes, { ...ends, half: { status }, headers: response.headers }, note);
  }
}

export function registration(ue: string | undefined = supi): readonly TapeEntry[] {
  const tape = new Recorder(ue);
  tape.n2("gNB", "AMF", "InitialUEMessage");
  tape.n1("UE", "AMF", "Registration request");
  tape.sbi("AMF", "NRF", "Nnrf_NFDiscovery_Request", "/nnrf-disc/v1/nf-instances?target-nf-type=AUSF", undefined, 200, { nfInstances: [] });
  tape.sbi(
    "AMF",
    "AUSF",
    "Nausf_UEAuthentication_Authenticate",
    "/nausf-auth/v1/ue-authentications",
    { supiOrSuci: "suci-0-001-01-0-0-0-1" },
    201,
    {
      authType: "5G_AKA",
    },
  );
  tape.sbi("AUSF", "UDM", "Nudm_UEAuthentication_Get", "/nudm-ueau/v1/suci-0/security-information/generate-auth-data", {}, 200, { supi });
  tape.n1("AMF", "UE", "Authentication request");
  tape.n2("AMF", "gNB", "DownlinkNASTransport", "DownlinkNASTransport, Authentication request");
  tape.n2("gNB", "AMF", "UplinkNASTransport", "UplinkNASTransport, Authentication response");
  tape.n1("UE", "AMF", "Authentication response");
  tape.sbi(
    "AMF",
    "AUSF",
    "Nausf_UEAuthentication_Authenticate",
    "/nausf-auth/v1/ue-authentications/1/5g-aka-confirmation",
    { resStar: "00" },
    200,
    {
      authResult: "AUTHENTICATION_SUCCESS",
    },
  );
  tape.n1("AMF", "UE", "Security mode command");
  tape.n1("UE", "AMF", "Security mode complete");
  tape.sbi(
    "AMF",
    "UDM",
    "Nudm_SDM_Get",
    `/nudm-sdm/v2/${supi}/am-data`,
    undefined,
    404,
    { status: 404, cause: "DATA_NOT_FOUND" },
    "no slice is subscribed",
  );
  tape.sbi("AMF", "PCF", "Npcf_AMPolicyControl_Create", "/npcf-am-policy-control/v1/policies", { supi }, 201, {});
  tape.n1("AMF", "UE", "Registration accept");
  tape.n2("AMF", "gNB", "InitialContextSetupRequest");
  tape.n2("gNB", "AMF", "InitialContextSetupResponse");
  tape.n1("UE", "AMF", "UL NAS transport", "UL NAS transport", "repeated after T3580");
  tape.sbi("AMF", "SMF", "Nsmf_PDUSession_CreateSMContext", "/nsmf-pdusession/v1/sm-contexts", { pduSessionId: 1 }, 201, {});
  tape.udp("N4", "SMF", "UPF", "PFCP Session Establishment Request", "PFCP Session Establishment Request");
  tape.udp("N4", "UPF", "SMF", "PFCP Session Establishment Response", "PFCP Session Establishment Response");
  tape.n2("AMF", "gNB", "PDUSessionResourceSetupRequest");
  tape.n1("AMF", "UE", "DL NAS transport");
  tape.udp("N3", "gNB", "UPF", "G-PDU", "Echo (ping) request");
  tape.udp("N3", "UPF", "gNB", "G-PDU", "Echo (ping) reply");
  return tape.entries;
}
