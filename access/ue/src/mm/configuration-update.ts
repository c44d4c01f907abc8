/** TS 24.501 §5.4.4 Generic UE configuration update. */
import { type ConfigurationUpdateCommand, ConfigurationUpdateComplete, taisOf } from "@freehold/nas";
import type { Phone } from "../phone.ts";

export function configurationUpdateCommand(phone: Phone, command: ConfigurationUpdateCommand): void {
  const { guti, taiList, allowedNssai, configuredNssai, rejectedNssai, fullNameForNetwork, shortNameForNetwork } = command;
  if (guti !== undefined) phone.guti = guti.guti;
  if (phone.granted !== undefined) {
    phone.granted = {
      ...phone.granted,
      ...(taiList === undefined ? {} : { tais: taisOf(taiList) }),
      ...(allowedNssai === undefined ? {} : { allowedNssai }),
      ...(configuredNssai === undefined ? {} : { configuredNssai }),
      ...(rejectedNssai === undefined ? {} : { rejectedNssai }),
    };
  }
  if (fullNameForNetwork !== undefined) phone.networkName.full = fullNameForNetwork.text;
  if (shortNameForNetwork !== undefined) phone.networkName.short = shortNameForNetwork.text;
  if (command.configurationUpdateIndication?.acknowledgementRequested === true) phone.n1.send(ConfigurationUpdateComplete({}));
}
