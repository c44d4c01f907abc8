import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { Nea, Nia } from "@freehold/crypto";
import { plmn, Secret, supi } from "@freehold/model";
import { AuthenticationRequest, decode, type UeSecurityCapability } from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";
import { ngapCapability } from "../src/security.ts";
import { Network } from "./network.ts";

interface Chain {
  readonly capture: string;
  readonly supi: string;
  readonly servingNetworkName: string;
  readonly K: string;
  readonly OPc: string;
  readonly rand: string;
  readonly autn: string;
  readonly sqn: string;
  readonly abba: string;
  readonly RESstar: string;
  readonly nia: number;
  readonly KgNB_ulcount0: string;
  readonly downlink: readonly string[];
}

const { chains } = JSON.parse(readFileSync(new URL("vectors/5gaka-nas-chains.json", import.meta.url), "utf8")) as {
  chains: readonly Chain[];
};

/** PLMN of "5G:mnc070.mcc901.3gppnetwork.org": the MNC has lost how many digits it had. */
function servingPlmn(name: string) {
  const [, mnc, mcc] = /mnc(\d{3})\.mcc(\d{3})/.exec(name) ?? [];
  return plmn(mcc!, mnc!.startsWith("0") ? mnc!.slice(1) : mnc!);
}

describe("the phone in the place of one in a capture, with the bytes of other people's cores", () => {
  for (const [i, chain] of chains.entries()) {
    test(`${chain.capture}, chain ${i}: it proves itself, believes the command, and takes what follows`, async () => {
      const [commandText, acceptText, ...rest] = chain.downlink;
      const command = hex(commandText!);
      const read = decode(command.subarray(7), { receiver: "UE" });
      assert.ok(read.ok && read.value.is === "Security mode command");
      const smc = read.value as Extract<typeof read.value, { is: "Security mode command" }>;
      const capability: UeSecurityCapability = smc.replayedUeSecurityCapabilities;
      const seq = Math.floor(Number.parseInt(chain.sqn, 16) / 32);
      const n = await Network.start(
        {
          supi: supi(chain.supi),
          k: Secret.fromHex(chain.K),
          opc: Secret.fromHex(chain.OPc),
          nea: [0, ...capability.nea.filter((one) => one > 0 && one < 4)] as Nea[],
          nia: capability.nia.filter((one) => one < 4) as Nia[],
          ...(capability.eea === undefined ? {} : { eea: capability.eea, eia: capability.eia ?? [] }),
          sqn: Array.from({ length: 32 }, () => seq - 1),
        },
        servingPlmn(chain.servingNetworkName),
      );
      const registering = n.ue.register({ attempts: 1 });
      registering.catch(() => {});
      const { message: request } = await n.next("Registration request");
      assert.deepEqual(request.ueSecurityCapability, { ...capability, spare: undefined });
      n.plain(AuthenticationRequest({ ngKsi: smc.ngKsi, abba: hex(chain.abba), rand: hex(chain.rand), autn: hex(chain.autn) }));
      assert.equal(toHex((await n.next("Authentication response")).message.resStar!), chain.RESstar);
      n.bytes(command);
      // What the phone says from here on is ciphered under a key that this network does not bother to have.
      await n.clock.advance(10);
      assert.equal(n.ue.state().security?.nia, chain.nia);
      const as = await n.asSecurity(Secret.fromHex(chain.KgNB_ulcount0), ngapCapability(capability), { nea: 0, nia: chain.nia as Nia });
      assert.equal(as.is, "SecurityModeComplete");
      if (acceptText !== undefined) {
        n.bytes(hex(acceptText));
        await n.wait(registering);
        assert.equal(n.ue.state().mm, "5GMM-REGISTERED");
        for (const more of rest) n.bytes(hex(more));
        await n.clock.advance(10);
      }
      const { "registration accept": _, ...refusals } = n.refusals;
      assert.deepEqual(refusals, {});
      await n.end();
    });
  }
});
