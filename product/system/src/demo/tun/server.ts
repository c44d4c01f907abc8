// A worker in the data network's namespace: a web server with one page.
import { createServer } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

/** What the worker is given. */
export interface ServerData {
  readonly host: string;
  readonly page: Uint8Array;
}

const { host, page } = workerData as ServerData;
createServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": page.length }).end(page);
}).listen(80, host, () => parentPort?.postMessage("listening"));
