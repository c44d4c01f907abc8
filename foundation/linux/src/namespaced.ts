// The first module of a worker of `startNamespaced`: enters the namespace before anything opens a socket, then loads the worker's own module.
import process from "node:process";
import { type MessagePort, parentPort } from "node:worker_threads";
import { gettid, setNet, unshareNet } from "./namespace.ts";

const [module, namespace] = process.argv.slice(2);
if (parentPort === null || module === undefined) throw new TypeError("to be started by startNamespaced");
if (namespace) setNet(namespace);
else unshareNet();
const begun = new Promise<MessagePort>((resolve) => parentPort?.once("message", resolve));
parentPort.postMessage({ tid: gettid() });
const control = await begun;
control.once("message", () => process.exit(0));
control.unref();
await import(module);
