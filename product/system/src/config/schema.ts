/**
 * The JSON Schema of freehold.yaml, with defaults: `freehold init --schema` prints it, editors read it, the loader checks against it.
 * A key without `default` is mandatory where its parent stands.
 */
const address = {
  type: "string",
  pattern: "^(\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$",
  description: "an IPv4 or IPv6 address",
} as const;
const port = (value: number) => ({ type: "integer", minimum: 1, maximum: 65_535, default: value }) as const;
const name = (value: string) => ({ type: "string", minLength: 1, maxLength: 150, default: value }) as const;
const integer = (minimum: number, maximum: number, value: number, description: string) =>
  ({ type: "integer", minimum, maximum, default: value, description }) as const;
const object = <P extends object>(description: string, properties: P, required: readonly string[] = []) =>
  ({ type: "object", description, additionalProperties: false, properties, required, default: {} }) as const;

const networks = (description: string) =>
  ({
    type: "array",
    maxItems: 64,
    items: {
      type: "string",
      pattern: "^(\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)(/\\d{1,3})?$",
      description: "an address, or a network like 10.20.0.0/16",
    },
    default: [],
    description,
  }) as const;

const slice = {
  type: "object",
  additionalProperties: false,
  required: ["sst"],
  properties: {
    sst: { type: "integer", minimum: 0, maximum: 255, description: "slice/service type (TS 23.501 §5.15.2.2): 1 eMBB, 2 URLLC, 3 MIoT" },
    sd: { type: "string", pattern: "^[0-9a-fA-F]{6}$", description: "slice differentiator, six hexadecimal digits" },
  },
} as const;

export const configSchema = object("Freehold core", {
  network: object("what phones see", {
    name: object("network name shown by phones", { full: name("Freehold"), short: name("Freehold") }),
    plmns: {
      type: "array",
      minItems: 1,
      maxItems: 12,
      description: "PLMNs served, each with its slices; the first is the home network",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["mcc", "mnc"],
        properties: {
          mcc: { type: "string", pattern: "^[0-9]{3}$", description: "three digits, in quotes" },
          mnc: { type: "string", pattern: "^[0-9]{2,3}$", description: "two or three digits, in quotes: a leading zero counts" },
          slices: { type: "array", minItems: 1, maxItems: 1024, items: slice, default: [{ sst: 1 }] },
        },
      },
      default: [{ mcc: "001", mnc: "01", slices: [{ sst: 1 }] }],
    },
    tacs: {
      type: "array",
      maxItems: 256,
      items: { type: "integer", minimum: 0, maximum: 16_777_215 },
      default: [1],
      description: "tracking area codes; an empty list takes any",
    },
    localTime: object("local time where the phones are, told with the network name", {
      zone: {
        type: "string",
        pattern: "^[+-](0\\d|1\\d):(00|15|30|45)$",
        default: "+00:00",
        description: "hours and minutes from UTC as clocks show now, daylight saving in them",
      },
      daylightSavingHours: integer(0, 2, 0, "how much of the zone is daylight saving"),
    }),
    imsVoiceOverPs: {
      type: "boolean",
      default: false,
      description: "tell phones that IMS voice is here (TS 24.501 §9.11.3.5); voice-centric phones may leave a network without it",
    },
  }),
  amf: object("access and mobility management", {
    name: name("freehold-amf"),
    region: integer(0, 255, 2, "AMF Region ID"),
    set: integer(0, 1023, 1, "AMF Set ID"),
    pointer: integer(0, 63, 0, "AMF Pointer"),
    capacity: integer(0, 255, 255, "Relative AMF Capacity"),
    t3512Seconds: integer(60, 1_116_000, 3_240, "periodic registration timer told to phones"),
    t3502Seconds: integer(60, 11_160, 720, "retry timer after failed registrations told to phones"),
    registrationsPerSecond: object("admission: registrations begun per second before the rest is turned away", {
      perGnb: integer(1, 1_000_000, 1_000, "for one gNB"),
      all: integer(1, 1_000_000, 2_000, "for all gNBs together"),
    }),
  }),
  n2: object("towards gNBs, control (NGAP over SCTP)", {
    addresses: { type: "array", minItems: 1, maxItems: 16, items: address, default: ["127.0.0.5"] },
    port: port(38_412),
    transport: {
      type: "string",
      enum: ["auto", "kernel", "raw", "udp"],
      default: "auto",
      description: "kernel SCTP, our own over raw IP (root), or over UDP (RFC 6951); auto takes the first that works",
    },
    udpPort: port(9_899),
  }),
  n3: object("towards gNBs, user plane (GTP-U)", {
    addresses: { type: "array", minItems: 1, maxItems: 2, items: address, default: ["127.0.0.7"] },
    port: port(2_152),
  }),
  n4: object("between SMF and UPF (PFCP)", {
    smf: { ...address, default: "127.0.0.4" },
    upf: { ...address, default: "127.0.0.8" },
    port: port(8_805),
  }),
  sbi: object("between network functions", {
    carrier: {
      type: "string",
      enum: ["local", "http2"],
      default: "local",
      description: "local: calls inside the process; http2: every call over HTTP/2, open to other vendors' functions",
    },
    port: port(8_080),
    addresses: object("one address per function", {
      nrf: { ...address, default: "127.0.0.10" },
      udr: { ...address, default: "127.0.0.11" },
      udm: { ...address, default: "127.0.0.12" },
      ausf: { ...address, default: "127.0.0.13" },
      pcf: { ...address, default: "127.0.0.14" },
      nssf: { ...address, default: "127.0.0.15" },
      amf: { ...address, default: "127.0.0.16" },
      smf: { ...address, default: "127.0.0.17" },
    }),
    peers: {
      type: "array",
      maxItems: 64,
      description: "functions of others that register at no NRF, by the service that they are asked for; the first that is reached serves",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["service", "apiRoot"],
        properties: {
          service: { type: "string", pattern: "^n[a-z0-9]+(-[a-z0-9]+)+$", description: "service name, such as nudm-sdm" },
          apiRoot: {
            type: "string",
            pattern: "^http://(\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+\\])(:\\d{1,5})?(/[A-Za-z0-9._~-]+)*$",
            description: "http, an address and a port, such as http://192.0.2.12:8080",
          },
        },
      },
      default: [],
    },
  }),
  egress: object("where functions may send what signalling names; freehold egress lists all that they may", {
    gnbs: networks("networks of gNBs; empty: any, or this machine alone where n2 and n3 are on the loopback"),
    functions: networks("networks of other vendors' functions and of callback URIs, beside sbi.addresses"),
  }),
  dataNetworks: {
    type: "array",
    minItems: 1,
    maxItems: 256,
    description: "data networks by name",
    items: {
      type: "object",
      additionalProperties: false,
      required: ["dnn"],
      properties: {
        dnn: { type: "string", pattern: "^[A-Za-z0-9]([A-Za-z0-9.-]{0,98}[A-Za-z0-9])?$", description: "data network name" },
        ipv4: {
          type: "string",
          pattern: "^\\d{1,3}(\\.\\d{1,3}){3}/([89]|1\\d|2\\d)$",
          default: "10.45.0.0/16",
          description: "pool of phones' addresses",
        },
        dns: { type: "array", maxItems: 4, items: address, default: ["1.1.1.1", "8.8.8.8"], description: "DNS servers told to phones" },
        mtu: integer(1_280, 9_000, 1_400, "link MTU told to phones; leave 44 octets and more for the tunnel"),
        path: {
          type: "string",
          enum: ["tun", "memory"],
          default: "memory",
          description: "tun: a TUN interface (root); memory: a built-in echo, DNS and HTTP responder",
        },
        interface: { type: "string", pattern: "^[A-Za-z0-9_.-]{1,15}$", default: "fh0", description: "name of the TUN interface" },
        ueToUe: { type: "boolean", default: false, description: "may phones of this network reach one another" },
      },
    },
    default: [
      { dnn: "internet", ipv4: "10.45.0.0/16", dns: ["1.1.1.1", "8.8.8.8"], mtu: 1_400, path: "memory", interface: "fh0", ueToUe: false },
    ],
  },
  security: object("algorithms and identities", {
    ciphering: {
      type: "array",
      minItems: 1,
      maxItems: 4,
      uniqueItems: true,
      items: { type: "string", enum: ["NEA0", "NEA1", "NEA2", "NEA3"] },
      default: ["NEA2", "NEA1", "NEA3"],
      description: "most wanted first; NEA0 is no ciphering",
    },
    integrity: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      uniqueItems: true,
      items: { type: "string", enum: ["NIA1", "NIA2", "NIA3"] },
      default: ["NIA2", "NIA1", "NIA3"],
      description: "most wanted first",
    },
    nullIntegrityForEmergency: { type: "boolean", default: false, description: "allow NIA0, and only for emergency registration" },
    suciSchemes: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      uniqueItems: true,
      items: { type: "string", enum: ["null", "A", "B"] },
      default: ["A", "B", "null"],
      description: "how phones may conceal their identity; without null a phone must conceal it",
    },
    homeNetworkKeys: {
      type: "array",
      maxItems: 255,
      description: "private keys of the home network, made by freehold init",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["id", "scheme", "file"],
        properties: {
          id: { type: "integer", minimum: 0, maximum: 255 },
          scheme: { type: "string", enum: ["A", "B"] },
          file: { type: "string", minLength: 1 },
        },
      },
      default: [],
    },
  }),
  state: object("where the core keeps what it must not lose", { directory: { type: "string", minLength: 1, default: "./state" } }),
  log: object("the log", { level: { type: "string", enum: ["debug", "info", "warn", "error"], default: "info" } }),
});
