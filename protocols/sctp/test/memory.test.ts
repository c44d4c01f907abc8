import { sctpCompliance } from "./compliance.ts";
import { memoryGround } from "./ground.ts";

sctpCompliance("SCTP in memory", async () => memoryGround());
