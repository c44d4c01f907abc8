// Echoes datagrams in the namespace it was started in, until told to stop.
import { parentPort, workerData } from "node:worker_threads";
import { UdpBatch } from "../src/index.ts";

const { host, port } = workerData as { host: string; port: number };
const socket = UdpBatch.bind({ host, port });
socket.watch(
  () => {
    const got = socket.receive();
    for (let i = 0; i < got; i++)
      socket.put(socket.octets.slice(i * socket.size, i * socket.size + socket.lengthOf(i)), socket.hostOf(i), socket.portOf(i));
    socket.flush();
  },
  (error) => {
    throw error;
  },
);
parentPort?.once("message", () => void socket.close());
parentPort?.postMessage({ echo: socket.local.host, data: workerData });
