/** What `freehold init` writes: every default with a comment. Kept true by a test: reading it gives the defaults of the schema. */
export const configTemplate = (
  homeNetworkKeys: readonly { id: number; scheme: "A" | "B"; file: string }[],
): string => `# Freehold: configuration of the core. Every key may be left out; what stands here is the default.
# Errors name the line and what is allowed. freehold init --schema prints the JSON Schema for editors.

network:
  name: { full: Freehold, short: Freehold } # shown by phones
  plmns: # PLMNs served here; the first is the home network
    - mcc: "001" # in quotes: a leading zero counts
      mnc: "01" # two or three digits
      slices:
        - sst: 1 # 1 eMBB, 2 URLLC, 3 MIoT; add sd: "010203" where used
  tacs: [1] # tracking area codes; [] takes any
  localTime: { zone: "+00:00", daylightSavingHours: 0 } # as clocks show where the phones are, daylight saving in the zone; phones set themselves by it
  imsVoiceOverPs: false # voice-centric phones may leave a network without IMS voice (TS 24.501 9.11.3.5)

amf:
  name: freehold-amf
  region: 2
  set: 1
  pointer: 0
  capacity: 255
  t3512Seconds: 3240 # periodic registration
  t3502Seconds: 720 # retry after failures
  registrationsPerSecond: { perGnb: 1000, all: 2000 } # admission

n2: # towards gNBs, control: NGAP over SCTP
  addresses: [127.0.0.5] # the address of this machine that your gNBs reach
  port: 38412
  transport: auto # kernel SCTP, raw (our own over raw IP, root), udp (RFC 6951); auto takes the first that works
  udpPort: 9899 # of transport udp

n3: # towards gNBs, user plane: GTP-U
  addresses: [127.0.0.7]
  port: 2152

n4: { smf: 127.0.0.4, upf: 127.0.0.8, port: 8805 } # between SMF and UPF

sbi: # between network functions
  carrier: local # local: inside the process; http2: every call over HTTP/2, open to other vendors' functions
  port: 8080
  addresses: { nrf: 127.0.0.10, udr: 127.0.0.11, udm: 127.0.0.12, ausf: 127.0.0.13, pcf: 127.0.0.14, nssf: 127.0.0.15, amf: 127.0.0.16, smf: 127.0.0.17 }
  peers: [] # others that register at no NRF, with carrier http2: - { service: nudm-sdm, apiRoot: "http://192.0.2.12:8080" }

egress: # where functions may send what signalling names; freehold egress lists all that they may
  gnbs: [] # networks of gNBs; empty: any, or this machine alone where n2 and n3 are on the loopback
  functions: [] # networks of other vendors' functions and of callback URIs, beside sbi.addresses

dataNetworks:
  - dnn: internet
    ipv4: 10.45.0.0/16 # pool of phones' addresses
    dns: [1.1.1.1, 8.8.8.8] # told to phones
    mtu: 1400 # told to phones; leaves room for the tunnel
    path: memory # memory: a built-in echo, DNS and HTTP responder; tun: a TUN interface (root)
    interface: fh0
    ueToUe: false # may phones reach one another

security:
  ciphering: [NEA2, NEA1, NEA3] # most wanted first; NEA0 is none
  integrity: [NIA2, NIA1, NIA3]
  nullIntegrityForEmergency: false
  suciSchemes: [A, B, "null"] # without "null" phones must conceal their identity
${
  homeNetworkKeys.length === 0
    ? "  homeNetworkKeys: [] # freehold init makes them\n"
    : `  homeNetworkKeys: # private keys of the home network, mode 0600; phones hold the public halves\n${homeNetworkKeys.map((k) => `    - { id: ${k.id}, scheme: ${k.scheme}, file: ${k.file} }\n`).join("")}`
}
state:
  directory: ./state # what the core must not lose: subscribers, contexts, the master key

log:
  level: info # debug, info, warn, error
`;
