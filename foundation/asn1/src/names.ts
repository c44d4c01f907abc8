/**
 * Names of ASN.1 as names of TypeScript. Where a name is a string value (enumerations, CHOICE alternatives, messages) the
 * spelling of the standard is kept; where it is a property or a type it loses its hyphens by the rules here.
 */

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `nR-CGI` -> `nRCGI`, `iE-Extensions` -> `iEExtensions`: hyphens go, the letter after one is a capital. */
export function componentKey(name: string): string {
  const [first = "", ...rest] = name.split("-");
  return first + rest.map(capital).join("");
}

/** `AMF-UE-NGAP-ID` -> `AMFUENGAPID`: as `componentKey`. */
export const typeName = componentKey;

/**
 * `id-AMF-UE-NGAP-ID` -> `amfUeNgapId`, `id-AMFName` -> `amfName`, `id-PDUSessionResourceSetupListSUReq` ->
 * `pduSessionResourceSetupListSUReq`: `id-` goes; a part between hyphens that has no small letter becomes capital and small
 * letters; the leading capitals of the whole become small, but for the one that begins the next word.
 */
export function ieKey(name: string): string {
  const parts = name.replace(/^id-/, "").split("-");
  const joined = parts.map((part) => (parts.length > 1 && !/[a-z]/.test(part) ? capital(part.toLowerCase()) : capital(part))).join("");
  return joined.replace(/^[A-Z]+(?![a-z])|^[A-Z](?=[a-z])|^[A-Z]+(?=[A-Z][a-z])/, (run) => run.toLowerCase());
}
