import assert from "node:assert/strict";
import { test } from "node:test";
import { OddGnb } from "../src/odd-gnb.ts";
import { survives } from "../src/survivors.ts";

test("residents of a system that nobody attacks are unharmed", async () => {
  await survives(async () => {});
});

test("what harms residents is noticed: their gNB set up by somebody else, a phone deregistered, a gNB that stays, a fault of ours", async () => {
  const theft = survives(async (system) => void (await OddGnb.connect(system, { gnbId: 1, idBits: 24 })));
  await assert.rejects(theft, /everybody holds what they held/);
  const lost = survives(async (system, { phones }) => void (await system.until(phones[1].deregister())));
  await assert.rejects(lost, /everybody holds what they held/);
  const stays = survives(async (system) => void (await OddGnb.connect(system)));
  await assert.rejects(stays, /everybody holds what they held/);
  await assert.rejects(
    survives(async (system) => system.log.error("a fault")),
    /no fault of ours/,
  );
});
