/** TS 24.501 §5.4.3 Identification. */
import { type IdentityRequest, IdentityResponse, type MobileIdentity } from "@freehold/nas";
import type { Phone } from "../phone.ts";

export function identityRequest(phone: Phone, { identityType }: IdentityRequest): void {
  // §4.4.4.2: before the secure exchange the network may ask for the SUCI alone; IMEI and the like wait for protection.
  if (identityType !== "SUCI" && !phone.security.exchange) {
    return phone.refuse("message without protection", { message: "Identity request", identityType });
  }
  phone.stop("T3520");
  phone.n1.send(IdentityResponse({ mobileIdentity: answer(phone, identityType) }));
}

function answer(phone: Phone, type: string | number): MobileIdentity {
  switch (type) {
    case "SUCI":
      return phone.suci();
    case "5G-GUTI":
      return phone.guti === undefined ? { is: "No identity" } : { is: "5G-GUTI", guti: phone.guti };
    case "IMEISV":
      return { is: "IMEISV", imeisv: phone.config.imeisv };
    case "IMEI":
      return phone.config.imei === undefined ? { is: "No identity" } : { is: "IMEI", imei: phone.config.imei };
    default:
      return { is: "No identity" };
  }
}
