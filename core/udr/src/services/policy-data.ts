import { answer, type Nudr_DR_PolicyData, type Producer, refuse } from "@freehold/sbi";
import type { Store } from "@freehold/store";
import { smPolicyData } from "../provisioned-data.ts";
import { type SubscriberRow, tables } from "../subscriber.ts";

/** Policy data of TS 29.519 §5.2, derived from the subscription. */
export const policyData = (store: Store): Producer<typeof Nudr_DR_PolicyData> => ({
  async getAmPolicyData({ ueId }) {
    const row = await store.get<SubscriberRow>(tables.subscriber, ueId);
    return row === undefined ? refuse(404, "USER_NOT_FOUND") : answer({});
  },
  async getSmPolicyData({ ueId }) {
    const row = await store.get<SubscriberRow>(tables.subscriber, ueId);
    return row === undefined ? refuse(404, "USER_NOT_FOUND") : answer(smPolicyData(row.value));
  },
});
