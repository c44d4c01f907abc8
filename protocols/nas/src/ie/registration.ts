import { bits, coded, features, field, flag, mapped, type Schema, uint } from "@freehold/wire";

/** 5GS registration type, §9.11.3.7. */
export const RegistrationType = bits(1, {
  followOnRequest: flag(4),
  type: coded(
    {
      "initial registration": 1,
      "mobility registration updating": 2,
      "periodic registration updating": 3,
      "emergency registration": 4,
      "SNPN onboarding registration": 5,
      "disaster roaming mobility registration updating": 6,
      "disaster roaming initial registration": 7,
    },
    3,
    1,
  ),
});

/** 5GS registration result, §9.11.3.6. */
export const RegistrationResult = bits(1, {
  disasterRoaming: flag(7),
  emergencyRegistered: flag(6),
  nssaaToBePerformed: flag(5),
  smsAllowed: flag(4),
  result: coded({ "3GPP access": 1, "non-3GPP access": 2, "3GPP access and non-3GPP access": 3 }, 3, 1),
});

/**
 * NAS key set identifier, §9.11.3.32, as the half octet: 0 to 6 of a native context, 7 for "no key is available", 8 to 14 of a mapped
 * context (TSC set).
 */
export const KeySetIdentifier: Schema<number> = uint(1, { max: 15, names: { "no key is available": 7 } });
/** ngKSI when there is no key, UE to network. */
export const noKey = 7;

/** De-registration type, §9.11.3.20; switch-off only from the UE, re-registration only from the network. */
export const DeregistrationType = bits(1, {
  switchOff: flag(4),
  reRegistrationRequired: flag(3),
  accessType: coded({ "3GPP access": 1, "non-3GPP access": 2, "3GPP access and non-3GPP access": 3 }, 2, 1),
});

/** Service type, §9.11.3.50. */
export const ServiceTypes = {
  signalling: 0,
  data: 1,
  "mobile terminated services": 2,
  "emergency services": 3,
  "emergency services fallback": 4,
  "high priority access": 5,
  "elevated signalling": 6,
} as const;
export const ServiceType = mapped(bits(1, { type: coded(ServiceTypes, 4, 1) }), {
  read: ({ type }) => type,
  write: (type: keyof typeof ServiceTypes | number) => ({ type }),
});

/** 5GMM capability, §9.11.3.1: only what is set. Bits of octets 3 to 12 by the short names of the table. */
export const Capability5gmm = features(1, 13, {
  s1Mode: flag(1, 1),
  hoAttach: flag(2, 1),
  lpp: flag(3, 1),
  restrictEc: flag(4, 1),
  cpCiot: flag(5, 1),
  n3DataNotSupported: flag(6, 1),
  iphcCpCiot: flag(7, 1),
  sgc: flag(8, 1),
  srvcc: flag(1, 2),
  upCiot: flag(2, 2),
  v2xUu: flag(3, 2),
  v2xcepc5: flag(4, 2),
  v2xcnpc5: flag(5, 2),
  lcs: flag(6, 2),
  nssaa: flag(7, 2),
  racs: flag(8, 2),
  cag: flag(1, 3),
  wusa: flag(2, 3),
  multipleUp: flag(3, 3),
  ehcCpCiot: flag(4, 3),
  erNssai: flag(5, 3),
  proSeDd: flag(6, 3),
  proSeDc: flag(7, 3),
  proSeL2relay: flag(8, 3),
  proSeL3relay: flag(1, 4),
  proSeL2rmt: flag(2, 4),
  proSeL3rmt: flag(3, 4),
  nrPssi: flag(4, 4),
  ncr: flag(5, 4),
  piv: flag(6, 4),
  rpr: flag(7, 4),
  pr: flag(8, 4),
  nssrg: flag(1, 5),
  mint: flag(2, 5),
  eventNotification: flag(3, 5),
  ssnpnsi: flag(4, 5),
  exCag: flag(5, 5),
  nsag: flag(6, 5),
  uas: flag(7, 5),
  mpsiu: flag(8, 5),
  rcmap: flag(1, 6),
  rcman: flag(2, 6),
  esi: flag(3, 6),
  eci: flag(4, 6),
  ranTiming: flag(5, 6),
  ladnDs: flag(6, 6),
  nsr: flag(7, 6),
  sbts: flag(8, 6),
  a2xepc5: flag(1, 7),
  a2xnpc5: flag(2, 7),
  unPer: flag(3, 7),
  sbns: flag(4, 7),
  rslps: flag(5, 7),
  proSeL2u2uRelay: flag(6, 7),
  proSeL3u2uRelay: flag(7, 7),
  proSeL2end: flag(8, 7),
  proSeL3end: flag(1, 8),
  rslp: flag(2, 8),
  pns: flag(3, 8),
  lcsUpp: flag(4, 8),
  supl: flag(5, 8),
  tempNs: flag(6, 8),
  slvi: flag(7, 8),
  a2xUu: flag(8, 8),
  mcsiu: flag(1, 9),
  nvlSatnr: flag(2, 9),
  rslpl: flag(3, 9),
  nsuc: flag(4, 9),
  rslpvu: flag(5, 9),
  rslppu: flag(6, 9),
  atuc: flag(7, 9),
  lpWuspsaiSi: flag(8, 9),
  ophpae: flag(1, 10),
  proSeMci: flag(2, 10),
  mlcsup: flag(3, 10),
  proSeL3imRelay: flag(4, 10),
  proSeL2imRelay: flag(5, 10),
  mintEps: flag(6, 10),
  ef5l: flag(7, 10),
  lwd: flag(8, 10),
});

/** 5GS network feature support, §9.11.3.5: only what is set. */
export const NetworkFeatureSupport = features(1, 4, {
  imsVops3gpp: flag(1, 1),
  imsVopsN3gpp: flag(2, 1),
  /** 1: NR connected to 5GCN, 2: E-UTRA connected to 5GCN, 3: both. */
  emc: field(4, 3, 1),
  emf: field(6, 5, 1),
  iwkN26: flag(7, 1),
  mpsi: flag(8, 1),
  emcn3: flag(1, 2),
  mcsi: flag(2, 2),
  restrictEc: field(4, 3, 2),
  cpCiot: flag(5, 2),
  n3DataNotSupported: flag(6, 2),
  iphcCpCiot: flag(7, 2),
  upCiot: flag(8, 2),
  lcs: flag(1, 3),
  atsInd: flag(2, 3),
  ehcCpCiot: flag(3, 3),
  ncr: flag(4, 3),
  piv: flag(5, 3),
  rpr: flag(6, 3),
  pr: flag(7, 3),
  unPer: flag(8, 3),
  naps: flag(1, 4),
  lcsUpp: flag(2, 4),
  supl: flag(3, 4),
  rslp: flag(4, 4),
  mlcsup: flag(5, 4),
  ef5l: flag(6, 4),
});

/** 5GS update type, §9.11.3.9A. */
export const UpdateType = features(1, 1, { smsRequested: flag(1), ngRanRcu: flag(2), pnbCiot5gs: field(4, 3), pnbCiotEps: field(6, 5) });

/** MICO indication, §9.11.3.31. */
export const MicoIndication = bits(1, { raai: flag(1), sprti: flag(2) });

/** UE status, §9.11.3.56. */
export const UeStatus = bits(1, { s1ModeRegistered: flag(1), n1ModeRegistered: flag(2) });

/** UE's usage setting, §9.11.3.55. */
const UsageSettings = { "voice centric": 0, "data centric": 1 } as const;
export const UsageSetting = mapped(bits(1, { setting: coded(UsageSettings, 1, 1) }), {
  read: ({ setting }) => setting,
  write: (setting: keyof typeof UsageSettings | number) => ({ setting }),
});

/** Configuration update indication, §9.11.3.18. */
export const ConfigurationUpdateIndication = bits(1, { acknowledgementRequested: flag(1), registrationRequested: flag(2) });

/** Network slicing indication, §9.11.3.36. */
export const NetworkSlicingIndication = bits(1, { subscriptionChanged: flag(1), defaultConfiguredNssai: flag(2) });

/** 5GS DRX parameters, §9.11.3.2A: cycle T in radio frames. */
const DrxValues = { "not specified": 0, "T = 32": 1, "T = 64": 2, "T = 128": 3, "T = 256": 4 } as const;
export const DrxParameters = mapped(bits(1, { value: coded(DrxValues, 4, 1) }), {
  read: ({ value }) => value,
  write: (value: keyof typeof DrxValues | number) => ({ value }),
});

/** NSSAI inclusion mode, §9.11.3.37A. */
const InclusionModes = { A: 0, B: 1, C: 2, D: 3 } as const;
export const NssaiInclusionMode = mapped(bits(1, { mode: coded(InclusionModes, 2, 1) }), {
  read: ({ mode }) => mode,
  write: (mode: keyof typeof InclusionModes | number) => ({ mode }),
});
