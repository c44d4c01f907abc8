import assert from "node:assert/strict";
import { test } from "node:test";
import { componentKey, ieKey, typeName } from "@freehold/asn1";

test("components and types lose their hyphens and nothing else", () => {
  assert.equal(componentKey("pLMNIdentity"), "pLMNIdentity");
  assert.equal(componentKey("iE-Extensions"), "iEExtensions");
  assert.equal(componentKey("nG-RAN-CGI"), "nGRANCGI");
  assert.equal(componentKey("global-ran-node"), "globalRanNode");
  assert.equal(typeName("AMF-UE-NGAP-ID"), "AMFUENGAPID");
});

test("IEs are camel case of their ids", () => {
  const names = {
    "id-AMF-UE-NGAP-ID": "amfUeNgapId",
    "id-RAN-UE-NGAP-ID": "ranUeNgapId",
    "id-NAS-PDU": "nasPdu",
    "id-UserLocationInformation": "userLocationInformation",
    "id-PDUSessionResourceSetupListSUReq": "pduSessionResourceSetupListSUReq",
    "id-AMFName": "amfName",
    "id-GUAMI": "guami",
    "id-RRCEstablishmentCause": "rrcEstablishmentCause",
    "id-FiveG-S-TMSI": "fiveGSTmsi",
    "id-SourceToTarget-AMFInformationReroute": "sourceToTargetAMFInformationReroute",
    "id-NB-IoT-DefaultPagingDRX": "nbIoTDefaultPagingDRX",
    "id-Cause": "cause",
  };
  for (const [id, key] of Object.entries(names)) assert.equal(ieKey(id), key);
});
